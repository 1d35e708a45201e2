"""Names that do not exist: really absent, made differently for training and tests."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.facts.absence import (
    HELD_OUT_OPERATORS,
    TRAINING_OPERATORS,
    held_out_absences,
    join_like,
    training_absences,
)
from forklift.index import split_identifier

OPERATORS = TRAINING_OPERATORS | HELD_OUT_OPERATORS
identifiers = st.from_regex(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True)


@pytest.mark.parametrize("make", [training_absences, held_out_absences])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_made_up_name_exists(shop_view, shop_index, make, seed):
    made = make(shop_view, shop_index, 60, seed)
    assert len(made) > 30
    for absent in made:
        assert not shop_index.knows(absent.name)
        assert shop_index.locate(absent.name) is None
        assert all(part.isidentifier() for part in absent.name.split("."))
        assert shop_index.knows(absent.closest)
    assert len({absent.name for absent in made}) == len(made)


def test_training_and_tests_share_no_operator():
    assert TRAINING_OPERATORS.keys().isdisjoint(HELD_OUT_OPERATORS)
    assert set(TRAINING_OPERATORS.values()).isdisjoint(HELD_OUT_OPERATORS.values())


@pytest.mark.parametrize("make", [training_absences, held_out_absences])
def test_a_seed_decides_everything(shop_view, shop_index, make):
    first, again = (make(shop_view, shop_index, 20, 5) for _ in range(2))
    assert first == again
    assert first != make(shop_view, shop_index, 20, 6)


def test_no_more_names_than_wanted_and_none_without_symbols(shop_view, shop_index, view_of_files):
    assert len(training_absences(shop_view, shop_index, 7, 0)) == 7
    assert training_absences(view_of_files({"empty.py": "import os\n\n\nprint(os)\n", "t_test.py": "def a(): pass\n"}),
                             shop_index, 5, 0) == []  # fmt: skip


@given(identifiers, st.sampled_from(sorted(OPERATORS)), st.integers(0, 99))
def test_operators_make_names_of_names(name, operator, seed):
    made = OPERATORS[operator](name, ["stock", "order"], random.Random(seed))
    assert made == "" or made.isidentifier() or made[0].isdigit() or not made.strip("_")


@given(st.lists(st.sampled_from(["stock", "order", "http", "url"]), min_size=1, max_size=4))
def test_words_join_in_the_style_of_a_name(words):
    assert split_identifier(join_like(words, "some_name")) == words
    assert split_identifier(join_like(words, "SOME_NAME")) == words
    assert split_identifier(join_like(words, "SomeName")) == words
    assert join_like(words, "__private").startswith("__")


@pytest.mark.parametrize(
    ("name", "words"),
    [("HTTPAdapter", ["http", "adapter"]), ("take_items", ["take", "items"]), ("MAX_SIZE2", ["max", "size", "2"])],
)
def test_identifiers_split_into_words(name, words):
    assert split_identifier(name) == words
