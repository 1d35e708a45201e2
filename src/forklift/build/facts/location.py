"""Facet location: symbol -> file, file -> what it defines, method -> its class."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from forklift.build.facts.view import CLASS_KINDS, SUBJECT_KINDS, View, fact_id, make_fact
from forklift.records import Fact, Symbol

MAX_LISTED = 8


def facts(view: View) -> Iterator[Fact]:
    """`defined_in` for every symbol, `defines` for every file with definitions."""
    symbols = view.by_id()
    top_level: dict[str, list[tuple[Symbol, Fact]]] = defaultdict(list)
    for symbol in view.symbols:
        fact = make_fact("location", "defined_in", symbol, view.labels[symbol.id], [symbol.path])
        yield fact
        if _is_top_level(symbol, symbols) and (symbol.language, symbol.kind) != ("powershell", "variable"):
            top_level[symbol.path].append((symbol, fact))
    named = {(one.path, one.name) for one in view.symbols}
    partly = {one.path for one in view.every.values() if one.parent_id is None and one.kind in SUBJECT_KINDS
              and (one.path, one.name) not in named}  # fmt: skip
    for path, rows in top_level.items():
        yield _defines(path, rows, view, path in partly)


def _is_top_level(symbol: Symbol, symbols: Mapping[int, Symbol]) -> bool:
    """Whether a file's reader meets a symbol at its top: in no other, in a module that is only there to hold names, or
    apart from its type, which is in another file (C++, Go, Rust)."""
    if symbol.parent_id is None:
        return True
    parent = symbols.get(symbol.parent_id)
    if parent is None:
        return False
    return parent.path != symbol.path or (parent.kind == "module" and symbol.kind in CLASS_KINDS)


def _defines(path: str, rows: list[tuple[Symbol, Fact]], view: View, is_partial: bool) -> Fact:
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
        text="others" if is_partial else "" if len(rows) == len(listed) else str(len(rows)),
        rank=max(symbol.rank for symbol, _ in rows),
        sources=tuple(fact.id for _, fact in listed),
    )
