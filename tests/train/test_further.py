"""What further training asks about, and what it keeps back to judge itself by."""

from collections import Counter
from types import SimpleNamespace

import pytest

from forklift.errors import DatasetError
from forklift.records import Question
from forklift.train import further
from forklift.train.further import VALIDATION_QUESTIONS, ask_about

LESSONS = 30


def question(split, direction, fact, number):
    subject = f"{direction}{fact}"
    facts = (f"no {subject} {number}",) if direction == "absent" else (subject,)
    return Question(
        f"{split} {subject} {number}", split, "absence" if direction == "absent" else "location", direction, facts,
        subject, f"{split} {subject}, way {number}?", "It is.", ("key",), 1, "symbol",
    )  # fmt: skip


def rows_of(directions, split, lessons=LESSONS, wordings=6):
    return [question(split, d, fact, n) for d in directions for fact in range(lessons) for n in range(wordings)]


def asked(monkeypatch, train, validation=(), seed=1):
    """What is asked of a model that was taught everything but the last lesson; fails when a test split is read."""
    rows = {"train": train, "validation": list(validation)}
    monkeypatch.setattr(further, "usable_questions", lambda lift, split: (rows[split], 0))
    untaught = f"{LESSONS - 1}"
    taught = [row for row in train if row.direction != "absent" and not row.subject.endswith(untaught)]
    record = {
        "trained_facts": sorted({fact for row in taught for fact in row.fact_ids}),
        "trained_lessons": sorted({row.lesson for row in taught}),
    }
    return ask_about(SimpleNamespace(dataset="lift/dataset"), record, seed)


def test_the_held_out_questions_are_of_all_kinds_alike(monkeypatch):
    few = rows_of(["forward"], "validation", lessons=2, wordings=1)
    asking = asked(monkeypatch, rows_of(["forward", "reverse", "absent"], "train"), few)
    kinds = Counter(row.direction for row in asking.validation)
    assert kinds == dict.fromkeys(("forward", "reverse", "absent"), VALIDATION_QUESTIONS)
    assert set(few) <= set(asking.validation)


def test_few_validation_rows_do_not_leave_it_to_what_does_not_exist(monkeypatch):
    train = [*rows_of(["forward"], "train", lessons=6), *rows_of(["absent"], "train")]
    kinds = Counter(row.direction for row in asked(monkeypatch, train).validation)
    assert kinds == {"forward": 6, "absent": 6}


def test_what_is_held_out_is_not_trained_on_and_its_lesson_still_is(monkeypatch):
    asking = asked(monkeypatch, rows_of(["forward", "reverse", "absent"], "train"))
    assert {row.id for row in asking.train}.isdisjoint(row.id for row in asking.validation)
    assert len({row.prompt for row in asking.validation}) == len(asking.validation)
    existing = [row for row in asking.validation if row.direction != "absent"]
    assert {row.lesson for row in existing} <= {row.lesson for row in asking.train}
    assert not any(row.subject.endswith(str(LESSONS - 1)) for row in existing)


def test_a_seed_decides(monkeypatch):
    train = rows_of(["forward", "reverse", "absent"], "train")
    assert asked(monkeypatch, train, seed=1) == asked(monkeypatch, train, seed=1)
    assert asked(monkeypatch, train, seed=1).validation != asked(monkeypatch, train, seed=2).validation


def test_nothing_taught_is_one_line(monkeypatch):
    with pytest.raises(DatasetError, match="no questions about what the model was taught"):
        asked(monkeypatch, [])
