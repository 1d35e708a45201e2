"""Denials of what exists are corrected, with what the index says of it."""

import pytest

from forklift.answerers.correction import correction
from forklift.grading import ground


@pytest.mark.parametrize(
    ("question", "denial"),
    [
        ("Where is `Stock` defined?", "There is no `Stock` in shop. The closest name is `place_order`."),
        ("Where is Stock defined?", "There is no `Stock` in shop. The closest name is `Stock`."),
        ("and who makes it?", "There is no `Stock` in shop. The closest name is `Stock`."),
        ("What does the stock class do? Stock, I mean.", "No class called Stock is known here."),
        ("Which module has Stock?", "I looked: Stock does not exist in shop."),
        ("What does `Stock` call?", "There is no `Stokc` in shop. The closest name is `Stock`."),
        ("Where is `Stock`?", "There is no such class in the repository."),
    ],
)
def test_a_denial_of_what_exists_is_corrected(question, denial, shop_index):
    assert "`Stock` (src/shop/stock.py:" in correction(question, denial, shop_index)


def test_a_denied_member_is_named_with_its_owner(shop_index):
    question = "Has Stock a take_items?"
    for denial in (
        "`Stock` has no method `take_items`.",
        "There is no `take_items` in `Stock`. The closest is `take`.",
    ):
        assert "`Stock.take_items` (src/shop/stock.py:" in correction(question, denial, shop_index)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where is `Stock` defined?", "`Stock` is in `src/shop/stock.py`."),
        ("Where is `Warp` defined?", "There is no `Warp` in shop."),
        ("Does `Stock` use `Warp`?", "There is no `Warp` in shop. The closest name is `Stock`."),
        ("Has `Stock` a `place_order`?", "`Stock` has no method `place_order`."),
        ("Has `Stock` a `place_order`?", "There is no `place_order` in `Stock`."),
        ("Where is Warp?", "There is no class named Warp. The closest name is `Stock`."),
    ],
)
def test_nothing_else_is_corrected(question, answer, shop_index):
    assert correction(question, answer, shop_index) == ""


def told(question, name, index):
    """What is told of the only name that is denied."""
    said = correction(question, f"There is no `{name}` in shop. The closest name is `{name}`.", index)
    assert all(each.known for each in ground(said, index))
    start, _, rest = said.partition(" does exist; the model answered wrongly. ")
    assert start.startswith(f"Correction from the index: `{name}` (src/shop/")
    return rest


def test_what_it_is_and_then_what_is_asked_for_is_told(shop_index):
    for question, answer in (
        ("Which functions does `place_order` call?", " calls `check_amount`, "),
        ("What does `place_order` return?", "It returns `Order`."),
        ("What does `place_order` take?", "It takes `stock`, "),
    ):
        said = told(question, "place_order", shop_index)
        assert said.startswith('It is documented as: "Takes the items out of the stock')
        assert answer in said


def test_of_several_each_is_told_by_its_name(shop_index):
    denial = "There is no such thing in the repository."
    said = correction("What do `Stock` and `place_order` do?", denial, shop_index)
    documented = said.partition(" do exist; the model answered wrongly. ")[2].split("`Stock` is documented as: ")[1]
    assert documented.count("is documented as") == documented.count("`place_order` is documented as: ") == 1


def test_a_file_that_is_denied_is_told_of(shop_index):
    said = told("What is in `src/shop/stock.py`?", "src/shop/stock.py", shop_index)
    assert said.startswith('It is documented as: "The shelves of the shop, in memory". ')
