"""Source lines for the facets that read them beside the index: statements at a reference, string literals."""

import re
from collections.abc import Sequence
from functools import lru_cache

from forklift.build.facts.view import View

FILES_AT_ONCE = 8
_ASIDE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`", re.DOTALL)
MOST_STATEMENT_LINES = 6
_LITERAL = re.compile(r"""(?<!\w)[rbuf]{0,2}("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""", re.IGNORECASE)
_JOINT = re.compile(r"\s*(?:\+\s*)?")  # between the pieces of one text
_HOLE = re.compile(r"\$?\{|%[-+\d.]*[a-zA-Z]|\\")


class Sources:
    """The text of a view's files; few are held at a time."""

    def __init__(self, view: View) -> None:
        self.lines_of = lru_cache(FILES_AT_ONCE)(lambda path: view.index.lines(path, 1, 10_000_000))

    def line(self, path: str, line: int) -> str:
        """One line, "" where there is none."""
        lines: Sequence[str] = self.lines_of(path)
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def statement(self, path: str, line: int) -> str:
        """The lines from `line` on until every bracket is closed, a few at most; "" when it is longer."""
        found = ""
        for text in self.lines_of(path)[line - 1 : line - 1 + MOST_STATEMENT_LINES]:
            found += text + "\n"
            bare = _LITERAL.sub("", found)
            if sum(map(bare.count, "([{")) <= sum(map(bare.count, ")]}")):
                return found
        return ""


def bare_code(text: str) -> str:
    """Code of a language with comments like C's, without them and without string literals."""
    return _ASIDE.sub(" ", text)


def first_literal(text: str) -> tuple[str, bool]:
    """The first string literal, without quotes and with those that continue it, and whether it is an argument of its
    own: no part of a longer text."""
    found = _LITERAL.search(text)
    joined, rest = "", text
    while found:
        joined += found[1][1:-1]
        rest = text[found.end() :]
        found = _LITERAL.match(text, found.end() + len(_JOINT.match(rest)[0]))  # type: ignore[index]
    return joined, bool(joined) and rest.lstrip()[:1] in (")", ",", "")


def literals(text: str) -> list[str]:
    """The string literals of one statement, in order, without quotes."""
    return [found[1][1:-1] for found in _LITERAL.finditer(text)]


def fixed_start(literal: str, is_whole: bool = True) -> str:
    """A literal up to the first place where something is filled in or escaped; "..." says that it goes on there."""
    start, *rest = _HOLE.split(literal, maxsplit=1)
    return start.strip() if is_whole and not rest else start.strip(" :.'\"(,-") + "..."
