"""Markdown: what CommonMark, MyST and READMEs write; and whatever else a file may hold."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index.documents import read_markdown

GUIDE = """\
---
title: not this
---
<h1 align="center">Shop</h1>
<p align="center"><img src="x.png"> Keeps your stock in memory.</p>
<script>alert(1)</script>

[![Build](https://x.org/b.svg)](https://x.org) Takes **orders** with [`Stock`](api.md) &amp; <b>more</b>.

## Adding

1. Make a `Stock`.
2. Add items:
   - even pears

```python
stock.add("apple")
```

- **Price**: what one pays for it
- `LIMIT` - how many items fit
- plain item

| Option | Meaning |
|---|---|
| `--all` | Sell all there is |

```{note}
Items cannot be taken {meth}`back <shop.Stock.back>`.
```

```{eval-rst}
.. autofunction:: shop.sell
```

Selling
-------
    sell(stock)
"""


def read(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in read_markdown(text)]


def test_headings_prose_lists_tables_and_code():
    assert read(GUIDE) == [
        ("heading", "Shop"),
        ("paragraph", "Keeps your stock in memory."),
        ("paragraph", "Takes orders with `Stock` & more."),
        ("heading", "Adding"),
        ("step", "Make a `Stock`."),
        ("step", "Add items:"),
        ("item", "even pears"),
        ("code", 'stock.add("apple")'),
        ("term", "what one pays for it"),
        ("term", "how many items fit"),
        ("item", "plain item"),
        ("term", "Sell all there is"),
        ("paragraph", "Items cannot be taken back."),
        ("entry", ""),
        ("heading", "Selling"),
        ("code", "sell(stock)"),
    ]


def test_labels_levels_names_and_lines():
    blocks = list(read_markdown(GUIDE))
    lines = GUIDE.split("\n")
    assert [one.label for one in blocks if one.kind == "term"] == ["Price", "LIMIT", "--all"]
    assert [one.level for one in blocks if one.kind == "heading"] == [1, 2, 2]
    assert {":Stock", "method:shop.Stock.back", "function:shop.sell"} <= {n for one in blocks for n in one.names}
    for one in blocks:
        if one.kind in ("step", "item"):
            assert one.text.split()[0] in lines[one.line - 1]
    assert lines[next(one.line for one in blocks if "taken" in one.text) - 1].startswith("Items cannot")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("A *word*, __two__ and ***three*** of snake_case_names.", "A word, two and three of snake_case_names."),
        ("See [the guide](https://x.org/a(b)c) or [it][ref].", "See the guide or it."),
        ("A [WSGI] and [it] here [secret withheld].", "A WSGI and it here [secret withheld]."),
        ("Read <https://x.org/y> &lt;now&gt;.", "Read <now>."),
        (r"Stars \*stay\*, 2 * 3 * 4 too.", "Stars *stay*, 2 * 3 * 4 too."),
        ("Code ``with ` inside`` stays.", "Code `with ' inside` stays."),
    ],
)
def test_inline_markup_is_plain_text(markup, text):
    assert read(markup) == [("paragraph", text)]


@given(st.lists(st.sampled_from([*GUIDE.split("\n"), "", "> q", "    x", "***", "| a | b |"]), max_size=60))
def test_any_mixture_of_lines_is_read_in_order(lines):
    blocks = list(read_markdown("\n".join(lines)))
    assert all(1 <= one.line <= one.end_line <= max(len(lines), 1) for one in blocks)
    headings = [one.line for one in blocks if one.kind == "heading"]
    assert headings == sorted(headings)


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    for one in read_markdown(text):
        assert "\n" not in one.text or one.kind == "code"


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, "> " * 30_000, "- " * 30_000, "`" * 60_000, "*a_ " * 15_000, "<h1>" * 15_000, "![](" * 15_000,
     "\n".join("  " * n + "- x" for n in range(1_000)), "<script>" * 7_000, "[a]: x\n" * 9_000, "|" * 60_000,
     "# x\n" * 4_000, "{a}`" * 15_000, "<!--" * 15_000, "&" * 60_000, "1. x\n" * 3_000],
)  # fmt: skip
def test_hostile_texts_take_little_time(text):
    start = time.process_time()
    list(read_markdown(text))
    assert time.process_time() - start < 10


def test_a_row_of_definitions_in_html_is_no_sentence():
    text = "Words stand here.\n\n<dl>\n<dt>filename</dt>\n<dd>File name to be used in the response.</dd>\n</dl>\n"
    assert [one.text for one in read_markdown(text)] == ["Words stand here."]


def test_the_first_of_many_columns_is_no_term_unless_it_is_code():
    text = "|Type|Name|Meaning|\n|-|-|-|\n|Core|Os|Talks to the real system|\n|`--all`|yes|Sells all there is|\n"
    assert [one.label for one in read_markdown(text) if one.kind == "term"] == ["--all"]
