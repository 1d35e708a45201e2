"""Fine-tuning a tiny real model: it learns, stops, goes on, and says when it went wrong."""

import json
import math
import os
import signal

import pytest
import torch

from forklift.config import TrainConfig
from forklift.engine import nobody, silent
from forklift.errors import ModelError
from forklift.train import sft, watch
from forklift.train.batching import IGNORED, batches, collate
from forklift.train.job import write_curve
from forklift.train.losses import answer_logits, answer_loss
from forklift.train.watch import Watch

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


def train(model, rows, planned, directory, *, validation=(), config=CONFIG, seconds=LONG_S, report=silent, live=nobody):
    timer = Watch(planned, seconds, report, live)
    return sft.train(model, rows, planned, validation, pad_id=PAD, directory=directory, config=config, watch=timer)


def interrupt_at(step):
    def report(what, done, total):
        if done == step:
            raise KeyboardInterrupt

    return report


def weights(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.fixture(scope="module")
def planned():
    return batches([range(320)], 8, 0)  # 40 steps


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
    monkeypatch.setattr(watch, "CHECKPOINT_EVERY_S", 0)
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
    monkeypatch.setattr(watch, "CHECKPOINT_EVERY_S", 0)
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
    watch = Watch([[0]] * 100, LONG_S, silent)
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
    inputs = collate(rows[:4], PAD)
    logits_AV, labels_A = answer_logits(model, inputs)
    assert labels_A[labels_A != IGNORED].tolist() == [token for row in rows[:4] for token in row.completion_ids]
    assert logits_AV.shape[0] == len(labels_A)
    loss = answer_loss(model, inputs).item()
    assert loss == pytest.approx(math.log(logits_AV.shape[-1]), rel=0.1)  # a random model guesses


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
    write_curve(tmp_path / "curve.jsonl", rows)
    assert [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()] == rows


# what can go wrong


def test_ctrl_c_ends_the_step_and_keeps_it(tiny_model, rows, planned, tmp_path):
    def press(what, done, total):
        if done == 5:
            os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(model_of(tiny_model), rows, planned[:12], tmp_path, report=press)
    assert signal.getsignal(signal.SIGINT) is handler
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-5"]
    recorded = Recorded(rows)
    train(model_of(tiny_model), recorded, planned[:12], tmp_path)
    assert recorded.taken[-8 * 7 :] == [n for batch in planned[5:12] for n in batch]


def test_the_batch_whose_loss_is_no_number_is_named_and_teaches_nothing(tiny_model, rows, planned, tmp_path):
    model = model_of(tiny_model)
    with torch.no_grad():
        model.lm_head.weight.fill_(math.inf)
    before = weights(model.model).clone()
    with pytest.raises(ModelError, match=f"at step 1: .* training rows {', '.join(map(str, planned[0]))};"):
        train(model, rows, planned, tmp_path)
    assert torch.equal(weights(model.model), before)


@pytest.mark.parametrize("adapter", ["none", "lora"])
def test_a_seed_gives_the_same_weights_every_time(tiny_model, rows, planned, tmp_path, adapter):
    config = TrainConfig(batch_size=8, learning_rate=5e-3, adapter=adapter, seed=3)
    trained = []
    for turn in range(2):
        torch.manual_seed(turn)  # whatever happened in the process before
        model = sft.load_trainable(str(tiny_model), config, 0)
        train(model, rows, planned[:5], tmp_path / str(turn), config=config)
        trained.append(weights(model))
    assert torch.equal(*trained)


def test_memory_running_out_makes_smaller_batches_of_the_same_gradient(
    tiny_model, rows, planned, tmp_path, monkeypatch
):
    whole = model_of(tiny_model)
    train(whole, rows, planned[:4], tmp_path / "whole")
    cut, sizes = model_of(tiny_model), []
    monkeypatch.setattr(sft, "answer_loss", limited_to(3, sizes))
    train(cut, rows, planned[:4], tmp_path / "cut")
    assert sizes == [8, 4, 2, 2, 2, 2] + [2] * 12  # once found out, the size is kept
    assert torch.allclose(weights(whole), weights(cut), atol=1e-4)


def test_a_row_that_does_not_fit_is_a_clear_line(tiny_model, rows, planned, tmp_path, monkeypatch):
    monkeypatch.setattr(sft, "answer_loss", limited_to(0))
    with pytest.raises(ModelError, match=r"out of memory with one row of \d+ tokens: use a smaller --model"):
        train(model_of(tiny_model), rows, planned, tmp_path)


def test_other_errors_are_not_taken_for_a_lack_of_memory(tiny_model, rows, planned, tmp_path, monkeypatch):
    def broken(model, inputs):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(sft, "answer_loss", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        train(model_of(tiny_model), rows, planned, tmp_path)


def limited_to(most, sizes=None):
    """answer_loss on a machine that has memory for `most` rows."""
    real = answer_loss

    def loss(model, inputs):
        rows = len(inputs["labels"])
        if sizes is not None:
            sizes.append(rows)
        if rows > most:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return real(model, inputs)

    return loss


def test_the_default_learning_rate_falls_with_the_size():
    assert sft.default_learning_rate("none", 1_000) == sft.default_learning_rate("none", 135_000_000) == 5e-4
    assert sft.default_learning_rate("none", 4 * 135_000_000) == pytest.approx(2.5e-4)
    assert sft.default_learning_rate("lora", 4 * 135_000_000) == pytest.approx(1e-3)
