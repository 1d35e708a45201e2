"""Plain text as blocks: what looks like Markdown or reStructuredText is read so; other headings are in capitals,
numbered, or marked as AsciiDoc does."""

import re
from collections.abc import Iterator, Sequence

from forklift.index.documents.inline import block, plain_text
from forklift.index.documents.markdown import read_markdown
from forklift.index.documents.rst import LONGEST_LINE, read_body
from forklift.records import Block

_MARKDOWN = re.compile(r"^#{1,6} +\S|^ {0,3}(?:```|~~~)", re.MULTILINE)
_ASCIIDOC = re.compile(r"(={1,6}) +(\S.{0,120})")
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.)\s+([A-Z][^.!?;:]{2,70})")
_CAPITALS = re.compile(r"(?=[^a-z]*[A-Z]{2})[A-Z][A-Z0-9 ,/&()'-]{2,60}:?")


def read_plain(text: str) -> Iterator[Block]:
    """The blocks of a document. Any text is one."""
    if _MARKDOWN.search(text):
        yield from read_markdown(text)
        return
    lines = [line[:LONGEST_LINE].expandtabs(8).rstrip() for line in text.split("\n")]
    styles: list[str] = []
    start = 0
    for at, line in enumerate(lines):
        level, title = _heading(lines, at)
        if level:
            yield from read_body(lines[start:at], start + 1, 0, styles)
            yield block("heading", plain_text(title), at + 1, at + 1, level=level)
            start = at + 1
        elif not line and at - start > 5_000:  # a huge file in pieces
            yield from read_body(lines[start:at], start + 1, 0, styles)
            start = at
    yield from read_body(lines[start:], start + 1, 0, styles)


def _heading(lines: Sequence[str], at: int) -> tuple[int, str]:
    """Level and title of a heading between blank lines; (0, "") for other lines."""
    line = lines[at]
    if found := _ASCIIDOC.fullmatch(line):
        return len(found[1]), found[2]
    if not line or line[0] == " " or (at and lines[at - 1]) or (at + 1 < len(lines) and lines[at + 1]):
        return 0, ""
    if found := _NUMBERED.fullmatch(line):
        return min(1 + line.split()[0].rstrip(".").count("."), 6), found[1]
    return (1, line.rstrip(":")) if _CAPITALS.fullmatch(line) else (0, "")
