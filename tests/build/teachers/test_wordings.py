"""The grammars: enough variety for training, none of it in the tests."""

import re

import pytest
from every_wording import every_wording

from forklift.build.teachers.grammar import expand, normalised, wordings
from forklift.build.teachers.held_out import TEST
from forklift.build.teachers.sentences import SENTENCES
from forklift.build.teachers.training import TRAINING

SLOTS = ("name", "path", "kind", "text", "object", "words", "topic", "repo", "doing")
COMPOSED = {"base_file", "base_methods"}  # asked in tests only: two facts at once


def said(templates) -> set[str]:
    return {normalised(text) for template in templates for text in every_wording(template)}


def test_the_enumeration_knows_everything_that_the_grammar_says():
    import random

    for templates in (*TRAINING.values(), *TEST.values()):
        for template in templates:
            everything = {normalised(text) for text in every_wording(template)}
            assert {normalised(expand(template, random.Random(seed))) for seed in range(20)} <= everything


@pytest.mark.parametrize("relation", sorted(TRAINING))
def test_training_asks_in_many_ways(relation):
    assert len(said(TRAINING[relation])) >= 20
    slots = {slot: ["X"] for slot in SLOTS}
    assert len(wordings(TRAINING[relation], slots, 16, "seed")) >= 10  # of one fact, in one form of its name


def test_every_relation_that_is_taught_is_tested_too():
    assert set(SENTENCES) <= set(TRAINING) <= set(TEST)
    assert set(TEST) - set(TRAINING) <= COMPOSED


def test_no_test_wording_is_a_training_wording():
    training = set().union(*(said(templates) for templates in TRAINING.values()))
    testing = set().union(*(said(templates) for templates in TEST.values()))
    assert len(training) > 1000
    assert not training & testing


def test_no_wording_asks_for_two_things():
    """The same question with another answer for each relation could not be learnt."""
    for grammar in (TRAINING, TEST):
        asked: dict[str, str] = {}
        for relation, templates in grammar.items():
            for text in said(templates):
                assert asked.setdefault(text, relation) == relation, text


def test_test_wordings_are_no_training_wordings_in_a_longer_name():
    """A slot may hold "the class `X`" in one grammar and "`X`" in the other: articles and kinds do not count."""

    def bare(texts: set[str]) -> set[str]:
        return {
            " ".join(re.sub(r"\b(the|a|an|class|method|function|kind|file)\b", " ", text).split()) for text in texts
        }

    training = set().union(*(bare(said(templates)) for templates in TRAINING.values()))
    testing = set().union(*(bare(said(templates)) for templates in TEST.values()))
    assert not training & testing


def test_templates_use_the_slots_that_exist_and_close_their_brackets():
    for templates in (*TRAINING.values(), *TEST.values()):
        for text in (text for template in templates for text in every_wording(template)):
            assert set(re.findall(r"\{(\w+)\}", text)) <= set(SLOTS)
            assert not re.search(r"[|()]", text)
