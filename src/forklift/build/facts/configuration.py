"""Facet configuration: constants and the values they have."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
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
_LITERAL = re.compile(
    r"""-?\d[\w.']*|-?\.\d+|true|false|:\w+|[@$bLurRU]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')(?:\.freeze)?""",
    re.IGNORECASE,
)  # no name, no operator: those say nothing by themselves
_CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*(!?\s*\w*)")


def facts(view: View) -> Iterator[Fact]:
    """`value` for every constant with a short literal value."""
    sources = Sources(view)
    times = lru_cache(1_000)(lambda path: Counter(_GIVEN.findall("\n".join(sources.lines_of(path)))))
    for symbol in view.symbols:
        value = symbol.value.strip()
        if symbol.kind not in VALUE_KINDS or not 0 < len(value) <= MAX_VALUE_CHARS or _EMPTY.fullmatch(value):
            continue
        once = times(symbol.path)[symbol.name] < 2  # else which one it has depends
        conditional = symbol.language in ("c", "c++", "c#") and _is_conditional(sources.lines_of(symbol.path), symbol)
        if once and _is_literal(value, symbol.language) and _stays(sources, symbol) and not conditional:
            yield make_fact("configuration", "value", symbol, view.labels[symbol.id], [value])


def _is_conditional(lines: Sequence[str], symbol: Symbol) -> bool:
    """Whether the preprocessor sees it only in some cases; the guard of a header is none."""
    depth = 0
    for number, line in enumerate(lines[: symbol.line - 1], start=1):
        found = _CONDITION.match(line)
        if found and found[1] in ("if", "ifdef", "ifndef"):
            is_guard = depth == 0 and re.match(
                rf"\s*#\s*define\s+{found[2].strip(' !')}\s*$", "".join(lines[number:][:1])
            )
            depth += 0 if is_guard else 1
        elif found and found[1] == "endif":
            depth -= 1
    return depth > 0


def _stays(sources: Sources, symbol: Symbol) -> bool:
    """Whether it keeps its value, by what the language says or by habit; a variable may change."""
    if symbol.kind == "attribute" and symbol.language == "python" and symbol.returns and not symbol.name.isupper():
        return False  # the default of a field
    if symbol.language == "python" and symbol.kind == "variable" and not symbol.name.isupper():
        text = "\n".join(sources.lines_of(symbol.path))
        given = re.findall(rf"\b{re.escape(symbol.name)}\s*(?:[-+*/|&%@^]|//|\*\*|<<|>>)?=(?!=)", text)
        return len(given) == 1 and symbol.value[:1] not in "[{"  # nor filled
    if symbol.kind != "variable" or symbol.name.isupper():
        return True
    return _FIXED.search(sources.line(symbol.path, symbol.line)) is not None


def _is_literal(value: str, language: str) -> bool:
    """Whether the value says something by itself: a literal; an expression of other names does not."""
    if language != "python":
        return _LITERAL.fullmatch(value.strip("() ")) is not None
    try:
        return ast.literal_eval(value) is not None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
