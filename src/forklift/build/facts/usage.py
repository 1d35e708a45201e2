"""Facet usage: how a symbol is called in tests, examples and elsewhere, and which tests exercise it."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from functools import lru_cache

from forklift.build.facts.graph import Graph, joined, last_part
from forklift.build.facts.view import ASIDE, View, make_fact
from forklift.records import Fact, Reference, Symbol

MAX_LISTED = 4
MIN_LINE_CHARS, MAX_LINE_CHARS = 6, 90
FILES_AT_ONCE = 8
_GO_TEST_NAME = re.compile(r"Test|Benchmark|Fuzz|Example")
_TEST_NAME = re.compile(r"test_|test(?=[A-Z]\w*$)|Test|Benchmark|Fuzz")


def facts(view: View) -> Iterator[Fact]:
    """`example`, `tested_by` and `exercises`."""
    yield from _examples(view)
    yield from _tests(view)


def _examples(view: View) -> Iterator[Fact]:
    """A real call of each function and class: the shortest in examples, else in tests, else in other code."""
    by_id = view.by_id()
    lines = lru_cache(FILES_AT_ONCE)(lambda path: view.index.lines(path, 1, 1_000_000))
    tests = {one.path for one in view.every.values() if one.is_test}
    best: dict[int, tuple[tuple[object, ...], Reference, str]] = {}
    for one in sorted(view.references, key=lambda one: (one.path, one.line)):
        target = by_id.get(one.target_id or -1)
        if target is None or one.kind != "call" or one.scope_id == one.target_id:
            continue
        found = lines(one.path)[one.line - 1 : one.line]
        line = _example_line(found[0] if found else "", target.name)
        aside = one.path.partition("/")[0] in ASIDE
        order = (not aside, one.path not in tests, len(line), one.path, one.line)
        if line and (target.id not in best or order < best[target.id][0]):
            best[target.id] = (order, one, line)
    for symbol in view.symbols:
        if symbol.id in best:
            _, one, line = best[symbol.id]
            yield make_fact(
                "usage", "example", symbol, view.labels[symbol.id], [one.path], text=line, path=one.path,
                line=one.line, end_line=one.line,
            )  # fmt: skip


def _example_line(source: str, name: str) -> str:
    """The line as an example, "" where it is none: too long, not whole, a definition, without the call."""
    line = source.strip().rstrip(",;")
    whole = line.count("(") == line.count(")") and not re.search(r"[`\\]|^\W*$|[{(\[]$|^[?:.&|+*/=<>%})\]-]", line)
    called = re.search(rf"(?<!\w){re.escape(name)}(<[^()]*>)?\(", line) and not re.match(
        r"(async )?def |func |fn ", line
    )
    return line if whole and called and MIN_LINE_CHARS <= len(line) <= MAX_LINE_CHARS else ""


def _tests(view: View) -> Iterator[Fact]:
    """Which tests call a symbol directly; and back, what a test calls."""
    graph = Graph(view)
    names = Counter(one.qualified_name for one in view.every.values() if one.is_test)
    tested: dict[int, dict[int, Symbol]] = defaultdict(dict)
    exercised: dict[int, dict[int, Symbol]] = defaultdict(dict)
    guessed: set[str] = set()  # names that tests call on something unknown: maybe these
    for one in view.references:
        test, target = view.every.get(one.scope_id or -1), graph.by_id.get(one.target_id or -1)
        if one.kind == "call" and test is not None and target is not None and is_test_function(test):
            tested[target.id][test.id] = test
            exercised[test.id][target.id] = target
        elif one.kind == "call" and one.target_id is None and (test is None or test.is_test):
            guessed.add(last_part(one.name))
        elif one.kind == "call" and target is not None and target.language == "c" and test is not None and test.is_test:
            guessed.add(target.name)  # tests are called as one likes
    forward: dict[int, Fact] = {}
    for symbol in view.symbols:
        if symbol.id in tested:
            forward[symbol.id] = _tested_by(view, symbol, list(tested[symbol.id].values()), guessed)
    yield from forward.values()
    for number, targets in exercised.items():
        test = view.every[number]
        if names[test.qualified_name] == 1:
            best = sorted(targets.values(), key=lambda one: (-one.rank, one.id))
            labels = [view.labels[one.id] for one in best[:MAX_LISTED]]
            sources = tuple(forward[one.id].id for one in best[:MAX_LISTED])
            more = "others" if number in graph.partly else "" if len(labels) == len(best) else str(len(best))
            yield make_fact("usage", "exercises", test, test.qualified_name, labels, text=more, sources=sources)


def is_test_function(symbol: Symbol) -> bool:
    """Whether it is a test by itself, not a helper of tests."""
    if symbol.language in ("javascript", "typescript"):
        return False  # there, tests are nameless
    if symbol.language == "c" and symbol.parameters and symbol.parameters[0].name != "void":
        return False  # something else calls it
    named = _GO_TEST_NAME if symbol.language == "go" else _TEST_NAME
    return symbol.is_test and symbol.kind in ("function", "method") and bool(named.match(symbol.name))


def _tested_by(view: View, symbol: Symbol, tests: list[Symbol], guessed: Container[str]) -> Fact:
    """Tests named like the symbol come first. How many there are is said where no other call could be one."""
    ordered = sorted(tests, key=lambda one: (symbol.name.lower() not in one.name.lower(), one.path, one.line))
    listed = ordered[:MAX_LISTED]
    files = dict.fromkeys(one.path for one in ordered)
    spelled = [f"`{one.qualified_name}`" + ("" if len(files) == 1 else f" (`{one.path}`)") for one in listed]
    many = joined(spelled, len(spelled) if symbol.name in guessed else len(tests))
    text = many + (f", in `{next(iter(files))}`" if len(files) == 1 else "")
    names = [one.qualified_name for one in listed]
    return make_fact("usage", "tested_by", symbol, view.labels[symbol.id], names, text=text)
