"""Real calls, and the tests of things."""

import pytest
from stating import objects, sources, texts

from forklift.build.facts import usage
from forklift.build.facts.usage import MAX_LINE_CHARS, _example_line

FILES = {
    "shop.py": "def sell(item, count):\n    pass\n\n\ndef buy(item):\n    sell(item, 3)\n",
    "examples/market.py": "from shop import sell\n\nresult = sell('an apple of the best kind', count=12)\n",
    "tests/test_shop.py": "from shop import buy, sell\n\n\ndef test_sell():\n    sell(1, 2)\n    buy(1)\n\n\n"
    "def helper():\n    buy(2)\n\n\ndef test_market():\n    sell(3, 4)\n",
}


def test_an_example_is_better_than_a_test_and_that_than_other_code(view_of_files):
    facts = {fact.subject: fact for fact in usage.facts(view_of_files(FILES)) if fact.relation == "example"}
    sell, buy = facts["sell"], facts["buy"]
    assert (sell.path, sell.line, sell.text) == (
        "examples/market.py", 3, "result = sell('an apple of the best kind', count=12)",
    )  # fmt: skip
    assert (buy.objects, buy.line, buy.text) == (("tests/test_shop.py",), 6, "buy(1)")


@pytest.mark.parametrize(
    "line", ["sell(", "def sell(x): pass", "resell(1, 2)", "sell", "sell(x) `y`", "(sell(x)", "sell(" + "x" * 99 + ")"]
)
def test_lines_that_are_no_example(line):
    assert _example_line(line, "sell") == ""
    assert MAX_LINE_CHARS < 100


def test_tests_of_a_function_and_back(view_of_files):
    facts = list(usage.facts(view_of_files(FILES)))
    assert objects(facts, "tested_by") == {"sell": ("test_sell", "test_market"), "buy": ("test_sell",)}
    assert texts(facts, "tested_by")["sell"] == "`test_sell` and `test_market`, in `tests/test_shop.py`"
    assert {name: set(found) for name, found in objects(facts, "exercises").items()} == {
        "test_sell": {"sell", "buy"}, "test_market": {"sell"},
    }  # fmt: skip
    assert set(sources(facts, "exercises")["test_sell"]) == {("tested_by", "sell"), ("tested_by", "buy")}


def test_a_helper_of_tests_in_go_is_no_test(view_of_files):
    files = {
        "go.mod": "module a.b/shop\n",
        "shop.go": "package shop\n\nfunc Sell() {}\n",
        "shop_test.go": "package shop\n\nfunc testSell() { Sell() }\n\nfunc TestSell(t int) { Sell() }\n",
    }
    assert objects(usage.facts(view_of_files(files)), "tested_by") == {"Sell": ("TestSell",)}


def test_how_many_tests_there_are_is_not_said_where_more_may_be(view_of_files):
    files = {
        "shop.py": "def sell(): ...\ndef buy(): ...\n",
        "test_shop.py": "from shop import buy, sell\n\n\ndef test_sell(): sell()\n\n\n"
        "def test_buy(app): buy(); app.sell()\n",
    }
    said = texts(usage.facts(view_of_files(files)), "tested_by")
    assert said == {"sell": "`test_sell`, in `test_shop.py`", "buy": "`test_buy`, in `test_shop.py`"}
