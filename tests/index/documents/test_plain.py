"""Plain text, and which files are documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index.documents import has_sections, is_document, read_document, read_plain

NOTES = """\
KEEPING STOCK

Items lie on shelves.

1.2 Adding items

Call `add`.

= Selling

Goes by itself.

Later
=====

Nothing.
"""


def test_headings_in_capitals_numbered_marked_or_underlined():
    assert [(one.kind, one.text, one.line) for one in read_plain(NOTES)] == [
        ("heading", "KEEPING STOCK", 1),
        ("paragraph", "Items lie on shelves.", 3),
        ("heading", "Adding items", 5),
        ("paragraph", "Call `add`.", 7),
        ("heading", "Selling", 9),
        ("paragraph", "Goes by itself.", 11),
        ("heading", "Later", 13),
        ("paragraph", "Nothing.", 16),
    ]


def test_markdown_is_known_by_its_marks():
    assert [one.kind for one in read_plain("# Title\n\n```\ncode\n```\n")] == ["heading", "code"]


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert all(one.line >= 1 for one in read_document("x.txt", text))


@pytest.mark.parametrize("path", ["docs/guide.rst", "README.md", "README", "notes.txt", "INSTALL.de", "a/b.adoc"])
def test_documents_have_sections(path):
    assert has_sections(path)


@pytest.mark.parametrize(
    "path",
    ["src/a.py", "LICENSE.txt", "requirements/dev.txt", "dev-requirements.txt", "CMakeLists.txt", "CHANGES.rst",
     "AUTHORS.md", "x.egg-info/SOURCES.txt", ".github/ISSUE_TEMPLATE.md", "Makefile", "docs/changelog.md"],
)  # fmt: skip
def test_other_texts_have_none(path):
    assert not has_sections(path)


@pytest.mark.parametrize(("path", "documents"), [("docs/guide.rst", True), ("README.md", True), ("src/a.py", False)])
def test_documents_are_told_from_code(path, documents):
    assert is_document(path) == documents
