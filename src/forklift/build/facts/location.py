"""Facet location: symbol -> file, file -> what it defines, method -> its class."""

from collections import defaultdict
from collections.abc import Iterator

from forklift.build.facts.view import View, fact_id, make_fact
from forklift.records import Fact, Symbol

MAX_LISTED = 8


def facts(view: View) -> Iterator[Fact]:
    """`defined_in` for every symbol, `defines` for every file with definitions."""
    top_level: dict[str, list[tuple[Symbol, Fact]]] = defaultdict(list)
    for symbol in view.symbols:
        fact = make_fact("location", "defined_in", symbol, view.labels[symbol.id], [symbol.path])
        yield fact
        if symbol.parent_id is None:
            top_level[symbol.path].append((symbol, fact))
    for path, rows in top_level.items():
        yield _defines(path, rows, view)


def _defines(path: str, rows: list[tuple[Symbol, Fact]], view: View) -> Fact:
    listed = rows[:MAX_LISTED]  # best rank first
    labels = tuple(view.labels[symbol.id] for symbol, _ in listed)
    return Fact(
        id=fact_id("defines", path, *labels),
        facet="location",
        relation="defines",
        subject=path,
        subject_kind="file",
        objects=labels,
        path=path,
        line=min(symbol.line for symbol, _ in listed),
        end_line=max(symbol.end_line for symbol, _ in listed),
        text="" if len(rows) == len(listed) else str(len(rows)),
        rank=max(symbol.rank for symbol, _ in rows),
        sources=tuple(fact.id for _, fact in listed),
    )
