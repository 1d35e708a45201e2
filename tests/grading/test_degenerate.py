"""Graders that are broken are caught by the grader's own check, and answers without an answer score nothing."""

import sys
from dataclasses import replace

import pytest
from test_grade import ABSENT, CALLS, KNOWN, PURPOSE, WHERE

from forklift.errors import DatasetError
from forklift.grading import check_question, grade
from forklift.records import Question
from forklift.tables import read_rows

GRADER = sys.modules["forklift.grading.grade"]  # the package's `grade` is the function
OTHERS = {
    WHERE: [replace(WHERE, prompt="Where is `Order`?", completion="`Order` is in `src/shop/orders.py`.")],
    CALLS: [
        replace(CALLS, prompt="What is there?", completion=", ".join(f"`{name}`" for name in (*KNOWN, "with_tax")))
    ],
    PURPOSE: [replace(PURPOSE, prompt="What is `refund` for?", completion='It is documented as: "Pays back".')],
    ABSENT: [WHERE],
}


def known(name):
    return name in KNOWN


def fails():
    """The questions that fail the grader's own check."""
    failed = []
    for question, others in OTHERS.items():
        try:
            check_question(question, others)
        except DatasetError:
            failed.append(question)
    return failed


def questions(lift):
    return read_rows(lift.dataset / "data" / "test.parquet", Question)


def test_the_grader_passes_its_own_check():
    assert fails() == []


def always(right):
    return lambda question, answer: (right, question.keys if right else (), ())


@pytest.mark.parametrize(
    ("part", "broken", "caught"),
    [
        ("_verdict", always(True), [WHERE, CALLS, PURPOSE, ABSENT]),
        ("_verdict", always(False), [WHERE, CALLS, PURPOSE, ABSENT]),
        ("_contains", lambda answer, key, key_type: True, [PURPOSE]),
        ("_contains", lambda answer, key, key_type: False, [WHERE, CALLS, PURPOSE]),
        ("_wrong_names", lambda question, answer: (), [CALLS]),
        ("_wrong_names", lambda question, answer: ("x", "y"), [WHERE, CALLS, PURPOSE]),
        ("denies", lambda text: True, [ABSENT]),
        ("denies", lambda text: False, [ABSENT]),
        ("abstains", lambda text: True, [WHERE, CALLS, PURPOSE]),
    ],
    ids=["says right", "says wrong", "finds every key", "finds no key", "ignores wrong names", "sees wrong names",
         "denial in everything", "denial in nothing", "abstention in everything"],
)  # fmt: skip
def test_a_broken_grader_is_caught(monkeypatch, part, broken, caught):
    monkeypatch.setattr(GRADER, part, broken)
    assert fails() == caught


def test_a_grader_that_raises_on_an_empty_answer_is_seen(monkeypatch):
    monkeypatch.setattr(GRADER, "find_mentions", lambda text: 1 / len(text) and ())
    with pytest.raises(ZeroDivisionError):
        fails()


@pytest.mark.parametrize("answer", ["I don't know.", "There is no such thing.", "I'm sorry, I cannot find that.", ""])
def test_a_model_that_always_declines_scores_nothing_and_shows_it(answer, shop_lift):
    rows = [one for one in questions(shop_lift) if one.split in ("A", "B", "C")]
    grades = [grade(one, answer, known) for one in rows]
    assert len(grades) > 30
    assert not any(one.right or one.score for one in grades)
    assert all(one.abstained for one in grades)


@pytest.mark.parametrize(("answer", "right"), [("There is no such thing.", True), ("I don't know.", False)])
def test_only_a_denial_is_right_about_what_is_absent(answer, right, shop_lift):
    rows = [one for one in questions(shop_lift) if one.split == "D"]
    grades = [grade(one, answer, known) for one in rows]
    assert grades
    assert all(one.right is right and one.abstained for one in grades)


def test_naming_everything_scores_nothing(shop_lift, shop_index):
    everything = ", ".join(f"`{one.qualified_name}` in `{one.path}`" for one in shop_index.symbols())
    rows = [one for one in questions(shop_lift) if one.split == "A" and one.key_type != "text"]
    assert rows
    assert not any(grade(one, everything, known).right for one in rows)
