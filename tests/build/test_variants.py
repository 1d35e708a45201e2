"""Other ways to ask: misspelt in plain words, and as follow-ups."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.dataset import HISTORY_SHARE, SIDE_NOTES, _history_within_share, _overviews
from forklift.build.teachers.builtin import code_forms, lesson, overview, spelt_out, word_forms
from forklift.build.teachers.grammar import expand, normalised
from forklift.build.teachers.held_out import FOLLOW_UPS as TEST_FOLLOW_UPS
from forklift.build.teachers.held_out import TEST
from forklift.build.teachers.held_out.tones import TONES as TEST_TONES
from forklift.build.teachers.misspelling import TEST_SLIPS, TRAINING_SLIPS, misspelt
from forklift.build.teachers.training import FOLLOW_UPS, TRAINING
from forklift.build.teachers.training.tones import TONES
from forklift.build.variants import MEANT
from forklift.grading import find_mentions, has_word
from forklift.records import Fact, Question
from forklift.tables import read_rows


@pytest.fixture(scope="module")
def rows(shop_lift):
    return [
        row
        for name in ("train", "validation", "test")
        for row in read_rows(shop_lift.dataset / "data" / f"{name}.parquet", Question)
        if row.direction != "reading"
    ]


def fact(relation, subject="Stock", objects=("a.py",), *, facet="location", rank=0.5, text=""):
    return Fact(
        id=f"{relation} {subject} {objects}", facet=facet, relation=relation, subject=subject, subject_kind="class",
        objects=objects, path="a.py", line=1, end_line=2, text=text, rank=rank,
    )  # fmt: skip


# misspelt


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12), st.integers(0, 50))
def test_a_slip_changes_one_place_and_makes_no_real_word(word, seed):
    for slips in (TRAINING_SLIPS, TEST_SLIPS):
        right, wrong = misspelt(["the", word], slips, {word}, random.Random(seed))
        assert (right, wrong) == ("", "") or (right == word and wrong not in ("", word))
        assert abs(len(wrong) - len(word)) <= 1 or not wrong


def test_short_words_and_real_words_are_left_alone():
    assert misspelt(["the", "get", "key"], TRAINING_SLIPS, (), random.Random(0)) == ("", "")
    every = {"stokc", "sotck", "stcok"}
    assert misspelt(["stock"], TRAINING_SLIPS[1:2], every, random.Random(0)) == ("", "")


def test_training_and_tests_slip_differently():
    assert not set(TRAINING_SLIPS) & set(TEST_SLIPS)


def test_whoever_misspells_plain_words_is_asked_what_is_meant(rows):
    meant = [row for row in rows if row.completion.startswith(MEANT)]
    assert {row.split for row in meant} == {"train", "A"}
    for row in meant:
        assert row.completion.startswith(f"{MEANT}{row.subject}`. ")
        assert not has_word(row.prompt, spelt_out(row.subject))
        assert "`" not in row.prompt


def test_code_that_does_not_exist_is_never_asked_about_in_plain_words(rows):
    """`Sesion` is denied; "the sesion class" is answered: the two never look alike."""
    denied = [row for row in rows if row.direction == "absent"]
    assert len(denied) > 100
    for row in denied:
        said = row.prompt.replace(f"`{row.subject}`", "").replace(f"`{row.subject}()`", "")
        if row.subject.islower() and "_" not in row.subject and "." not in row.subject:
            assert "`" in row.prompt
            assert row.subject not in said.split()


def test_names_are_said_in_plain_words():
    assert word_forms("HTTPAdapter", "class") == ["the http adapter class"]
    assert word_forms("Session.close", "method") == ["the close method of session"]
    assert word_forms("Session.__init__", "method") == word_forms("a/b.py", "file") == word_forms("x", "function") == []
    assert "the http adapter class" not in code_forms("HTTPAdapter", "class")


# follow-ups


def test_a_follow_up_names_nothing_and_was_answered_by_nothing_before_it(rows):
    followed = [row for row in rows if row.history]
    assert {row.split for row in followed} == {"train", "A"}
    assert len(followed) < 0.15 * len(rows)
    for row in followed:
        question, answer = row.history
        assert row.subject.rpartition(".")[2] not in row.prompt
        assert not find_mentions(row.prompt)
        assert row.subject in answer
        assert row.keys
        if row.key_type == "symbol":
            assert not [key for key in row.keys if f"`{key}`" in question + answer]


def test_follow_ups_begin_with_wordings_of_their_own_side(rows):
    prompts = {row.prompt for row in rows if row.split == "train"}
    assert not [row for row in rows if row.split == "A" and row.history and row.history[0] in prompts]


def test_follow_ups_of_tests_are_not_those_of_training():
    assert FOLLOW_UPS.keys() == TEST_FOLLOW_UPS.keys()
    assert set(FOLLOW_UPS) <= set(TRAINING) == set(TRAINING) & set(TEST)
    said = [
        {
            normalised(expand(text, random.Random(seed)))
            for texts in grammar.values()
            for text in texts
            for seed in range(99)
        }
        for grammar in (FOLLOW_UPS, TEST_FOLLOW_UPS)
    ]
    assert not said[0] & said[1]


def test_no_follow_up_asks_for_two_things():
    for grammar in (FOLLOW_UPS, TEST_FOLLOW_UPS):
        meaning: dict[str, str] = {}
        for relation, texts in grammar.items():
            for text in {normalised(expand(text, random.Random(seed))) for text in texts for seed in range(99)}:
                assert meaning.setdefault(text, relation) == relation, text


def test_tones_wrap_a_question_and_differ():
    assert not set(TONES) & set(TEST_TONES)
    for tone in (*TONES, *TEST_TONES):
        assert expand(tone, random.Random(0)).count("{question}") == 1


# history among the lessons


def test_the_history_has_its_share_of_the_lessons_and_no_more():
    code = [fact("defined_in", f"s{n}") for n in range(85)]
    past = [fact("last_changed", f"s{n}", facet="history", rank=1.0) for n in range(40)]
    told = [fact("changed_because", f"s{n}", facet="history", rank=n / 10) for n in range(30)]
    kept = _history_within_share([*code, *past, *told])
    history = [one for one in kept if one.facet == "history"]
    assert len(history) == round(HISTORY_SHARE * len(kept))
    assert not [one for one in history if one.relation in SIDE_NOTES]
    assert min(one.rank for one in history) == 1.5
    assert [one for one in kept if one.facet != "history"] == code


def test_an_overview_ends_with_the_past():
    facts = [
        fact("defined_in"),
        fact("documented_as", objects=(), text="All items"),
        fact("inherits", objects=("Container",)),
        fact("introduced_in", objects=("2020-01-02", "abc1234", "1.0"), facet="history", text="Add stock"),
        fact("changed_because", objects=("2021-01-02", "def5678", "Count again"), facet="history", text="It was wrong"),
    ]
    (told,) = _overviews(facts)
    said = overview(told)
    assert said.completion.endswith('It was changed on 2021-01-02 by commit def5678: "Count again".')
    assert said.keys == ("a.py", "Container")
    facts.append(fact("deprecated_since", objects=("2.0",), facet="history", text="Use `Shelf`"))
    assert overview(next(iter(_overviews(facts)))).completion.endswith(
        'It is deprecated since version 2.0. The note on it says: "Use `Shelf`".'
    )
    assert lesson(facts[-1]).completion.startswith("`Stock` is deprecated")
