"""Plain statements in answers, against the index."""

import pytest

from forklift.build.llm.claims import claims, contradicted


@pytest.fixture(scope="module")
def take_items(shop_index):
    return shop_index.find("Stock.take_items")[0]


@pytest.mark.parametrize(
    "text",
    [
        "`Stock` inherits from `Container`.",
        "`ColdStock` is a subclass of `Container`.",
        "The class `OutOfStockError` extends `ShopError`.",
        "`place_order` calls `check_amount`. It raises `OutOfStockError` when nothing is left.",
        "`Stock.take_items` is called by `place_order`.",
        "`Stock.take_items` is defined in `src/shop/stock.py`.",
        "`Stock` is a class defined in `stock.py`.",
        "`Stock.take_items` is a method of `Stock`.",
        "`SomethingElse` inherits from `Nothing`.",
        "`Stock` works with `Barcode`, in a way.",
        "",
    ],
)
def test_what_may_hold_is_not_contradicted(text, take_items, shop_index):
    assert contradicted(text, take_items, shop_index) is None


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("`Stock` inherits from `ShopError`.", "inherits"),
        ("`Container` extends `Stock`.", "inherits"),
        ("It is a subclass of the `Container` class.", "inherits"),
        ("`Stock` inherits from the class `ShopError`.", "inherits"),
        ("It raises `PaymentError` if the customer is broke.", "raises"),
        ("`Stock.take_items` calls `place_order`.", "calls"),
        ("`place_order` is called by `Stock.take_items`.", "called_by"),
        ("`Stock` is defined in `src/shop/orders.py`.", "defined_in"),
        ("`Stock` is a class implemented in `orders.py`.", "defined_in"),
        ("`place_order` is a class.", "kind"),
        ("`Stock.take_items` is a method of `Container`.", "method_of"),
        ("`Stock.take_items` takes no parameters.", "no parameters"),
    ],
)
def test_what_the_index_rules_out_is_found(text, relation, take_items, shop_index):
    found = contradicted(text, take_items, shop_index)
    assert found is not None
    assert found.relation == relation


def test_a_default_of_what_the_text_is_about_is_compared(shop_index):
    add_items = shop_index.find("Stock.add_items")[0]
    assert contradicted("`amount` defaults to `1`, and `strict` defaults to True.", add_items, shop_index) is None
    assert contradicted("`amount` defaults to `2`.", add_items, shop_index).relation == "default"


def test_vague_words_are_no_statements():
    assert not list(claims("It is like `Stock`. `A`, `B` and `C` are called in turn, as `D` wants."))
