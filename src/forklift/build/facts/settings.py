"""Facet configuration, beside constants: environment variables that the code reads, options of its commands."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from forklift.build.facts.graph import is_code_of_its_own, joined, spelt
from forklift.build.facts.source import Sources, literals
from forklift.build.facts.view import CALLABLE_KINDS, View, make_fact
from forklift.records import Fact, Symbol

MAX_LISTED = 8
_ENVIRONMENT = re.compile(
    r"(?:\bos\.environ(?:\.get\(|\.pop\(|\.setdefault\(|\[)|\bgetenv\(|\bprocess\.env\[|\bos\.(?:Getenv|LookupEnv)\("
    r"|\benv::var(?:_os)?\(|\bENV(?:\[|\.fetch\())\s*['\"]([A-Za-z_]\w*)['\"]|\bprocess\.env\.([A-Z_]\w*)"
)
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|--|;)")
_OPTION = re.compile(r"^--[A-Za-z][\w-]*(?:/--[\w-]+)?$")
_DECLARERS = re.compile(r"(?:^|\.)(?:add_argument|option|Option)$")


def facts(view: View) -> Iterator[Fact]:
    """`read_from_environment` and back `reads_environment`; `options` of a file."""
    sources = Sources(view)
    yield from _environment(view, sources)
    yield from _options(view, sources)


def _environment(view: View, sources: Sources) -> Iterator[Fact]:
    functions = _functions(view)
    readers: dict[str, dict[str, tuple[Symbol, str, int]]] = defaultdict(dict)
    for file in view.files:
        around = functions.get(file.path, [])
        if not file.language or not is_code_of_its_own(file.path) or not around:
            continue
        for number, line in enumerate(sources.lines_of(file.path), start=1):
            found = _read(line) if "env" in line.lower() else []
            scope = _around(around, number) if found else None
            if scope is not None and not _COMMENT.match(line) and line.strip() not in scope.doc:
                for name in found:
                    readers[name].setdefault(view.labels[scope.id], (scope, file.path, number))
    variables: dict[str, list[str]] = defaultdict(list)
    for name, found_in in readers.items():
        scope, path, at = next(iter(found_in.values()))
        labels = list(found_in)[:MAX_LISTED]
        text = joined([spelt(each, found_in[each][1]) for each in labels], len(found_in))
        yield make_fact(
            "configuration", "read_from_environment", scope, name, labels, text=text, path=path, line=at,
            end_line=at, subject_kind="environment variable",
        )  # fmt: skip
        for each in labels:
            variables[each].append(name)
    scopes = {label: scope for found_in in readers.values() for label, (scope, _, _) in found_in.items()}
    for label, names in variables.items():
        listed = names[:MAX_LISTED]
        text = "" if len(listed) == len(names) else str(len(names))
        yield make_fact("configuration", "reads_environment", scopes[label], label, listed, text=text)


def _read(line: str) -> list[str]:
    """The variables that a line reads; not those that it sets."""
    found = list(_ENVIRONMENT.finditer(line))
    return [one[1] or one[2] for one in found if not re.match(r"\s*\]?\s*(?:\|\|)?=[^=~>]", line[one.end() :])]


def _functions(view: View) -> dict[str, list[Symbol]]:
    """The functions of each file, by line."""
    found: dict[str, list[Symbol]] = defaultdict(list)
    for symbol in sorted(view.symbols, key=lambda one: one.line):
        if symbol.kind in CALLABLE_KINDS - {"macro"}:
            found[symbol.path].append(symbol)
    return found


def _around(functions: list[Symbol], line: int) -> Symbol | None:
    """The innermost function around a line."""
    at = bisect_right([one.line for one in functions], line)
    return next((one for one in reversed(functions[:at]) if one.end_line >= line), None)


def _options(view: View, sources: Sources) -> Iterator[Fact]:
    own = {file.path for file in view.files if is_code_of_its_own(file.path)}
    anchors: dict[str, Symbol] = {}
    for symbol in view.symbols:
        anchors.setdefault(symbol.path, symbol)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for one in view.references:
        if one.kind == "call" and one.path in own and one.path in anchors and _DECLARERS.search(one.name):
            start = sources.lines_of(one.path)[one.line - 1 : one.line + 3]
            listed = literals(sources.statement(one.path, one.line) or "\n".join(start))
            named = next((each for each in listed if _OPTION.match(each)), "")
            if named:
                found[one.path].setdefault(named.partition("/")[0], one.line)
    for path, options in found.items():
        names = list(options)[:MAX_LISTED]
        text = joined([spelt(name) for name in names], len(options))
        lines = list(options.values())
        yield make_fact(
            "configuration", "options", anchors[path], path, names, text=text, subject_kind="file", line=min(lines),
            end_line=max(lines),
        )  # fmt: skip
