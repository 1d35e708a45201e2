"""Small helpers over tree-sitter nodes."""

import re
from collections.abc import Iterator

from tree_sitter import Node

VALUE_LENGTH = 200
LICENCE = re.compile(r"copyright|licen[sc]e|spdx-|all rights reserved|\(c\) \d{4}", re.IGNORECASE)
NOT_DOC = re.compile(r"^(#!|-\*-|.*coding[:=]|vim?:|eslint|pylint:|type:|noqa|mypy:|flake8:|ruff:|pragma:|fmt:)")


def text(node: Node | None) -> str:
    """The source of `node`, "" for None."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def one_line(node: Node | None) -> str:
    """The source of `node` with its white space folded to single spaces."""
    return " ".join(text(node).split())


def value_of(node: Node | None) -> str:
    """The source of `node` in one line, cut at 200 characters."""
    line = one_line(node)
    return line if len(line) <= VALUE_LENGTH else line[: VALUE_LENGTH - 1] + "…"


def line_of(node: Node) -> int:
    """First line of `node`, 1-based."""
    return int(node.start_point[0]) + 1


def end_line_of(node: Node) -> int:
    """Last line of `node`, 1-based, inclusive; a trailing newline does not count."""
    row, column = node.end_point
    return int(row) + (1 if column or row == node.start_point[0] else 0)


def descend(node: Node) -> Iterator[Node]:
    """`node` and everything below it, in source order. Iterative: hostile nesting is deep."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def comments_above(node: Node) -> list[Node]:
    """The comments that end on the line right above `node`, one below the other, first one first."""
    found: list[Node] = []
    line = line_of(node)
    previous = node.prev_sibling
    while previous is not None and previous.type == "comment" and end_line_of(previous) == line - 1:
        if shares_its_line(previous):
            break
        found.append(previous)
        line = line_of(previous)
        previous = previous.prev_sibling
    return found[::-1]


def shares_its_line(comment: Node) -> bool:
    """Whether code stands before `comment` on its first line: then it speaks of that code."""
    previous = comment.prev_sibling
    return previous is not None and end_line_of(previous) == line_of(comment)


def is_header(comment: str) -> bool:
    """Whether a file's first comment is a licence or a tool's directive rather than documentation."""
    return bool(LICENCE.search(comment)) or bool(NOT_DOC.match(comment))
