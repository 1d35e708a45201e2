"""What fits the time: exposures go first, then the least central lessons."""

import math
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.records import Question
from forklift.train.plan import ABSENT_SHARE, MIN_EXPOSURES, make_plan

BLANK = Question(
    id="", split="train", facet="location", direction="forward", fact_ids=(), subject="", prompt="", completion="",
    keys=(), min_keys=0, key_type="path",
)  # fmt: skip


def questions_of(lessons: int, wordings: int, absent: int) -> list[Question]:
    """`lessons` facts of rising rank in `wordings` each, and `absent` questions about what does not exist."""
    asked = [
        replace(BLANK, id=f"{n} {w}", fact_ids=(f"f{n}",), rank=n / lessons)
        for n in range(lessons)
        for w in range(wordings)
    ]
    return asked + [replace(BLANK, id=f"a{n}", direction="absent", fact_ids=(f"a{n}",)) for n in range(absent)]


def planned(questions, seconds, exposures=20, tokens_per_s=1000.0, tokens=50):
    return make_plan(questions, [tokens] * len(questions), tokens_per_s, seconds, exposures)


def covered(questions, plan) -> set[str]:
    rows = {questions[n] for numbers in plan.rounds for n in numbers}
    return {fact for question in rows if question.direction != "absent" for fact in question.fact_ids}


def test_without_a_limit_every_lesson_gets_all_its_exposures():
    questions = questions_of(10, 20, 100)
    plan = planned(questions, math.inf)
    assert (plan.lessons, plan.lessons_in_all, plan.exposures, plan.rows) == (10, 10, 20, 300)
    assert Counter(n for numbers in plan.rounds for n in numbers) == dict.fromkeys(range(300), 1)
    assert plan.seconds == pytest.approx(300 * 50 / 1000)


def test_each_round_holds_one_wording_of_every_lesson():
    questions = questions_of(10, 20, 100)
    for numbers in planned(questions, math.inf).rounds:
        facts = Counter(fact for n in numbers for fact in questions[n].fact_ids if questions[n].direction != "absent")
        assert facts == {f"f{n}": 1 for n in range(10)}
        assert sum(questions[n].direction == "absent" for n in numbers) == 5


def test_exposures_go_first():
    questions = questions_of(10, 20, 0)
    plan = planned(questions, 9.0)  # all would take 10 s
    assert (plan.lessons, plan.exposures) == (10, 18)
    assert plan.seconds <= 9.0


def test_then_the_least_central_lessons_go():
    questions = questions_of(10, 20, 0)
    seconds = 10 * 50 / 1000 * MIN_EXPOSURES / 2
    plan = planned(questions, seconds)
    assert (plan.lessons, plan.exposures) == (5, MIN_EXPOSURES)
    assert covered(questions, plan) == {f"f{n}" for n in range(5, 10)}
    assert plan.seconds <= seconds


def test_one_lesson_is_taught_however_short_the_time():
    plan = planned(questions_of(3, 20, 3), 0.001)
    assert (plan.lessons, plan.exposures) == (1, MIN_EXPOSURES)


def test_few_wordings_are_repeated_in_turn():
    plan = planned(questions_of(1, 3, 0), math.inf, exposures=7)
    assert [numbers[0] for numbers in plan.rounds] == [0, 1, 2, 0, 1, 2, 0]


def test_overviews_are_lessons_of_their_own():
    questions = questions_of(2, 4, 0)
    questions += [replace(BLANK, id="o", facet="overview", fact_ids=("f0", "f1"), rank=1.0)]
    assert planned(questions, math.inf).lessons_in_all == 3


def test_half_of_what_an_overview_tells_is_soon_asked_for_by_itself():
    told = [replace(BLANK, fact_ids=(fact,), rank=0.3) for fact in ("a0", "a1", "a2", "a3")]
    other = [replace(BLANK, fact_ids=(f"b{n}",), rank=0.4) for n in range(4)]
    broad = replace(BLANK, facet="overview", direction="composed", fact_ids=("a0", "a1", "a2", "a3"), rank=0.3)
    questions = [*other, *told, broad]
    assert covered(questions, planned(questions, 3.5 * MIN_EXPOSURES * 50 / 1000)) == {"a0", "a1", "a2", "a3"}
    plan = planned([*other, *told], 2.5 * MIN_EXPOSURES * 50 / 1000)
    assert covered([*other, *told], plan) == {"b0", "b1"}  # no overview tells them
    rows = Counter(n for numbers in planned(questions, 3.5 * MIN_EXPOSURES * 50 / 1000).rounds for n in numbers)
    assert rows == {4: MIN_EXPOSURES, 6: MIN_EXPOSURES, 8: MIN_EXPOSURES}


def test_only_absent_questions_make_an_empty_plan():
    assert planned(questions_of(0, 1, 5), math.inf).lessons == 0


@given(
    lessons=st.integers(1, 30), wordings=st.integers(1, 25), absent=st.integers(0, 60), exposures=st.integers(1, 30),
    seconds=st.floats(0.01, 100), seed=st.integers(0, 99),
)  # fmt: skip
def test_a_plan_keeps_the_time_and_the_order(lessons, wordings, absent, exposures, seconds, seed):
    questions = questions_of(lessons, wordings, absent)
    tokens = random.Random(seed).choices(range(5, 200), k=len(questions))
    plan = make_plan(questions, tokens, 1000.0, seconds, exposures)
    assert plan.seconds <= seconds * (1 + 1e-9) or plan.lessons == 1
    assert covered(questions, plan) == {f"f{lessons - 1 - n}" for n in range(plan.lessons)}
    assert min(MIN_EXPOSURES, exposures) <= plan.exposures <= exposures
    assert plan.lessons == lessons or plan.exposures == min(MIN_EXPOSURES, exposures)
    assert len(plan.rounds) == plan.exposures


@given(lessons=st.integers(1, 40), wordings=st.integers(1, 20), absent=st.integers(0, 80), seconds=st.floats(1, 60))
def test_the_share_of_absent_questions_is_kept(lessons, wordings, absent, seconds):
    questions = questions_of(lessons, wordings, absent)
    plan = planned(questions, seconds)
    asked = Counter(questions[n].direction for numbers in plan.rounds for n in numbers)
    assert asked["absent"] == pytest.approx(ABSENT_SHARE * asked["forward"] * (absent > 0), abs=0.51)


def test_absent_names_are_asked_about_as_the_lessons_ask():
    asked = {"overview": 6, "defined_in": 3, "calls": 1}
    lessons = [
        replace(BLANK, id=f"{relation} {n} {w}", fact_ids=(f"{relation} {n}",), relation=relation)
        for relation, count in asked.items()
        for n in range(count)
        for w in range(20)
    ]
    absent = [
        replace(BLANK, id=f"{relation} a{n}", direction="absent", relation=relation)
        for n in range(100)
        for relation in ("raises", "calls", "defined_in", "overview")  # as a dataset has them: in any order
    ]
    questions = [*lessons, *absent]
    rows = [questions[n] for numbers in planned(questions, math.inf).rounds for n in numbers]
    denied = [row for row in rows if row.direction == "absent"]
    counts = Counter(row.relation for row in denied)
    assert len(denied) == len(set(denied)) == 100
    assert all(abs(counts[relation] - 10 * count) <= 2 for relation, count in asked.items()), counts
    assert counts["raises"] <= 2  # nothing that exists is asked for this


@given(st.integers(2, 20), st.floats(1, 20))
def test_what_is_planned_costs_what_was_predicted(lessons, seconds):
    questions = questions_of(lessons, 10, 5 * lessons)
    plan = planned(questions, seconds)
    assert plan.rows * 50 / 1000 == pytest.approx(plan.seconds, abs=0.03)
