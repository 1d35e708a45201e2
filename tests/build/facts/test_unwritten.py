"""Headings and terms that nobody wrote."""

import random

from forklift.build.facts.unwritten import HELD_OUT_OPERATORS, TRAINING_OPERATORS, _cased_like


def test_operators_of_training_and_tests_differ():
    assert not set(TRAINING_OPERATORS.values()) & set(HELD_OUT_OPERATORS.values())


def test_every_operator_makes_another_heading():
    rng = random.Random(1)
    for operator in (*TRAINING_OPERATORS.values(), *HELD_OUT_OPERATORS.values()):
        made = [operator(["Keeping", "bees"], ["honey", "wax", "queen"], rng) for _ in range(20)]
        assert all(words and words != ["Keeping", "bees"] for words in made)


def test_capitals_stay_those_of_the_heading():
    assert _cased_like(["remote", "Keeping", "bees"], ["Keeping", "bees"]) == ["Remote", "keeping", "bees"]
    assert _cased_like(["remote", "API", "keys"], ["API", "keys"]) == ["Remote", "API", "keys"]
    assert _cased_like(["Keeping", "wax"], ["Keeping", "Bees"]) == ["Keeping", "Wax"]
    assert _cased_like(["queen", "wax"], ["queen"]) == ["queen", "wax"]
