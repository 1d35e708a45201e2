"""Fine-tuning a tiny real model: it learns, stops, goes on, and says when it went wrong."""

import json
import math

import pytest
import torch

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import ModelError
from forklift.train import sft
from forklift.train.batching import batches, collate

PAD = 1
CONFIG = TrainConfig(batch_size=8, learning_rate=5e-3)
LONG_S = 3600.0  # so much time that the learning rate falls with the steps alone


class Recorded(list):
    """Rows that remember in which order they were taken."""

    def __init__(self, rows):
        super().__init__(rows)
        self.taken = []

    def __getitem__(self, number):
        self.taken.append(number)
        return super().__getitem__(number)


def model_of(tiny_model, config=CONFIG, vocabulary=0):
    torch.manual_seed(0)
    return sft.load_trainable(str(tiny_model), config, vocabulary)


def train(model, rows, planned, directory, *, validation=(), config=CONFIG, seconds=LONG_S, report=silent):
    return sft.train(
        model, rows, planned, validation, pad_id=PAD, directory=directory, config=config, seconds=seconds, report=report
    )


def interrupt_at(step):
    def report(what, done, total):
        if done == step:
            raise KeyboardInterrupt

    return report


def weights(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.fixture(scope="module")
def planned(rows):
    return batches([range(320)], rows, 8, 0)  # 40 steps


def test_the_loss_falls(tiny_model, rows, planned, tmp_path):
    told = []
    model = model_of(tiny_model)
    curve = train(model, rows, planned, tmp_path, validation=rows[:8], report=lambda *row: told.append(row))
    losses = [row["loss"] for row in curve if "loss" in row]
    assert losses[-1] < 0.7 * losses[0]
    assert [row["step"] for row in curve if "loss" in row] == [10, 20, 30, 40]
    assert [row["step"] for row in curve if "validation_loss" in row] == [10, 20, 30, 40]
    assert curve[-1]["examples"] == 320
    assert [row["seconds"] for row in curve] == sorted(row["seconds"] for row in curve)
    assert told[:2] == [("training", 1, 40), ("training", 2, 40)]
    assert told[-1] == ("training", 40, 40)


def test_the_planned_rows_are_taken_in_their_order(tiny_model, rows, planned, tmp_path):
    recorded = Recorded(rows)
    curve = train(model_of(tiny_model), recorded, planned[:12], tmp_path)
    assert [row["step"] for row in curve] == [10, 12]
    assert recorded.taken == [n for batch in planned[:12] for n in batch]


def test_a_killed_training_goes_on_as_if_nothing_had_happened(tiny_model, rows, planned, tmp_path, monkeypatch):
    whole = model_of(tiny_model)
    curve = train(whole, rows, planned, tmp_path / "whole")
    monkeypatch.setattr(sft, "CHECKPOINT_EVERY_S", 0)
    with pytest.raises(KeyboardInterrupt):
        train(model_of(tiny_model), rows, planned, tmp_path / "cut", report=interrupt_at(25))
    assert [path.name for path in (tmp_path / "cut").glob("checkpoint-*")] == ["checkpoint-24"]
    recorded, resumed = Recorded(rows), model_of(tiny_model)
    again = train(resumed, recorded, planned, tmp_path / "cut")
    assert recorded.taken[-8 * 16 :] == [n for batch in planned[24:] for n in batch]
    assert torch.allclose(weights(whole), weights(resumed), atol=2e-3)
    assert not torch.allclose(weights(whole), weights(model_of(tiny_model)), atol=2e-3)
    assert [row["step"] for row in again] == [row["step"] for row in curve]
    assert again[-1]["loss"] == pytest.approx(curve[-1]["loss"], rel=0.02)


@pytest.mark.parametrize("damaged", ["trainer_state.json", "optimizer.pt", "model.safetensors"])
def test_a_half_written_checkpoint_is_passed_over(tiny_model, rows, planned, tmp_path, monkeypatch, damaged):
    monkeypatch.setattr(sft, "CHECKPOINT_EVERY_S", 0)
    with pytest.raises(KeyboardInterrupt):
        train(model_of(tiny_model), rows, planned[:6], tmp_path, report=interrupt_at(4))
    path = tmp_path / "checkpoint-3" / damaged
    path.unlink()  # the process was killed before it came to this file
    (tmp_path / "checkpoint-3" / "trainer_state.json").unlink(missing_ok=True)
    recorded = Recorded(rows)
    train(model_of(tiny_model), recorded, planned[:6], tmp_path)
    assert recorded.taken == [n for batch in planned[:6] for n in batch]


@pytest.mark.parametrize("steps", [4, 24])
def test_a_loss_that_is_no_number_is_an_error(tiny_model, rows, planned, tmp_path, steps):
    model = model_of(tiny_model)
    with torch.no_grad():
        model.lm_head.weight.fill_(math.inf)
    with pytest.raises(ModelError, match=r"the loss became nan at step \d+: use a smaller learning rate"):
        train(model, rows, planned[:steps], tmp_path)


def test_a_learning_rate_out_of_all_bounds_is_noticed(tiny_model, rows, planned, tmp_path):
    with pytest.raises(ModelError, match="use a smaller learning rate"):
        train(model_of(tiny_model), rows, planned, tmp_path, config=TrainConfig(batch_size=8, learning_rate=1e30))


def test_a_machine_that_is_slower_than_predicted_stops_in_time(tiny_model, rows, planned, tmp_path):
    told = []
    curve = train(model_of(tiny_model), rows, planned, tmp_path, seconds=0.05, report=lambda *row: told.append(row))
    assert curve[-1]["step"] == len(told) - 1  # what was done by then is on record
    assert told[-1] == ("training", 40, 40)
    assert len(told) < 30


def test_without_a_limit_the_clock_stops_nothing(tiny_model, rows, planned, tmp_path):
    curve = train(model_of(tiny_model), rows, planned, tmp_path, seconds=math.inf)
    assert curve[-1]["step"] == 40


def test_the_learning_rate_rises_then_falls_to_nothing():
    watch = sft._Watch([[0]] * 100, LONG_S, silent)
    rates = [watch.learning_rate_factor(step) for step in range(101)]
    peak = rates.index(max(rates))
    assert 0.0 < rates[0] < 0.5
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 3 <= peak <= 6
    assert rates[100] == pytest.approx(0.0)
    assert all(0.0 <= rate <= 1.0 for rate in rates)


def test_speed_is_measured_and_leaves_the_model_alone(tiny_model, rows):
    model = model_of(tiny_model)
    before = weights(model).clone()
    assert 100 < sft.measure_tokens_per_s(model, rows, 8, PAD) < 1e8
    assert sft.measure_tokens_per_s(model, rows[:1], 8, PAD) > 0
    assert torch.equal(before, weights(model))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_loss_counts_answers_only(tiny_model, rows):
    """Other prompts of the same length, the same answers: only what the model says of the answers may differ."""
    model = model_of(tiny_model).eval()
    loss, outputs = sft.answer_loss(model, collate(rows[:4], PAD))
    longest = max(len(row.completion_ids) for row in rows[:4])
    assert outputs.logits.shape[1] == longest + 1
    assert loss.item() == pytest.approx(math.log(outputs.logits.shape[-1]), rel=0.1)  # a random model guesses


def test_an_adapter_trains_little_and_embeddings_grow_with_the_tokenizer(tiny_model):
    adapted = model_of(tiny_model, TrainConfig(adapter="lora"))
    trained = {name for name, parameter in adapted.named_parameters() if parameter.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)
    size = adapted.get_input_embeddings().num_embeddings
    assert model_of(tiny_model, vocabulary=size + 5).get_input_embeddings().num_embeddings == size + 5
    assert model_of(tiny_model, vocabulary=size - 5).get_input_embeddings().num_embeddings == size


def test_the_curve_is_written_a_row_a_line(tmp_path):
    rows = [{"step": 10, "loss": 1.5}, {"step": 20, "loss": 1.0}]
    sft.write_curve(tmp_path / "curve.jsonl", rows)
    assert [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()] == rows
