"""Preferences: mined from mistakes, read from others, and what learning from them does to a tiny real model."""

import json
import math
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import DatasetError
from forklift.models import load_model
from forklift.train import dpo, further, train
from forklift.train.batching import WIDTHS, Row
from forklift.train.preferences import PER_QUESTION, mine, preference_files, read_preferences
from forklift.train.samples import Sample
from forklift.workspace import open_lift, read_json

PAD = 1
PAIR = dpo.Pair(Row([5, 6, 7], [20, 21, 1]), Row([5, 6, 7], [30, 31, 32, 1]))


@pytest.fixture
def lift(lift_with_sft, tmp_path):
    shutil.copytree(lift_with_sft.root, tmp_path / "shop")
    return open_lift(tmp_path / "shop")


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: [row[n] for row in rows] for n, name in enumerate(("prompt", "chosen", "rejected"))}
    pq.write_table(pa.table({**columns, "source": ["arena"] * len(rows)}), path)


def sample(answer, keys, question_id="q"):
    return Sample(question_id, "Where is `Stock`?", "In `shop/stock.py`.", answer, keys, 0.0, 0.0)


def test_mistakes_are_held_against_the_gold_answer():
    rows = [sample("right", 1.0), sample("open", 0.0), sample("a", -1.0), sample("a", -1.0), sample("b", -1.0)]
    found = mine([*rows, sample("c", -1.0), sample(" ", -1.0, "other"), sample("a", -1.0, "third")])
    assert [each.rejected for each in found] == ["a", "b", "a"]
    assert len(found) == PER_QUESTION + 1
    assert {each.chosen for each in found} == {"In `shop/stock.py`."}


def test_rows_of_others_are_read_and_bad_ones_counted(lift):
    write(lift.preferences / "teacher.parquet", [("q", "good", "bad"), ("q", "same", "same "), ("", "a", "b")])
    write(lift.dataset / "preferences" / "teacher.parquet", [("t", "of a", "teacher")])
    arena = lift.preferences / "arena.jsonl"
    arena.write_text(json.dumps({"prompt": "p", "chosen": "c", "rejected": "r", "vote": 1}) + "\n\n")
    write(lift.preferences / "mined.parquet", [("ours", "x", "y")])
    found, unusable = read_preferences(lift)
    assert [(each.prompt, each.chosen) for each in found] == [("t", "of a"), ("p", "c"), ("q", "good")]
    assert unusable == 2
    assert [path.name for path in preference_files(lift)] == ["teacher.parquet", "arena.jsonl", "teacher.parquet"]


@pytest.mark.parametrize("text", ['{"prompt": "p"}\n', "no json\n", "[1]\n", "\0"])
def test_a_damaged_file_of_others_is_named(lift, text):
    lift.preferences.mkdir(exist_ok=True)
    (lift.preferences / "arena.jsonl").write_text(text)
    with pytest.raises(DatasetError, match=r"arena\.jsonl holds no preference rows .* prompt, chosen, rejected"):
        read_preferences(lift)


def test_the_loss_at_the_start_is_that_of_a_coin(tiny_model, monkeypatch):
    monkeypatch.setattr(dpo, "LIKELIHOOD_WORTH", 0.0)
    model = load_model(str(tiny_model), torch.float32)
    pairs = dpo.with_margins(model, [PAIR, PAIR], 2, PAD)
    assert dpo.preference_loss(model, dpo.collate_pairs(pairs, PAD)).item() == pytest.approx(math.log(2), rel=1e-4)


def test_a_step_prefers_the_chosen_answer_more(tiny_model):
    model = load_model(str(tiny_model), torch.float32)
    before = dpo.with_margins(model, [PAIR], 1, PAD)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    dpo.preference_loss(model, dpo.collate_pairs(before, PAD)).backward()
    optimizer.step()
    (after,) = dpo.with_margins(model, [PAIR], 1, PAD)
    assert after.margin > before[0].margin


def test_pairs_are_tensors_that_can_be_cut_between_pairs():
    inputs = dpo.collate_pairs([PAIR, PAIR, PAIR], PAD)
    assert inputs["input_ids"].shape == (3, 2, WIDTHS)
    assert inputs["labels"].shape == (3, 2, WIDTHS - 1)
    assert inputs["margins"].shape == (3,)


def test_the_stage_makes_a_model_of_its_own(lift, monkeypatch):
    monkeypatch.setattr(further, "PROBED", 12)
    monkeypatch.setattr(further, "VALIDATION_QUESTIONS", 4)
    write(lift.preferences / "arena.parquet", [("Where is Stock?", "In shop.", "Nowhere."), ("x", "y", "y")])
    told = []
    config = TrainConfig(method="dpo", max_tokens=160)
    train(lift, config, silent, told.append)
    assert "1 from others" in told[0]
    assert "1 unusable and left out" in told[0]
    record = read_json(lift.model("dpo") / "training.json")
    mined = pq.read_table(lift.preferences / "mined.parquet").to_pylist()
    assert mined
    assert set(mined[0]) == {"prompt", "chosen", "rejected"}
    assert record["method"] == "dpo"
    assert record["preferences"] <= len(mined) + 1
    curve = [json.loads(line) for line in (lift.model("dpo") / "curve.jsonl").read_text().splitlines()]
    assert any("validation_reward" in row for row in curve)
    train(lift, config, silent, told.append)
    assert told[-1].endswith("is up to date")
    write(lift.preferences / "arena.parquet", [("Where is Stock?", "In shop.", "Nowhere."), ("x", "y", "z")])
    train(lift, config, silent, told.append)
    assert "2 from others" in told[-1]  # new votes are learned from


def test_no_mistakes_and_no_votes_is_an_error(lift, monkeypatch):
    monkeypatch.setattr(dpo, "probe", lambda *_: [])
    with pytest.raises(DatasetError, match="no preferences to train on"):
        train(lift, TrainConfig(method="dpo", max_tokens=160), silent, lambda text: None)
