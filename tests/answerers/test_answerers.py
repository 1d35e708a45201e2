"""Answerers by name, over a lift."""

import shutil
from dataclasses import replace

import pytest

from forklift.answerers import ANSWERERS, answer_budget, load_answering_model, make_answerer
from forklift.config import ScoreConfig
from forklift.engine import silent
from forklift.errors import ConfigError, WorkspaceError
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import open_lift, write_json


@pytest.fixture(scope="module")
def lift(shop_lift, tiny_model, tmp_path_factory):
    """A lift whose tuned model is the tiny one itself."""
    root = tmp_path_factory.mktemp("answerers") / "shop"
    shutil.copytree(shop_lift.root, root)
    shutil.copytree(tiny_model, root / "models" / "sft")
    write_json(root / "models" / "sft" / "training.json", {"base": str(tiny_model)})
    return open_lift(root)


@pytest.fixture(scope="module")
def questions(lift):
    return read_rows(lift.dataset / "data" / "test.parquet", Question)[::40]


def test_the_default_answerers_exist():
    assert set(ScoreConfig().against) <= set(ANSWERERS)


@pytest.mark.parametrize("name", ["naive", "base", "sft"])
def test_every_answerer_answers_every_question(lift, questions, name):
    answers = make_answerer(name, lift)(questions, 8, silent)
    assert len(answers) == len(questions) > 5
    assert all(isinstance(answer, str) for answer in answers)


def test_naive_answers_what_was_trained(lift):
    trained = read_rows(lift.dataset / "data" / "train.parquet", Question)[::20]
    assert make_answerer("naive", lift)(trained, 8, silent) == [question.completion for question in trained]


def test_answers_come_in_the_order_of_the_questions_whatever_their_budgets(lift, questions):
    answer = make_answerer("sft", lift)
    assert len({answer_budget(question, 128) for question in questions}) > 1
    alone = [answer([question], 128, silent)[0] for question in questions]
    assert answer(questions, 128, silent) == alone


def test_the_base_model_is_told_what_it_is_asked_about(lift, questions):
    base, tuned = (make_answerer(name, lift)(questions, 16, silent) for name in ("base", "sft"))
    assert base != tuned  # the same weights, but a system prompt before the question


def test_budgets_leave_room_for_the_gold_answer_and_some_more(lift, questions):
    for question in questions:
        assert answer_budget(question, 128) <= 128
        assert answer_budget(question, 5) == 5
    long, longer = (replace(questions[0], completion="x" * characters) for characters in (100, 200))
    assert answer_budget(long, 128) < answer_budget(longer, 128) < answer_budget(longer, 1000) + 1


def test_unknown_answerers_are_errors(lift):
    with pytest.raises(ConfigError, match=r"unknown answerer 'oracle': choose from naive, base, sft"):
        make_answerer("oracle", lift)
    with pytest.raises(ConfigError, match="has no model 'rl'"):
        load_answering_model(lift, "rl")


def test_a_lift_without_a_model_says_what_to_run(shop_lift):
    with pytest.raises((ConfigError, WorkspaceError), match="run 'forklift train"):
        load_answering_model(shop_lift, "sft")
    with pytest.raises(WorkspaceError, match=r"training\.json is missing"):
        load_answering_model(shop_lift, "base")
