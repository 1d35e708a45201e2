"""The stage: a model directory of its own, resumed after a kill, not done twice."""

import json
import shutil
from dataclasses import replace
from statistics import median

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import DatasetError, ModelError, WorkspaceError
from forklift.models import CHAT_TEMPLATE, load_model
from forklift.records import Question
from forklift.tables import read_rows, write_rows
from forklift.train import lessons, sft, train, trainable_tokenizer, watch
from forklift.train.batching import encode
from forklift.train.plan import ABSENT_SHARE, READING_SHARE
from forklift.workspace import create_lift, finished_stage, open_lift, read_json, record_stage

BESIDE = ("absent", "reading")  # rows that no lesson repeats
QUESTION = [{"role": "user", "content": "What is Stock?"}]


def copy_of(lift, root):
    shutil.copytree(lift.root, root)
    return open_lift(root)


def keep_training_rows(lift, questions):
    write_rows(lift.dataset / "data" / "train.parquet", questions, Question)


def config_of(tiny_model, **values):
    return TrainConfig(model=str(tiny_model), exposures=2, learning_rate=5e-3, **values)


def logits(model, tokenizer):
    ids = tokenizer.apply_chat_template(QUESTION, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    with torch.no_grad():
        return model.eval()(ids["input_ids"]).logits.float()


@pytest.fixture(scope="module")
def trained(shop_lift, tiny_model, tmp_path_factory):
    lift = copy_of(shop_lift, tmp_path_factory.mktemp("train") / "shop")
    told = []
    train(lift, config_of(tiny_model), silent, told.append)
    return lift, told


@pytest.fixture
def small(shop_lift, tmp_path):
    """A lift with few training rows, free to write to."""
    lift = copy_of(shop_lift, tmp_path / "small")
    rows = read_rows(lift.dataset / "data" / "train.parquet", Question)
    keep_training_rows(lift, [*rows[:120], *(row for row in rows[-20:] if row.direction == "absent")])
    return lift


# a whole training


def test_it_says_before_what_will_be_taught(trained, questions):
    lessons = len({(q.facet, *q.fact_ids) for q in questions if q.direction not in BESIDE})
    (told,) = trained[1]
    assert told.startswith(f"teaching {lessons} of {lessons} lessons (100%, most central symbols first), 2 wordings")


def test_the_model_is_a_plain_transformers_directory(trained, tiny_model):
    directory = trained[0].model("sft")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(directory), AutoTokenizer.from_pretrained(directory)
    assert tokenizer.chat_template == CHAT_TEMPLATE
    assert model.config.use_cache
    assert model.dtype == torch.bfloat16
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    assert not torch.allclose(logits(model, tokenizer), logits(base, tokenizer), atol=0.1)


def test_the_record_says_what_was_taught_and_how_fast(trained, questions):
    record = read_json(trained[0].model("sft") / "training.json")
    facts = {fact for q in questions if q.direction not in BESIDE for fact in q.fact_ids}
    assert set(record["trained_facts"]) == facts
    assert set(record["trained_lessons"]) == {q.lesson for q in questions if q.direction not in BESIDE}
    assert record["lessons"] == record["lessons_in_all"]
    beside = ABSENT_SHARE + READING_SHARE
    shown = record["examples"] + record["rows_left_out"]
    assert shown == pytest.approx(record["lessons"] * 2 * (1 + beside), rel=0.01)
    assert record["exposures"] == 2
    assert record["examples_per_s"] == pytest.approx(record["examples"] / record["seconds"])
    assert record["tokens_per_s"] == pytest.approx(record["examples_per_s"] * record["mean_tokens"])
    assert 0 < record["minutes"] < 1
    assert record["rows_left_out"] <= READING_SHARE * shown  # facts to read may exceed the tiny model's context


def test_the_curve_and_the_card_are_beside_it(trained):
    directory = trained[0].model("sft")
    curve = [json.loads(line) for line in (directory / "curve.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in curve if "loss" in row]
    assert losses[-1] < losses[0]
    assert [row for row in curve if "validation_loss" in row]
    card = (directory / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: transformers")
    assert "fine-tuned (sft, adapter: none) to know the code of shop" in card


def test_the_work_directory_is_gone_and_the_manifest_knows(trained, tiny_model):
    lift = trained[0]
    assert [path.name for path in lift.model("sft").parent.iterdir()] == ["sft"]
    assert finished_stage(lift, "train:sft")["base"] == str(tiny_model)


def test_finished_training_is_not_done_again(trained, tiny_model):
    lift, told = trained[0], []
    before = (lift.model("sft") / "model.safetensors").stat().st_mtime_ns
    train(lift, config_of(tiny_model), silent, told.append)
    assert told == [f"{lift.model('sft')} is up to date"]
    assert (lift.model("sft") / "model.safetensors").stat().st_mtime_ns == before


# interruptions


def test_a_killed_training_keeps_its_plan_and_goes_on(small, tiny_model, monkeypatch):
    monkeypatch.setattr(watch, "CHECKPOINT_EVERY_S", 0)
    work = small.model("sft").with_name(".sft.work")

    def kill(what, done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), kill, lambda text: None)
    plan = read_json(work / "plan.json")
    assert not small.model("sft").exists()
    assert finished_stage(small, "train:sft") is None
    told, steps = [], []
    train(small, config_of(tiny_model), lambda what, done, total: steps.append(done), told.append, seconds=1.0)
    assert told[0].startswith(f"resuming: teaching {plan['lessons']} of")
    assert steps[0] == 3  # the checkpoint was made after step 2
    record = read_json(small.model("sft") / "training.json")
    assert (record["lessons"], record["exposures"]) == (plan["lessons"], plan["exposures"])
    assert record["examples"] == sum(len(numbers) for numbers in plan["rounds"])
    assert not work.exists()


def test_a_training_that_never_began_is_no_obstacle(small, tiny_model):
    with pytest.raises(ModelError):
        train(small, config_of(tiny_model / "no-such-model"), silent, lambda text: None)
    assert not small.model("sft").with_name(".sft.work").exists()


def test_a_checkpoint_of_another_config_is_refused(small, tiny_model):
    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), _stop, lambda text: None)
    with pytest.raises(
        WorkspaceError, match=r"\.sft\.work holds an unfinished training with other settings \(seed 0\)"
    ):
        train(small, config_of(tiny_model, seed=1), silent, lambda text: None)
    assert (small.model("sft").with_name(".sft.work") / "plan.json").is_file()


def test_a_checkpoint_of_an_older_dataset_is_dropped(small, tiny_model):
    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), _stop, lambda text: None)
    built = finished_stage(small, "build")
    record_stage(small, "build", "another key", None, **{k: v for k, v in built.items() if k not in ("key", "config")})
    told = []
    train(small, config_of(tiny_model, seed=1), silent, told.append)
    assert told[0].startswith("teaching")


def test_a_failed_training_leaves_the_older_model_alone(small, tiny_model):
    train(small, config_of(tiny_model), silent, lambda text: None)
    weights = (small.model("sft") / "model.safetensors").read_bytes()
    with pytest.raises(ModelError, match="use a smaller learning rate"):
        train(small, TrainConfig(model=str(tiny_model), exposures=2, learning_rate=1e30), silent, lambda text: None)
    assert (small.model("sft") / "model.safetensors").read_bytes() == weights


# less usual ones


def test_an_adapter_loads_with_plain_peft(small, tiny_model):
    from peft import AutoPeftModelForCausalLM

    train(small, config_of(tiny_model, adapter="lora"), silent, lambda text: None)
    directory = small.model("sft")
    assert not (directory / "model.safetensors").exists()
    tokenizer = AutoTokenizer.from_pretrained(directory)
    adapted = AutoPeftModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    merged = load_model(str(directory), torch.float32)
    assert torch.allclose(logits(adapted, tokenizer), logits(merged, tokenizer), atol=1e-4)
    assert not torch.allclose(
        logits(merged, tokenizer), logits(AutoModelForCausalLM.from_pretrained(tiny_model), tokenizer), atol=0.01
    )


def test_a_tokenizer_without_a_chat_template_learns_one(small, tiny_model, tmp_path):
    plain = tmp_path / "plain"
    shutil.copytree(tiny_model, plain)
    (plain / "chat_template.jinja").unlink()
    tokenizer = AutoTokenizer.from_pretrained(plain)
    assert not tokenizer.chat_template
    train(small, config_of(plain), silent, lambda text: None)
    saved = AutoTokenizer.from_pretrained(small.model("sft"))
    assert saved.chat_template == CHAT_TEMPLATE
    assert saved.eos_token == "<|im_end|>"


def test_without_validation_rows_there_is_just_no_validation_loss(small, tiny_model):
    write_rows(small.dataset / "data" / "validation.parquet", [], Question)
    train(small, config_of(tiny_model), silent, lambda text: None)
    curve = (small.model("sft") / "curve.jsonl").read_text().splitlines()
    assert curve
    assert all("validation_loss" not in json.loads(line) for line in curve)


def test_rows_that_are_too_long_are_left_out_and_said(small, tiny_model, tokenizer):
    told = []
    train(small, config_of(tiny_model, max_tokens=60), silent, told.append)
    record = read_json(small.model("sft") / "training.json")
    assert record["rows_left_out"] > 0
    assert f"; {record['rows_left_out']} rows too long and left out" in told[0]


def test_rows_without_text_are_left_out_and_said(small, tiny_model):
    questions = read_rows(small.dataset / "data" / "train.parquet", Question)
    empty = [
        replace(questions[0], prompt=" "),
        replace(questions[1], completion=""),
        replace(questions[2], prompt=None),
    ]
    keep_training_rows(small, [*empty, *questions[3:]])
    told = []
    train(small, config_of(tiny_model), silent, told.append)
    assert "; 3 rows empty and left out" in told[0]
    assert read_json(small.model("sft") / "training.json")["rows_left_out"] == 3


def test_a_time_too_short_for_all_covers_the_most_central(small, tiny_model, monkeypatch):
    monkeypatch.setattr(sft, "measure_tokens_per_s", lambda *_: 60.0)  # a very slow machine
    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), _stop, lambda text: None, seconds=40.0)
    plan = read_json(small.model("sft").with_name(".sft.work") / "plan.json")
    assert 0 < plan["lessons"] < plan["lessons_in_all"]
    assert plan["seconds"] <= 40.0


def test_the_speed_is_measured_on_rows_like_those_that_will_be_trained_on(small, tiny_model, monkeypatch):
    measured = []

    def measure(_model, rows, *_):
        measured.extend(rows)
        return 60.0

    monkeypatch.setattr(sft, "measure_tokens_per_s", measure)
    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), _stop, lambda text: None, seconds=40.0)
    questions = read_rows(small.dataset / "data" / "train.parquet", Question)
    plan = read_json(small.model("sft").with_name(".sft.work") / "plan.json")
    tokens = [row.tokens for row in encode(questions, trainable_tokenizer(tiny_model))]
    planned = median(tokens[n] for turn in plan["rounds"] for n in turn)
    off = abs(median(row.tokens for row in measured) - planned)
    assert off < abs(median(tokens) - planned)


def test_only_planned_rows_are_encoded(small, tiny_model, monkeypatch):
    encoded = []

    def counting(questions, tokenizer):
        encoded.append(len(questions))
        return encode(questions, tokenizer)

    monkeypatch.setattr(lessons, "encode", counting)  # the sample that lengths are estimated from is encoded elsewhere
    monkeypatch.setattr(sft, "measure_tokens_per_s", lambda *_: 60.0)
    with pytest.raises(KeyboardInterrupt):
        train(small, config_of(tiny_model), _stop, lambda text: None, seconds=40.0)
    planned = {n for turn in read_json(small.model("sft").with_name(".sft.work") / "plan.json")["rounds"] for n in turn}
    validation = len(read_rows(small.dataset / "data" / "validation.parquet", Question))
    assert encoded[0] <= lessons.MEASURED_ROWS
    assert encoded[1] == len(planned)
    assert encoded[2] <= validation  # those about what is taught
    assert len(planned) < len(read_rows(small.dataset / "data" / "train.parquet", Question))


def _stop(what, done, total):
    raise KeyboardInterrupt


# what cannot be trained


def test_all_rows_too_long_is_an_error(small, tiny_model):
    with pytest.raises(DatasetError, match="exceed max_tokens=16"):
        train(small, config_of(tiny_model, max_tokens=16), silent, lambda text: None)


def test_an_empty_dataset_is_an_error(small, tiny_model):
    keep_training_rows(small, [])
    with pytest.raises(DatasetError, match="has no training questions"):
        train(small, config_of(tiny_model), silent, lambda text: None)


def test_nothing_built_is_an_error(tmp_path, tiny_model):
    with pytest.raises(WorkspaceError, match=r"run 'forklift build REPO -o .*' first"):
        train(create_lift(tmp_path / "empty"), config_of(tiny_model), silent, lambda text: None)


def test_a_damaged_dataset_is_an_error(small, tiny_model):
    path = small.dataset / "data" / "train.parquet"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(WorkspaceError, match=r"train\.parquet is damaged"):
        train(small, config_of(tiny_model), silent, lambda text: None)
