"""Facet configuration: constants and the values they have."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from forklift.build.facts.source import Sources
from forklift.build.facts.view import VALUE_KINDS, View, make_fact
from forklift.records import Fact, Symbol

MAX_VALUE_CHARS = 60
_GIVEN = re.compile(
    r"^\s*(?:#\s*define\s+|(?:\w+\s+){0,4}(?=[A-Z]\w*\s*=(?![=>~])))(\w+)", re.MULTILINE
)  # to a constant
_EMPTY = re.compile(r"\[\s*\]|\{\s*\}|\(\s*\)")  # to be filled
_FIXED = re.compile(r"\b(?:const|constexpr|final|readonly|val)\b")
_COMPUTED = re.compile(
    r"\biota\b|\w[ ?!]?(?:<[^()]*>)?\(|=>|->|[{\n]|<<[-~]?[A-Z]|^(?:new|function|class|async|await)\b"
)


def facts(view: View) -> Iterator[Fact]:
    """`value` for every constant with a short literal value."""
    sources = Sources(view)
    times = lru_cache(1_000)(lambda path: Counter(_GIVEN.findall("\n".join(sources.lines_of(path)))))
    for symbol in view.symbols:
        value = symbol.value.strip()
        if symbol.kind not in VALUE_KINDS or not 0 < len(value) <= MAX_VALUE_CHARS or _EMPTY.fullmatch(value):
            continue
        once = times(symbol.path)[symbol.name] < 2  # else which one it has depends
        if once and _is_literal(value, symbol.language) and _stays(view, symbol):
            yield make_fact("configuration", "value", symbol, view.labels[symbol.id], [value])


def _stays(view: View, symbol: Symbol) -> bool:
    """Whether it keeps its value, by what the language says or by habit; a variable may change."""
    if symbol.kind == "attribute" and symbol.language == "python" and symbol.returns and not symbol.name.isupper():
        return False  # the default of a field
    if symbol.kind != "variable" or symbol.language == "python" or symbol.name.isupper():
        return True
    return any(_FIXED.search(line) for line in view.index.lines(symbol.path, symbol.line, symbol.line))


def _is_literal(value: str, language: str) -> bool:
    """Whether the value says something by itself; a Python expression of other names, or a call in
    any language, does not."""
    if language == "c":
        return "\n" not in value
    if language != "python":
        return not _COMPUTED.search(value)
    try:
        return ast.literal_eval(value) is not None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
