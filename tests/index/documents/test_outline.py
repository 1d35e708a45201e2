"""Sections: what stands below which heading, and that people are left out."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from forklift.index.documents import read_markdown
from forklift.index.documents.outline import sections_of, words_of_documents
from forklift.index.messages import People

GUIDE = """\
Before all.

# Shop

Keeps stock. It is small.

## Selling

### Cash

Written by Jane Miller. Coins only.

## Buying

Thanks to John for this!
"""


def outline(text: str, people: People | None = None):
    return list(sections_of("guide.md", read_markdown(text), people or People()))


def test_sections_stand_below_their_headings():
    found = outline(GUIDE)
    assert [(one.heading, one.trail, one.line, one.end_line) for one in found] == [
        ("", (), 1, 1),
        ("Shop", (), 3, 5),
        ("Selling", ("Shop",), 7, 7),
        ("Cash", ("Shop", "Selling"), 9, 11),
        ("Buying", ("Shop",), 13, 15),
    ]
    assert [one.summary for one in found] == ["Before all", "Keeps stock", "", "Coins only", ""]


def test_nobody_is_named():
    said = " ".join(block.text for one in outline(GUIDE) for block in one.blocks)
    assert "Miller" not in said
    assert "John" not in said
    known = outline("# A\n\nAsk karla about it. Or not.\n", People(words=frozenset({"karla"})))
    assert [block.text for block in known[0].blocks] == ["Or not."]


def test_words_of_documents_are_those_in_lower_case():
    assert words_of_documents(["Red blue", "green"], 8) == {"blue"}


@given(st.lists(st.sampled_from(["# a", "## b", "### c", "text", "", "- x", "1. y"]), max_size=40))
def test_sections_follow_one_another_and_trails_lead_outwards(lines):
    found = outline("\n".join(lines))
    for one, following in itertools.pairwise(found):
        assert one.line <= one.end_line < following.line
    for one in found:
        assert len(one.trail) < 3
