"""Facets calls and errors: who calls whom, who raises what. Only references resolved to one definition count."""

from collections import defaultdict
from collections.abc import Iterator

from forklift.build.facts.view import View, make_fact
from forklift.records import Fact, Symbol

MAX_LISTED = 6


def facts(view: View) -> Iterator[Fact]:
    """`calls` and `called_by`, `raises` and `raised_by`."""
    yield from _edges(view, "call", "calls", "calls", "called_by")
    yield from _edges(view, "raise", "errors", "raises", "raised_by")


def _edges(view: View, kind: str, facet: str, forward: str, reverse: str) -> Iterator[Fact]:
    symbols = view.by_id()
    targets: dict[int, dict[str, int | None]] = defaultdict(dict)
    for reference in view.references:
        if reference.kind != kind or reference.scope_id not in symbols:
            continue
        if reference.target_id in symbols and reference.target_id != reference.scope_id:
            targets[reference.scope_id][view.labels[reference.target_id]] = reference.target_id
        elif kind == "raise" and reference.target_id is None:
            targets[reference.scope_id][reference.name] = None  # an exception from elsewhere is named as written
    sources: dict[int, list[tuple[Symbol, Fact]]] = defaultdict(list)
    for symbol in view.symbols:
        named = targets.get(symbol.id, {})
        if not 0 < len(named) <= MAX_LISTED:
            continue
        fact = make_fact(facet, forward, symbol, view.labels[symbol.id], named)
        yield fact
        for target in named.values():
            if target is not None:
                sources[target].append((symbol, fact))
    callers: dict[int, int] = defaultdict(int)
    for scope_targets in targets.values():
        for target in scope_targets.values():
            if target is not None:
                callers[target] += 1
    for target, rows in sources.items():
        if callers[target] == len(rows) <= MAX_LISTED:
            labels = [view.labels[symbol.id] for symbol, _ in rows]
            ids = tuple(fact.id for _, fact in rows)
            yield make_fact(facet, reverse, symbols[target], view.labels[target], labels, sources=ids)
