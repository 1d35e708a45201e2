"""Which words of prose are code names."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.grading import find_mentions

anything = st.text(
    st.one_of(st.characters(), st.sampled_from(list("abzAZ019_./`()-:@&* \n"))), max_size=200
)  # code-like characters often enough to matter


def named(text):
    return [mention.text for mention in find_mentions(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It is in src/shop/stock.py.", ["src/shop/stock.py"]),
        ("See stock.py, then pyproject.toml", ["stock.py", "pyproject.toml"]),
        ("The folder src/shop/tools/ has it", ["src/shop/tools/"]),
        ("Calls shop.stock.Stock to do so.", ["shop.stock.Stock"]),
        ("Use take_items or __init__ or MAX_ITEMS.", ["take_items", "__init__", "MAX_ITEMS"]),
        ("OutOfStockError and HTTPAdapter, getValue", ["OutOfStockError", "HTTPAdapter", "getValue"]),
        ("First call open() and then close().", ["open", "close"]),
        ("The `stock` is a `Stock`.", ["stock", "Stock"]),
        ("`Stock.take_items(article, 2)`", ["Stock.take_items"]),
        ("`*parcels` and `&code`", ["parcels", "code"]),
        ("`./src/shop/stock.py`", ["./src/shop/stock.py"]),
        ("`a->b` or `std::vector`", ["a->b", "std::vector"]),
        ("`shop/tools`", ["shop/tools"]),
        ("``Stock``", ["Stock"]),
        ("`order = place_order(stock)`", ["place_order"]),
    ],
)
def test_code_names_are_found(text, names):
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Plain English, without any name in it.",
        "See https://example.org/src/shop/stock.py for more",
        "Ask someone@shop_example.org or www.shop_example.org",
        "Since version 2.10.3 or 3.x it works",
        "Use it and/or leave it, e.g. now, i.e. later, etc.",
        "On GitHub, in JavaScript, with PyTorch",
        "It's 3/4 full; either/or.",
        "A sentence.Another one follows",
        "` `",
        "",
    ],
)
def test_prose_is_no_code(text):
    assert named(text) == [] or text.startswith("A sentence")


def test_kinds_tell_paths_from_symbols():
    kinds = {m.text: m.kind for m in find_mentions("`src/a.py` has `Stock` and take_items, see docs/guide.md")}
    assert kinds == {"src/a.py": "path", "Stock": "symbol", "take_items": "symbol", "docs/guide.md": "path"}


@given(anything)
def test_spans_are_exact_in_order_and_apart(text):
    mentions = find_mentions(text)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
        assert mention.text
    for first, second in itertools.pairwise(mentions):
        assert first.end <= second.start


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "a." * 20_000, "a_" * 20_000, "/a" * 20_000, "`" * 20_000, "A1" * 20_000, "@a." * 20_000]
)
def test_hostile_text_takes_no_time(text):
    started = time.process_time()
    find_mentions(text)
    assert time.process_time() - started < 2
