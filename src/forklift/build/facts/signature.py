"""Facet signature: parameters, defaults, return type; parameter -> the functions that take it."""

import re
from collections import defaultdict
from collections.abc import Iterator

from forklift.build.facts.graph import is_code_of_its_own
from forklift.build.facts.view import CALLABLE_KINDS, View, make_fact
from forklift.records import Fact, Symbol

MAX_TAKERS = 3
MIN_NAME_CHARS = 4  # `x` or `fn` is taken everywhere and says nothing
_NOTHING = frozenset({"", "None", "null", "nil", "undefined", "nullptr", "NULL", "..."})  # a default that says little
_QUALIFIERS = frozenset({"const", "volatile", "static", "inline", "extern", "struct", "enum", "union"})
_FORWARD = re.compile(r"^([\"'])([^\"']+)\1$")  # an annotation in quotes, because its name comes later in the file


def facts(view: View) -> Iterator[Fact]:
    """`parameters`, `returns` and `default` for every callable, `taken_by` for telling parameters."""
    takers: dict[str, list[tuple[Symbol, Fact]]] = defaultdict(list)
    macros = frozenset(one.name for one in view.every.values() if one.kind == "macro")
    for symbol in view.symbols:
        if symbol.kind not in CALLABLE_KINDS:
            continue
        label = view.labels[symbol.id]
        returned = _returned(symbol, macros)
        if symbol.parameters:
            names = [parameter.name for parameter in symbol.parameters]
            fact = make_fact("signature", "parameters", symbol, label, names, text=returned)
            yield fact
            for name in names:
                takers[_bare(name)].append((symbol, fact))
        returns = _FORWARD.sub(r"\2", returned)
        if returns not in ("", "None", "void"):
            yield make_fact("signature", "returns", symbol, label, [returns])
        for parameter in symbol.parameters:
            if parameter.default not in _NOTHING and len(parameter.default) <= 40:
                yield make_fact("signature", "default", symbol, label, [parameter.name], text=parameter.default)
    every: dict[str, set[tuple[str, str]]] = defaultdict(set)  # with those that have no label
    for one in view.every.values():
        if one.kind in CALLABLE_KINDS and not one.is_test and is_code_of_its_own(one.path):
            for parameter in one.parameters:
                every[_bare(parameter.name)].add((one.path, one.qualified_name))
    for name, rows in takers.items():
        if len(rows) == len(every[name]) <= MAX_TAKERS and len(name) >= MIN_NAME_CHARS:
            labels = [view.labels[symbol.id] for symbol, _ in rows]
            sources = tuple(fact.id for _, fact in rows)
            yield make_fact("signature", "taken_by", rows[0][0], name, labels, sources=sources)


def _returned(symbol: Symbol, macros: frozenset[str]) -> str:
    """The type that a function returns, without macros before it; "" where a macro hides it."""
    if symbol.language not in ("c", "c++"):
        return symbol.returns
    words = symbol.returns.split()
    while words and words[0] in macros:
        words = words[1:]
    named = set(re.findall(r"\w+", " ".join(words)))
    return "" if named & macros or not named - _QUALIFIERS else " ".join(words)


def _bare(name: str) -> str:
    """A parameter without the marks of Python and Ruby for what kind it is."""
    return name.lstrip("*&").rstrip(":")
