"""Which words of prose are code names."""

import itertools
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forklift.grading import find_mentions
from forklift.grading.prose import NO_NAMES

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
        # calls, members, decorators, keyword arguments
        ("`Stock(capacity=5).add_items(article, amount=2)`", ["Stock", "capacity", "add_items", "amount"]),
        ("Call add(article, 2) with strict=True or rate=0.19.", ["add", "strict", "rate"]),
        ("the `.json()` method, `.headers` and `Stock#take`", ["json", "headers", "Stock#take"]),
        (
            "`a->b->c`, `p->next`, Shop::Stock::take, order->total",
            ["a->b->c", "p->next", "Shop::Stock::take", "order->total"],
        ),
        ('`@app.route("/")`, @app.get and @property', ["app.route", "app.get", "property"]),
        ("`timeout=5`, `timeout=`, `strict = True`", ["timeout", "timeout", "strict"]),
        ("`__init__`, __main__ and `self.__dict__`", ["__init__", "__main__", "self.__dict__"]),
        ("`import os`, `from shop.stock import Stock as S, MAX_ITEMS`", ["os", "shop.stock", "Stock", "MAX_ITEMS"]),
        ("`raise Timeout`, `class Order(Base)`, `except KeyError`", ["Timeout", "Order", "Base", "KeyError"]),
        # types
        ("`dict[str, int]` and `Optional[Stock]`", ["dict", "str", "int", "Optional", "Stock"]),
        ("`str | None`, `std::vector<Order>`", ["str", "std", "vector", "Order"]),
        ("`const struct barcode *` or `barcode *`", ["barcode", "barcode"]),
        ("`int barcode_checksum(const struct barcode *code)`", ["barcode_checksum", "barcode"]),
        # options, variables, macros
        ("Give --dry-run or `--port=80`; `-v` is short", ["--dry-run", "--port"]),
        ("`flask run --debug`, but `pip install --upgrade flask`", ["--debug"]),
        ("Set `$SHOP_HOME`, `${SHOP_HOME}`, $HOME or -DWITH_TAX=On", ["SHOP_HOME", "SHOP_HOME", "HOME", "WITH_TAX"]),
        ('`os.environ["SHOP_HOME"]` and `#define MAX_ITEMS 5`', ["os.environ", "SHOP_HOME", "MAX_ITEMS"]),
        # paths
        (
            "`src/shop/stock.py:12`, `tests/test_stock.py::test_it`",
            ["src/shop/stock.py", "tests/test_stock.py", "test_it"],
        ),
        ("`#include <stdio.h>`, <math.h>, `.gitignore`, `Makefile`", ["stdio.h", "math.h", ".gitignore", "Makefile"]),
        ("/src/shop/stock.py and [stock](docs/guide.md)", ["/src/shop/stock.py", "docs/guide.md"]),
        # told by the words around it
        ("raises Timeout, is a subclass of Order, a Stock object", ["Timeout", "Order", "Stock"]),
        ("uses malloc, strcmp and vsnprintf", ["malloc", "strcmp", "vsnprintf"]),
        ("**`Stock`**, **ColdStock** and dump_it/load_it", ["Stock", "ColdStock", "dump_it", "load_it"]),
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
        "Rust, C++ and Node.js on x86_64 need 5 GiB at 3.2 GHz; SHA256, UTF8, IPv4, APIs, URLs and a PhD.",
        "Use CamelCase or snake_case, not _emphasis_ or _more of it_.",
        '`None`, `True`, `5`, `0x1F`, `"text"`, `*.py`, `.toml`, `/users/<id>`, `text/html`, `GET/POST`, `1/2`',
        "`400 Bad Request`, `Content-Type`, `utf-8`, `$ make test`, `/etc/hosts`, `~/.netrc`",
        "Look into /etc/hosts.d/x_y or ~/.config/x_y or C:\\x_y; a file(s) of O(n) and x_1 + y_2",
        "Every class is documented. The class raises an exception with the Python object.",
        "It went from 1,000 to 2_000 requests/s (p. 5), on 2024/01/02 or 2024-01-02, at 10:30.",
        '```json\n{"user_id": 5, "total_price": [1]}\n```',
        "The closest name is `bytes_to_",
        "` `",
        "",
    ],
)
def test_prose_is_no_code(text):
    assert named(text) == [] or text.startswith("A sentence")


def test_kinds_tell_paths_from_symbols():
    kinds = {m.text: m.kind for m in find_mentions("`src/a.py` has `Stock` and take_items, see docs/guide.md")}
    assert kinds == {"src/a.py": "path", "Stock": "symbol", "take_items": "symbol", "docs/guide.md": "path"}


CODE_BLOCK = """Like this:

```python
import json
from shop.stock import Stock

class OwnStock(Stock):
    def take_more(self, item_name, amount=1):
        self.last_item = item_name
        return json.dumps(self.take_items(item_name, strict=False))

own_stock = OwnStock()  # see src/shop/stock.py
for one_item, left in own_stock.counts.items():
    own_stock.take_more(one_item)
```

Then `OwnStock` and own_stock are yours, `Stock` is not.
"""


def test_a_block_of_code_is_read_and_its_own_names_are_told_apart():
    mentions = find_mentions(CODE_BLOCK)
    own = {m.text for m in mentions if m.kind == "local"}
    assert own == {"OwnStock", "take_more", "item_name", "amount", "self.last_item", "one_item", "own_stock"}
    others = {m.text for m in mentions if m.kind != "local"}
    assert others == {
        "json", "shop.stock", "Stock", "json.dumps", "self.take_items", "strict", "src/shop/stock.py",
        "own_stock.counts.items", "own_stock.take_more",
    }  # fmt: skip


def test_c_is_read_too():
    text = (
        '```c\n#include "barcode.h"\n/* native/barcode.c */\nbarcode *my_code = find_it(5);\nmy_code->width = 3;\n```'
    )
    assert [(m.text, m.kind) for m in find_mentions(text)] == [
        ("barcode.h", "path"),
        ("native/barcode.c", "path"),
        ("my_code", "local"),
        ("find_it", "symbol"),
        ("my_code->width", "local"),
    ]


@pytest.mark.parametrize("end", ["", "\n", "\n```", "\n```\n", "\n~~~"])
def test_a_block_may_be_cut(end):
    names = named(f"```python\nplace_order(1){end}")
    assert names == ["place_order"]


def test_a_tree_of_files_has_names():
    assert named("```\nsrc/\n├── shop/\n│   └── stock.py\n```") == ["src/", "stock.py"]


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True), st.sampled_from(["{}", "**{}**", "({})", "{},"]))
def test_any_identifier_in_backticks_is_found_whole(name, around):
    assume(name not in NO_NAMES)
    assert named("It is " + around.format(f"`{name}`") + " there.") == [name]


@given(st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{1,9}", fullmatch=True), min_size=2, max_size=5))
def test_any_dotted_name_in_backticks_is_found_whole(parts):
    assume(parts[-1] not in "py pyi pyx cc cpp cxx hh hpp js jsx ts tsx go rs rb cs sh md rst".split())
    name = ".".join(parts)
    found = find_mentions(f"See `{name}()`.")
    assert [one.text for one in found] == [name]


ENGLISH = (
    "the a this value returns an object of class when it is called with two arguments and then checks first last"
).split()


@given(st.lists(st.sampled_from([*ENGLISH, "Flask", "Python", "JSON", "HTTP", "I", "e.g.", "well-known"]), max_size=20))
def test_english_has_no_names(words):
    assert named(f"{' '.join(words)}.".capitalize()) == []


@given(anything)
def test_spans_are_exact_in_order_and_apart(text):
    mentions = find_mentions(text)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
        assert mention.text
    for first, second in itertools.pairwise(mentions):
        assert first.end <= second.start


PIECES = [
    *'aA1_.`~#"([', "'", "\n", "├", "a.", "a_", "/a", "a/", "a-", "a+", "A1", "@a.", "a->", "a::", "a ", "a, ", "a(",
    "a=", "a=1 ", "--a", "--a ", "$A", "-DA ", "`a", "`a` ", "`a ", "```", "```\n", "~~~\na", "import (", "import {",
    "from a import ", "def a(", "/*", "//", '"""', "#include <", "http://", "a@", "a@a.", "a b\n", "a = ", "for a, ",
    "class A", "raise A", "A[", "a[A, ", "pip a", "a.com/", "src/", "the A ", " _a",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("frame", ["{}", "`{}`", "```python\n{}\n```"], ids=["prose", "span", "block"])
def test_no_text_costs_the_square_of_its_length(piece, frame):
    assert seconds(frame.format(piece * (20_000 // len(piece)))) < 0.5


@pytest.mark.parametrize("piece", ["The `Stock` of a_b.c(d=1), ", "a.", "`a` ", "```python\na.b = c(d, e=1)\n```\n"])
def test_long_answers_take_no_time(piece):
    assert seconds(piece * (200_000 // len(piece))) < 2  # measured: 0.1 to 0.6


def seconds(text):
    """Processor time of the fastest of three: pauses to collect the objects of all other tests are not its own."""
    times = []
    for _ in range(3):
        started = time.process_time()
        find_mentions(text)
        times.append(time.process_time() - started)
    return min(times)
