"""reStructuredText: titles, prose, lists, definitions, directives, code; and whatever else a file may hold."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index.documents import read_rst

GUIDE = """\
=======
 Guide
=======

.. _start:

How to keep *stock* in :class:`~shop.stock.Stock`, see
`the site <https://example.org/x>`_ and ``add_items()``.

Adding
------
First text::

    stock.add("apple")

    stock.add("pear")

1. Make a :class:`Stock`.
2. Add items.

   - even pears
   - and ``apples``

#. Sell.

.. note:: Items cannot
   be taken back, because they are counted.

.. code-block:: python
   :caption: selling

   sell(stock)

Terms
~~~~~
shelf
    Where items lie.

``LIMIT`` : int
    How many fit.

.. include:: /etc/passwd
.. literalinclude:: secret.py
.. raw:: html

   <script>alert(1)</script>

.. py:data:: TAX

   What the state takes.

.. autoclass:: shop.stock.Stock
   :members:

- **Price**: what one pays for it
- plain item
"""


def read(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in read_rst(text)]


def test_titles_prose_lists_and_code():
    assert read(GUIDE) == [
        ("heading", "Guide"),
        ("paragraph", "How to keep stock in `shop.stock.Stock`, see the site and `add_items()`."),
        ("heading", "Adding"),
        ("paragraph", "First text:"),
        ("code", 'stock.add("apple")\n\nstock.add("pear")'),
        ("step", "Make a `Stock`."),
        ("step", "Add items."),
        ("item", "even pears"),
        ("item", "and `apples`"),
        ("step", "Sell."),
        ("paragraph", "Items cannot be taken back, because they are counted."),
        ("code", "sell(stock)"),
        ("heading", "Terms"),
        ("term", "Where items lie."),
        ("term", "How many fit."),
        ("entry", "What the state takes."),
        ("entry", ""),
        ("term", "what one pays for it"),
        ("item", "plain item"),
    ]


def test_lines_are_those_of_the_source():
    lines = GUIDE.split("\n")
    for one in read_rst(GUIDE):
        first = lines[one.line - 1]
        assert 1 <= one.line <= one.end_line <= len(lines)
        if one.kind == "code":
            assert first.strip() == one.text.split("\n")[0]
        elif one.kind == "step":
            assert one.text.split()[0] in first
    entry = next(one for one in read_rst(GUIDE) if one.kind == "entry")
    assert (entry.label, lines[entry.line - 1]) == ("TAX", ".. py:data:: TAX")


def test_levels_go_by_the_order_of_styles():
    assert [one.level for one in read_rst(GUIDE) if one.kind == "heading"] == [1, 2, 3]


def test_names_keep_what_their_roles_say():
    blocks = list(read_rst(GUIDE))
    assert blocks[1].names == (":add_items()", "class:shop.stock.Stock")
    assert [one.names[0] for one in blocks if one.kind == "entry"] == ["data:TAX", "class:shop.stock.Stock"]
    assert [one.label for one in blocks if one.kind == "term"] == ["shelf", "LIMIT", "Price"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Use :meth:`Stock.add` *now*, **please**.", "Use `Stock.add` now, please."),
        ("See :ref:`the guide <guide>` and :doc:`/more/api-notes`.", "See the guide and api notes."),
        ("Call :func:`it <shop.call>`.", "Call it."),
        ("A link_ and `two words`_.", "A link and two words."),
        ("An |image| with a note [1]_.", "An image with a note.".replace("image ", "")),
        (r"Stars \*stay\*.", "Stars *stay*."),
        ("2 * 3 * 4 and a_name_here", "2 * 3 * 4 and a_name_here"),
    ],
)
def test_inline_markup_is_plain_text(markup, text):
    assert read(markup) == [("paragraph", text)]


@given(
    st.lists(st.sampled_from([*GUIDE.split("\n"), "  ", "    - x", "::", ".. x::", "====", "`", "|a|"]), max_size=60)
)
def test_any_mixture_of_lines_is_read_in_order_and_once(lines):
    blocks = list(read_rst("\n".join(lines)))
    starts = [one.line for one in blocks]
    assert starts == sorted(starts)
    assert all(1 <= one.line <= one.end_line <= max(len(lines), 1) for one in blocks)


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    for one in read_rst(text):
        assert "\n" not in one.text or one.kind == "code"


@pytest.mark.parametrize(
    "text",
    ["\n".join(" " * n + "x" for n in range(2_000)), "- " * 30_000, "`" * 60_000, "*a" * 30_000, "|" * 60_000,
     ":a:`" * 15_000, "x\n=\n" * 15_000, "\n".join("- " * n for n in range(300)), ".. note::\n" * 6_000,
     "[" * 60_000, "\t" * 50_000, "a_ " * 20_000, "\n".join(["x", " x"] * 4_000)],
)  # fmt: skip
def test_hostile_texts_take_little_time(text):
    start = time.process_time()
    list(read_rst(text))
    assert time.process_time() - start < 5
