"""Replay: made once, kept, mixed in at the share asked for."""

import json

import pytest

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.models import load_tokenizer
from forklift.test.chat_prompts import CHAT_PROMPTS
from forklift.train import replay
from forklift.train.general_prompts import general_prompts
from forklift.train.plan import make_plan
from forklift.train.sft import load_trainable


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(replay, "POOL", 8)
    monkeypatch.setattr(replay, "SLICE", 4)
    monkeypatch.setattr(replay, "ANSWER_TOKENS", 12)
    return tmp_path / "forklift" / "replay"


def make(tiny_model, told=silent, left_s=1e9):
    model = load_trainable(str(tiny_model), TrainConfig(), 0)
    return replay.replayed(model, load_tokenizer(str(tiny_model)), str(tiny_model), 0, left_s, told)


def test_general_prompts_are_many_different_and_not_those_of_the_test():
    prompts = general_prompts(1000, 0)
    assert len(prompts) == len(set(prompts)) > 300
    assert not set(prompts) & set(CHAT_PROMPTS)
    assert general_prompts(20, 0) == general_prompts(20, 0) != general_prompts(20, 1)


def test_answers_are_made_once(tiny_model, cache):
    told = []
    first = make(tiny_model, lambda *row: told.append(row))
    assert told[-1] == ("answering general requests", 8, 8)
    (path,) = cache.iterdir()
    assert len(path.read_text(encoding="utf-8").splitlines()) == 8
    told.clear()
    assert make(tiny_model, lambda *row: told.append(row)) == first
    assert not told


def test_half_a_line_of_a_killed_process_is_made_again(tiny_model, cache):
    make(tiny_model)
    (path,) = cache.iterdir()
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:4]) + "\n" + lines[4][:5], encoding="utf-8")
    make(tiny_model)
    again = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)[0] for line in again] == [json.loads(line)[0] for line in lines]


def test_little_time_makes_few(tiny_model, cache):
    make(tiny_model, left_s=0.0)
    (path,) = cache.iterdir()
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4


def test_an_answer_that_was_cut_ends_with_its_last_sentence():
    assert replay.whole_part("One. Two! Thr") == "One. Two!"
    assert replay.whole_part("a line\nhalf of a") == "a line"
    assert replay.whole_part("no end") == ""


def test_replay_is_spread_at_its_share(questions):
    tokens = [10.0] * (len(questions) + 5)
    plan = make_plan(questions, tokens, 1000.0, 1e9, 10, (range(len(questions), len(tokens)), 0.2))
    replayed = [sum(n >= len(questions) for n in turn) for turn in plan.rounds]
    assert sum(replayed) == pytest.approx(0.2 * plan.lessons * plan.exposures, rel=0.02)
    assert max(replayed) - min(replayed) <= 1
    without = make_plan(questions, tokens[:-5], 1000.0, 1e9, 10)
    assert plan.seconds > without.seconds
