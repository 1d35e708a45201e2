"""Briefings: true, short, and about the topic."""

from hypothesis import given
from hypothesis import strategies as st

from forklift.answerers.briefing import MAX_CHARS, Brief, brief, names_told, told
from forklift.grading import find_mentions, is_known


def test_a_briefing_names_files_and_classes_with_their_parts(shop_index):
    said = brief(shop_index, "How are items taken from the stock?")
    text = told(said, "stock")
    assert text.startswith("Stock: see `stock.py`")
    assert '`Stock` ("All items that the shop can sell") with' in text
    assert "`take_items`" in text


def test_a_path_is_as_short_as_it_is_clear(shop_index):
    files = brief(shop_index, "price tax").files
    assert "shop/prices.py" in files  # there is a tools/prices.py as well


def test_everything_it_names_exists(shop_index):
    for topic in ("stock", "orders of customers", "barcode", "refund payment", "price"):
        text = told(brief(shop_index, topic), topic)
        assert text
        assert all(is_known(mention.text, shop_index) for mention in find_mentions(text)), text


def test_parts_belong_to_what_they_are_told_of(shop_index):
    for entry in brief(shop_index, "stock").entries:
        assert {part.parent_id for part in entry.parts} <= {entry.symbol.id}


@given(st.text(max_size=60), st.integers(40, MAX_CHARS))
def test_it_is_never_longer_than_asked_but_for_its_first_sentence(shop_index, topic, max_chars):
    text = told(brief(shop_index, topic), "it", max_chars)
    assert len(text) <= max_chars or text.count(". ") == 0


def test_names_told_are_those_in_the_text(shop_index):
    said = brief(shop_index, "stock")
    text = told(said, "stock", 120)
    names = names_told(said, text)
    assert names
    assert all(f"`{name}`" in text for name in names)
    assert len(names_told(said, told(said, "stock"))) > len(names)


def test_nothing_is_said_of_nothing():
    assert told(Brief((), (), ()), "topic") == ""
