"""Sections in the index: what mentions which symbol, lookups, search, and that nothing secret gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

CODE = '''\
"""Stock of a shop."""


class Base:
    def close(self):
        """Closes."""


class Stock(Base):
    def add_items(self, article, amount=1):
        """Adds."""

    def request(self):
        """Asks."""


def request(url):
    """Asks for a page."""


def sell(stock):
    """Sells."""


TAX = 3
'''
OTHER = "def helper_one():\n    pass\n\n\nclass Twin:\n    pass\n"
GUIDE = """\
# Guide to the shop

## The `Stock` class

Call `Stock.add_items` with an `article`, then `sell()`; `shop.request` asks, `Stock.close` closes. A `Twin` is
unclear, `request` is too.

## Selling

```python
from shop import Stock, sell

class Own:
    pass

stock = Stock()
sell(stock)
stock.add_items(3)
shop.request("x")
```

Otherwise use add_items directly.
"""
API = "API\n===\n\n.. autofunction:: shop.sell\n\n.. py:data:: TAX\n\n   What the state takes.\n"
KEY = "ghp_" + "q7Xk2Lm9" + "Zp4Tv8Rw" + "1Ny6Bc3H" + "d5Gj0SfA" + "eUoK"


@pytest.fixture
def shop(reading):
    return reading({
        "shop/__init__.py": "from shop.store import Stock, sell, request, TAX\n", "shop/store.py": CODE,
        "shop/a.py": OTHER, "shop/b.py": OTHER, "docs/guide.md": GUIDE, "docs/api.rst": API,
        "README.md": f"# Shop\n\nKeeps stock. The key is {KEY} here.\n", "LICENSE.txt": "All rights\n",
        "tests/data/x.md": "# Test\n\nNothing `Stock`.\n",
    })  # fmt: skip


def mentions(index):
    headings = {one.id: one.heading for one in index.sections()}
    return {(headings[p.section_id], index.symbol(p.symbol_id).qualified_name, p.kind) for p in index.passages()}


def test_documents_are_decomposed_by_path_and_line(shop):
    assert shop.documents() == ["README.md", "docs/api.rst", "docs/guide.md"]
    assert [(one.heading, one.line) for one in shop.sections("docs/guide.md")] == [
        ("Guide to the shop", 1), ("The `Stock` class", 3), ("Selling", 8),
    ]  # fmt: skip
    assert len(shop.sections()) == 5
    assert shop.sections("nothing.md") == []
    assert set(shop.section_paths()) == {one.id for one in shop.sections()}


def test_what_is_mentioned_is_what_can_be_meant_alone(shop):
    assert mentions(shop) == {
        ("The `Stock` class", "Stock", "heading"),
        ("The `Stock` class", "Stock.add_items", "prose"),
        ("The `Stock` class", "sell", "prose"),
        ("The `Stock` class", "request", "prose"),  # of the package
        ("The `Stock` class", "Base.close", "prose"),  # inherited
        ("Selling", "Stock", "code"),
        ("Selling", "sell", "code"),
        ("Selling", "request", "code"),
        ("Selling", "Stock.add_items", "prose"),
        ("API", "sell", "entry"),
        ("API", "TAX", "entry"),
    }


def test_lines_of_mentions_hold_the_name(shop):
    for one in shop.passages():
        section = next(each for each in shop.sections() if each.id == one.section_id)
        assert section.line <= one.line <= section.end_line
        if one.kind in ("entry", "heading"):
            assert shop.symbol(one.symbol_id).name in shop.lines(section.path, one.line, one.line)[0]


def test_sections_about_a_symbol_come_with_the_most_telling_first(shop):
    (stock,) = shop.find("Stock")
    assert [one.heading for one in shop.sections_about(stock.id)] == ["The `Stock` class", "Selling"]
    (sell,) = shop.find("sell")
    assert next(one.path for one in shop.sections_about(sell.id)) == "docs/api.rst"
    assert shop.sections_about(10_000) == []


def test_sections_are_found_by_their_words(shop):
    assert shop.search_sections("How do I sell?", 1)[0].heading == "Selling"
    assert shop.search_sections("what does the state take", 5)[0].path == "docs/api.rst"
    assert shop.search_sections("", 5) == []
    weights = [weight for _, weight in shop.scored_sections(["stock"], 10)]
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0


def test_no_secret_gets_in(shop):
    readme = shop.sections("README.md")[0]
    assert "[secret withheld]" in readme.blocks[0].text
    assert not any("q7Xk2Lm9" in block.text for one in shop.sections() for block in one.blocks)
    assert shop.search_sections("q7Xk2Lm9", 5) == []


@given(query=st.text(max_size=60))
def test_any_query_is_answered(boats, query):
    assert len(boats.search_sections(query, 3)) <= 3


def test_a_directory_of_documents_has_an_index(reading):
    index = reading({"a.md": f"# Bees\n\n{'Bees make honey all day long. ' * 5}\n", "b.txt": "HONEY\n\nIs sweet.\n"})
    assert index.symbols() == []
    assert [one.heading for one in index.sections()] == ["Bees", "HONEY"]
    assert index.search_sections("who makes honey?", 1)[0].path == "a.md"
