"""Phrase grammars: what a template expands to, and what stays the same for a seed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.teachers.grammar import expand, fill, normalised, wordings

TEMPLATES = ("(Where|In which file) is {name} (defined|implemented|)?", "{name}: (where|file)?", "Find {name}.")
SLOTS = {"name": ["`Stock`", "Stock", "the class `Stock`"]}


def expansions(template: str) -> set[str]:
    return {expand(template, random.Random(seed)) for seed in range(200)}


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("Find {name}.", {"Find {name}."}),
        ("(a|b) c", {"a c", "b c"}),
        ("a (b|) c", {"a b c", "a c"}),
        ("a (b|)?", {"a b?", "a?"}),
        ("(|Hi, )a", {"a", "Hi, a"}),
        ("(a (b|c)|d)", {"a b", "a c", "d"}),
        ("((a|b)|(c|d))", {"a", "b", "c", "d"}),
        ("no choice (here)", {"no choice (here)"}),
    ],
)
def test_a_template_stands_for_each_choice_of_its_alternatives(template, texts):
    assert expansions(template) == texts


def test_slots_are_filled_and_the_first_letter_is_a_capital():
    assert fill("{name} is {kind}", {"name": ["stock"], "kind": ["a class"]}, random.Random(0)) == "Stock is a class"
    with pytest.raises(KeyError):
        fill("{unheard_of}", {}, random.Random(0))


@pytest.mark.parametrize(
    ("template", "name", "text"),
    [
        ("I got (a|an) {name}.", "the class `BadData`", "I got the class `BadData`."),
        ("(A|An) {name} flies: who?", "the bad data class", "The bad data class flies: who?"),
        ("I got (a|an) {name}.", "`BadData`", "I got an `BadData`."),
        ("Is data {name}?", "the class `BadData`", "Is data the class `BadData`?"),
    ],
)
def test_a_label_with_an_article_gets_no_other(template, name, text):
    texts = {fill(expand(template, rng), {"name": [name]}, rng) for rng in map(random.Random, range(20))}
    assert text in texts
    assert not any(" a the " in each or " an the " in each or each.startswith(("A the", "An the")) for each in texts)


def test_slot_values_are_not_expanded_again():
    (text,) = wordings(["Find {name}."], {"name": ["(a|b) {kind}"]}, 1, "seed")
    assert text == "Find (a|b) {kind}."


@given(st.text(max_size=8), st.integers(1, 12), st.integers(1, 12))
def test_the_same_seed_gives_the_same_beginning(seed, count, more):
    short, long = wordings(TEMPLATES, SLOTS, count, seed), wordings(TEMPLATES, SLOTS, count + more, seed)
    assert short == wordings(TEMPLATES, SLOTS, count, seed)
    assert len(short) <= count
    assert long[: len(short)] == short


@given(st.text(max_size=8), st.integers(1, 40))
def test_wordings_are_distinct_beyond_case_and_punctuation(seed, count):
    texts = wordings(TEMPLATES, SLOTS, count, seed)
    assert len({normalised(text) for text in texts}) == len(texts)


def test_all_templates_take_their_turn():
    texts = wordings(TEMPLATES, {"name": ["X"]}, 3, "seed")
    assert sum(text.startswith("Find") for text in texts) == 1


@given(st.text())
def test_what_is_normalised_stays_so(text):
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(text.upper() + "?!") == normalised(text.upper())
