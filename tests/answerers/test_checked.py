"""Between backticks only names that exist."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.answerers.checked import NameCheck, known_names, of_names

NAMES = of_names(["Truck", "Truck.lift_pallet", "check_weight", "warehouse/truck.py", "None", "pallet"])
CHECK = NameCheck(NAMES, "What is Trukc?")


def test_names_may_be_begun_and_ended_when_they_exist():
    assert CHECK.allows("A `", "Tru")
    assert CHECK.allows("A `Tru", "ck")
    assert CHECK.allows("A `Truck", "`, `check_")
    assert CHECK.allows("A `Truck", ".lift")
    assert CHECK.allows("A `warehouse/", "truck.py` file")
    assert CHECK.allows("There is no `Tru", "kc`.")  # of the question


def test_names_may_end_in_a_mark():
    check = NameCheck(of_names(["has_key?", "Farm.close!", "Truck"]), "")
    assert check.allows("A `has_key", "?`")
    assert check.allows("A `Farm.close", "!(1)`")
    assert check.allows("Is it `Truck", "?`")
    assert not check.allows("A `has_key", "`")
    assert not check.allows("A `close", "?")


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        ("A `", "Lorry"),
        ("A `Tru", "`"),
        ("A `Truck", "s"),
        ("A ", "`Lorry"),
        ("`Truck` and `che", "ck`"),
        ("A `Truck(", "lorry)"),
        ("A `Truck", "\n"),
        ("A `Truck", ""),
    ],
)
def test_others_may_not(before, piece):
    assert not CHECK.allows(before, piece)


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        ("Lorries are ", "big"),
        ("It is `", "30`"),
        ("It is `", "'lorry'`"),
        ("It is `", '"lorr'),
        ("Say `", "--lorry`"),
        ("`Truck(", "pallet=None)`"),
        ("Code:\n```", "python\nlorry = 1\n"),
        ("Code:\n```python\nlorry", " = 2"),
        ("Done.", ""),
        ("Odd `tick\nNext ", "line"),
        ("x ``", "`py\n"),
    ],
)
def test_what_is_no_name_is_free(before, piece):
    assert CHECK.allows(before, piece)


@given(
    st.lists(
        st.sampled_from(["`", "Tru", "ck", ".", "lift_pallet", " is ", "Lorry", "s", "(", ")", "\n", "check_weight"])
    )
)
def test_whatever_is_allowed_names_only_what_exists(pieces):
    text = ""
    for piece in pieces:
        if CHECK.allows(text, piece):
            text += piece
    for line in re.sub(r"```[\s\S]*?(?:```|\Z)", "", text).split("\n"):
        for span in re.findall(r"`([^`]*)`", line):
            for name in re.findall(r"(?<![\w.])[A-Za-z_][\w.]*", span):
                assert name.rstrip(".") in NAMES.names | {"is"}  # of the question


def test_the_names_of_a_repository(shop_index):
    check = NameCheck(known_names(shop_index), "")
    symbol = max(shop_index.symbols(), key=lambda one: one.rank)
    assert check.allows("The `", f"{symbol.qualified_name}`")
    assert check.allows("The `", f"{symbol.path}`")
    assert check.allows("A `", "ValueError`")
    assert not check.allows("The `", "no_such_thing_at_all`")
