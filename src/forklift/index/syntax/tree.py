"""Small helpers over tree-sitter trees.

Nothing here asks a node for its parent or siblings: tree-sitter finds those by scanning, which makes a walk over a
file with a hundred thousand statements quadratic.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Language, Node, Parser, Point, Query, QueryCursor

TIME_LIMIT_S = 10.0
VALUE_LENGTH, LONGEST_TEXT = 200, 4_000
LARGE_BYTES, SLICE_BYTES = 200_000, 1024
APART = re.compile(rb"[ \t\r]*\n[ \t\r]*\n")
LICENCE = re.compile(r"copyright|licen[sc]e|spdx-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)
DIRECTIVE = re.compile(
    r"!|-\*-|.*coding[:=]|vim?:|@ts-|@flow|(eslint|pylint|type|noqa|mypy|flake8|ruff|pragma|fmt|isort|NOLINT|"
    r"frozen_string_literal|rubocop|typed|prettier|jshint|jslint|istanbul|phpcs)\b"
)


def parse(language: Language, source: bytes) -> Node | None:
    """The root of the syntax tree of `source`; None when parsing took longer than the limit.

    Only a source that is read through a callback can be interrupted, but looks at the text of nodes are then slow: so
    the tree is read once more, by reusing all of it, from the source as a whole."""
    if len(source) < LARGE_BYTES:
        return Parser(language).parse(source).root_node
    deadline = time.monotonic() + TIME_LIMIT_S

    def read(offset: int, _: Point) -> bytes:
        return source[offset : offset + SLICE_BYTES]

    try:
        tree = Parser(language).parse(read, progress_callback=lambda *_: time.monotonic() > deadline)
    except ValueError:
        return None
    return Parser(language).parse(source, tree).root_node


def captures(query: Query, root: Node) -> dict[str, list[Node]] | None:
    """What a query finds, by name of capture; None when that took longer than the limit."""
    deadline = time.monotonic() + TIME_LIMIT_S
    found: dict[str, list[Node]] = defaultdict(list)
    cursor = QueryCursor(query)
    for child in root.children:  # one by one: the time is looked at in between
        for name, nodes in cursor.captures(child).items():
            found[name] += nodes
        if time.monotonic() > deadline:
            return None
    return found


def text(node: Node | None) -> str:
    """The source of `node`, "" for None."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def one_line(node: Node | None) -> str:
    """The source of `node` without comments, its white space folded to single spaces."""
    return " ".join(without_comments(node).split()) if node else ""


def value_of(node: Node | None) -> str:
    """The source of `node` in one line, cut at 200 characters."""
    line = one_line(node)
    return line if len(line) <= VALUE_LENGTH else line[: VALUE_LENGTH - 1] + "…"


def without_comments(node: Node) -> str:
    """The source of `node`, or of its beginning where it is long, without the comments inside."""
    source = (node.text or b"")[:LONGEST_TEXT]
    if b"#" not in source and b"//" not in source and b"/*" not in source:
        return source.decode("utf-8", "replace")
    kept, at = [], 0
    for start, end in comment_spans(node, LONGEST_TEXT):
        kept.append(source[at:start])
        at = end
    return b"".join([*kept, source[at:]]).decode("utf-8", "replace")


def comment_spans(node: Node, limit: int) -> Iterator[tuple[int, int]]:
    """Where comments stand in the first `limit` bytes of `node`, as offsets into it, in order."""
    stack = [node]
    while stack:
        current = stack.pop()
        start = current.start_byte - node.start_byte
        if start < limit and current.type == "comment":
            yield start, current.end_byte - node.start_byte
        elif start < limit:
            stack.extend(reversed(current.children))


def line_of(node: Node) -> int:
    """First line of `node`, 1-based."""
    return int(node.start_point[0]) + 1


def end_line_of(node: Node) -> int:
    """Last line of `node`, 1-based, inclusive; a newline at its end does not count."""
    row, column = node.end_point
    return int(row) + (1 if column or row == node.start_point[0] else 0)


@dataclass(slots=True)
class Comments:
    """The comments of one file, found by line."""

    source: bytes
    alone: dict[int, Node] = field(default_factory=dict)  # by last line; nothing stands before or behind them
    behind: dict[int, Node] = field(default_factory=dict)  # by first line; code stands before them

    def add(self, comment: Node) -> None:
        start = comment.start_byte
        before = self.source[start - comment.start_point[1] : start]
        if before.strip():
            self.behind.setdefault(line_of(comment), comment)
        elif not self._after(comment).strip():
            self.alone[end_line_of(comment)] = comment

    def _after(self, comment: Node) -> bytes:
        """What stands behind a comment on its last line; some grammars count the line's end to the comment."""
        if self.source[comment.end_byte - 1 : comment.end_byte] == b"\n":
            return b""
        return self.source[comment.end_byte : comment.end_byte + VALUE_LENGTH].partition(b"\n")[0]

    def above(self, line: int, *, apart: bool = False) -> list[Node]:
        """The block of comments that ends on the line right above `line`, first one first. With `apart` also a doc
        comment with one blank line below it."""
        found = []
        far = self.alone.get(line - 2) if apart and line - 1 not in self.alone else None
        if far is not None and APART.match(self.source[far.end_byte : far.end_byte + VALUE_LENGTH]):
            line -= 1 if text(far).startswith("/**") else 0
        while (comment := self.alone.get(line - 1)) is not None:
            found.append(comment)
            line = line_of(comment)
        return found[::-1]


def is_header(comment: str) -> bool:
    """Whether a comment is a licence or a tool's directive rather than documentation."""
    return bool(LICENCE.search(comment)) or bool(DIRECTIVE.match(comment))
