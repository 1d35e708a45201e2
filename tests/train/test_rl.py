"""Reinforcement learning of a tiny real model: advantages, gradients, and the whole stage."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from forklift.answerers import local_answerers, make_answerer
from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import DatasetError, ModelError, WorkspaceError
from forklift.models import load_model
from forklift.tables import read_rows
from forklift.train import further, rl, samples, train, trainer
from forklift.train.batching import Row
from forklift.train.memory import answer_tokens
from forklift.train.rewards import Reward
from forklift.train.rollouts import Rollout
from forklift.train.samples import Sample
from forklift.workspace import open_lift, read_json, write_json

PAD = 1
NOTHING = Reward(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def few(monkeypatch):
    """So few questions and steps that a test takes seconds."""
    monkeypatch.setattr(further, "PROBED", 12)
    monkeypatch.setattr(further, "VALIDATION_QUESTIONS", 4)
    monkeypatch.setattr(rl, "STEPS", 3)
    monkeypatch.setattr(rl, "QUESTIONS", 4)
    monkeypatch.setattr(rl, "GROUP", 4)


@pytest.fixture
def lift(lift_with_sft, tmp_path):
    shutil.copytree(lift_with_sft.root, tmp_path / "shop")
    return open_lift(tmp_path / "shop")


def config_of(**values):
    return TrainConfig(method="rl", reward="bleu", max_tokens=160, **values)


def weights(directory):
    return torch.cat([p.detach().flatten() for p in load_model(str(directory), torch.float32).parameters()])


def test_advantages_are_relative_to_the_group():
    assert rl.advantages([1.0, -1.0, 0.0, 0.0, 0.5, 0.5], 2) == [1.0, -1.0, 0.0, 0.0, 0.0, 0.0]
    found = rl.advantages([1.2, -1.0, 0.0, 1.2], 4)
    assert sum(found) == pytest.approx(0.0)
    assert found[0] == found[3] > found[2] > found[1]


def test_a_step_makes_better_answers_likelier_and_worse_ones_less_likely(tiny_model):
    model = load_model(str(tiny_model), torch.float32)
    good, bad = Row([5, 6, 7], [20, 21, 1]), Row([5, 6, 7], [30, 31, 32, 1])
    learnt = [(Rollout(None, good, "", NOTHING), 1.0), (Rollout(None, bad, "", NOTHING), -1.0)]
    (inputs,) = rl.pieces(learnt, PAD)

    def logprobs():
        with torch.no_grad():
            labels = inputs["labels"]
            plain = {name: inputs[name] for name in ("input_ids", "attention_mask", "position_ids")}
            return rl.token_logprobs(model, plain, labels).sum(-1)

    before = logprobs()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = rl.policy_loss(model, dict(inputs))
    expected = -(before * inputs["advantages"]).sum() / answer_tokens(inputs)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)
    loss.backward()
    optimizer.step()
    gained = (logprobs() - before) * inputs["advantages"]
    assert (gained > 0).all()


def test_only_questions_with_answers_of_different_worth_are_asked(questions):
    told = [q for q in questions if q.direction == "forward"]
    asked, other = told[0], next(q for q in told if q.fact_ids != told[0].fact_ids)
    wordings = [q for q in questions if (q.facet, q.fact_ids) == (asked.facet, asked.fact_ids)]
    rows = [Sample(q.id, "", "", "", keys, 0.0, 0.0) for q, keys in ((asked, 1), (asked, -1), (other, 1), (other, 1))]
    assert {q.id for q in rl.uncertain(rows, questions, "keys")} == {q.id for q in wordings}
    with pytest.raises(DatasetError, match="nothing to reinforce"):
        rl.uncertain(rows[2:], questions, "both")


def test_the_stage_makes_a_model_of_its_own(lift, few):
    told, live = [], []
    before = weights(lift.model("sft"))
    train(lift, config_of(learning_rate=1e-3), silent, told.append, live=live.append)
    directory = lift.model("rl")
    assert told[0].startswith("reinforcing with reward bleu")
    record = read_json(directory / "training.json")
    sft = read_json(lift.model("sft") / "training.json")
    assert (record["method"], record["reward"], record["base"]) == ("rl", "bleu", sft["base"])
    assert record["trained_facts"] == sft["trained_facts"]
    assert record["examples"] == 3 * 4 * 4
    curve = [json.loads(line) for line in (directory / "curve.jsonl").read_text().splitlines()]
    steps = [row for row in curve if "reward" in row]
    assert [row["step"] for row in steps] == [1, 2, 3]
    assert {"reward", "reward_keys", "reward_bleu", "reward_invented", "groups_used"} <= set(steps[0])
    judged = [row["validation_reward"] for row in curve if "validation_reward" in row]
    assert len(judged) >= 2
    assert any("validation_reward" in figures for figures in live)
    changed = not torch.equal(before, weights(directory))
    assert changed == (max(judged) > judged[0])  # the best is kept, be it the start
    assert len(read_rows(lift.preferences / "samples.parquet", Sample)) == 12 * samples.GROUP
    again = []
    train(lift, config_of(learning_rate=1e-3), silent, again.append)
    assert again == [f"{directory} is up to date"]


def test_it_answers_by_its_name(lift, few, questions):
    train(lift, config_of(), silent, lambda text: None)
    assert {"sft", "rl"} <= set(local_answerers(lift))
    (answer,) = make_answerer("rl", lift)(questions[:1], 16, silent)
    assert isinstance(answer, str)


def test_the_same_seed_gives_the_same_model_interrupted_or_not(lift, few, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer.PlannedTrainer, "restore_best", lambda self: None)
    other = tmp_path / "other"
    shutil.copytree(lift.root, other)
    config = config_of(learning_rate=1e-3)
    train(lift, config, silent, lambda text: None)

    def press(what, done, total):
        if (what, done) == ("training", 2):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(open_lift(other), config, press, lambda text: None)
    assert [path.name for path in (other / "models" / ".rl.work").glob("checkpoint-*")] == ["checkpoint-2"]
    train(open_lift(other), config, silent, lambda text: None)
    assert torch.equal(weights(lift.model("rl")), weights(other / "models" / "rl"))


def test_without_a_model_to_go_on_from_it_says_what_to_do(shop_lift):
    with pytest.raises(WorkspaceError, match="--method sft' first"):
        train(shop_lift, config_of(), silent, lambda text: None)


def test_a_model_of_an_older_version_is_named(lift, few):
    path = lift.model("sft") / "training.json"
    record = read_json(path)
    del record["trained_lessons"]
    write_json(path, record)
    with pytest.raises(ModelError, match="was trained by an older version: run 'forklift train"):
        train(lift, config_of(), silent, lambda text: None)


@pytest.mark.slow
def test_it_goes_on_after_being_killed(lift):
    command = [sys.executable, "-m", "forklift", "train", str(lift.root), "--method", "rl", "--reward", "bleu"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    kept = lift.preferences / "samples.parquet"
    deadline = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()
    process.communicate()
    assert read_rows(kept, Sample)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert lift.model("rl").is_dir()
