"""Documents as blocks and sections: Markdown, reStructuredText and plain text, read and never executed or included."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from forklift.index.documents.markdown import read_markdown
from forklift.index.documents.plain import read_plain
from forklift.index.documents.rst import read_rst
from forklift.records import Block

READERS: dict[str, Callable[[str], Iterator[Block]]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".rst": read_rst,
    ".rest": read_rst,
    ".txt": read_plain,
    ".text": read_plain,
    ".adoc": read_plain,
    ".asciidoc": read_plain,
}
BARE = re.compile(
    r"(?:readme|install|hacking|usage|faq|todo|design|overview|contributing|guide|manual|notes)(?:[._-]\w+)?",
    re.IGNORECASE,
)
"""Documents by their name alone."""
NO_SECTIONS = re.compile(
    r"(?:^|/)(?:(?:[\w-]*requirements|constraints)[\w.-]*\.txt|requirements/[^/]*|CMakeLists\.txt|robots\.txt|humans\.txt"
    r"|(?:licen[cs]e|copying|copyright|notice|unlicense|authors|contributors|maintainers|credits|thanks|patents"
    r"|code[_-]of[_-]conduct|changes|changelog|history|news|releases?|release[_-]notes)(?:[._-][\w.-]*)?)$"
    r"|(?:^|/)\.[^/]+/|(?:^|/)[\w.-]+\.(?:egg-info|dist-info)/",
    re.IGNORECASE,
)
"""Texts that document nothing, name people, or are read elsewhere (`notices` reads change logs)."""


@lru_cache(maxsize=65_536)
def is_document(path: str) -> bool:
    """Whether a file documents rather than does."""
    return PurePosixPath(path).suffix.lower() in READERS


def has_sections(path: str) -> bool:
    """Whether a file is to be decomposed into sections."""
    if NO_SECTIONS.search(path):
        return False
    return is_document(path) or BARE.fullmatch(path.rpartition("/")[2]) is not None


def read_document(path: str, text: str) -> Iterator[Block]:
    """The blocks of a document, in order. Whatever it holds gives blocks; nothing raises."""
    return READERS.get(PurePosixPath(path).suffix.lower(), read_plain)(text.replace("\r\n", "\n").replace("\r", "\n"))


__all__ = ["has_sections", "is_document", "read_document", "read_markdown", "read_plain", "read_rst"]
