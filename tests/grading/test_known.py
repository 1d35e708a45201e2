"""Names that exist, and where."""

import pytest

from forklift.grading import correction, ground, is_known


@pytest.mark.parametrize(
    "name",
    ["Stock", "Stock.take_items", "take_items()", "src/shop/stock.py", "stock.py", "shop.stock", "barcode_checksum",
     "voucher_code", "stock.take_items", "order.total", "len", "ValueError", "json.dumps", "os.path.join", "self",
     "`Order`", "dict.items", "append"],
)  # fmt: skip
def test_what_the_repository_or_the_language_has_is_known(name, shop_index):
    assert is_known(name, shop_index)


@pytest.mark.parametrize(
    "name", ["Stokc", "Stock.sell_items", "src/shop/sales.py", "order.shipping_date", "shop.sales", "place_orders"]
)
def test_what_nobody_has_is_not_known(name, shop_index):
    assert not is_known(name, shop_index)


def test_what_the_question_says_is_known(shop_index):
    assert is_known("Stokc", shop_index, question="Where is Stokc?")


def test_names_are_grounded_in_the_repository(shop_index):
    text = "`Stock.take_items` in `src/shop/stock.py` raises `OutOfStokError` and `ValueError`."
    found = ground(text, shop_index)
    assert [(one.text, one.known) for one in found] == [
        ("Stock.take_items", True),
        ("src/shop/stock.py", True),
        ("OutOfStokError", False),
        ("ValueError", True),
    ]
    assert all(text[one.start : one.end] == one.text for one in found)
    assert (found[0].location.path, found[0].location.line) == ("src/shop/stock.py", 45)
    assert found[2].closest == "OutOfStockError"
    assert (found[3].location, found[3].closest) == (None, "")


def test_a_denial_of_what_exists_is_corrected(shop_index):
    denial = "There is no `Stock` in shop. The closest name is `place_order`."
    said = correction("Where is `Stock` defined?", denial, shop_index)
    assert "`Stock` (src/shop/stock.py:" in said


def test_nothing_else_is_corrected(shop_index):
    assert correction("Where is `Stock` defined?", "`Stock` is in `src/shop/stock.py`.", shop_index) == ""
    assert correction("Where is `Warp` defined?", "There is no `Warp` in shop.", shop_index) == ""
