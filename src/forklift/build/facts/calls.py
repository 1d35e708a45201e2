"""Facets calls and errors: who calls whom, who raises and who catches what.

Only references resolved to one definition count; exceptions from elsewhere are named as written. What stands in a
nameless function inside a function does not happen whenever that runs, so it is told apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from forklift.build.facts.graph import NOT_CALLED, last_part, partly_calling, partly_known
from forklift.build.facts.view import CLASS_KINDS, View, make_fact
from forklift.records import Fact, Reference, Symbol

MAX_LISTED = 6
OTHERS = "..."  # among the lines of a text: the list may lack some
RELATIONS = (
    ("call", "calls", "calls", "called_by"),
    ("raise", "errors", "raises", "raised_by"),
    ("catch", "errors", "catches", "caught_by"),
)  # kind of reference, facet, relation, reverse relation

Named = dict[str, Reference]
"""What one symbol calls, by label; a reference that is not deferred goes first."""


def facts(view: View) -> Iterator[Fact]:
    """`calls` and `called_by`, `raises` and `raised_by`, `catches` and `caught_by`. The text of a fact holds the
    objects, a line each, that stand in nameless functions alone, and `OTHERS`."""
    for kind, facet, forward, reverse in RELATIONS:
        yield from _edges(view, kind, facet, forward, reverse)


def _edges(view: View, kind: str, facet: str, forward: str, reverse: str) -> Iterator[Fact]:
    symbols, targets = view.by_id(), _targets(view, kind)
    partly = partly_calling(view) if kind == "call" else frozenset[int]()
    sources: dict[int, list[tuple[Symbol, Fact, bool]]] = defaultdict(list)
    for symbol in view.symbols:
        named = targets.get(symbol.id, {})
        if not 0 < len(named) <= MAX_LISTED:
            continue
        later = [label for label, one in named.items() if one.is_deferred] + [OTHERS] * (symbol.id in partly)
        fact = make_fact(facet, forward, symbol, view.labels[symbol.id], named, text="\n".join(later))
        yield fact
        for one in named.values():
            if one.target_id is not None:
                sources[one.target_id].append((symbol, fact, one.is_deferred))
    count: dict[int, int] = defaultdict(int)
    for named in targets.values():
        for one in named.values():
            count[one.target_id or -1] += 1
    more = partly_known(view, kind)
    for target, rows in sources.items():
        if count[target] == len(rows) <= MAX_LISTED and target not in more:
            labels = [view.labels[symbol.id] for symbol, _, _ in rows]
            later = [view.labels[symbol.id] for symbol, _, is_deferred in rows if is_deferred]
            ids = tuple(fact.id for _, fact, _ in rows)
            label, text = view.labels[target], "\n".join(later)
            yield make_fact(facet, reverse, symbols[target], label, labels, text=text, sources=ids)


def names_exception(raised: Reference, target: Symbol | None) -> bool:
    """Whether what is raised names an exception, and not what makes or holds one."""
    if target is None:
        return last_part(raised.name)[:1].isupper()
    return target.kind in CLASS_KINDS | {"constructor", "typedef", "type"}


def _targets(view: View, kind: str) -> Mapping[int, Named]:
    """By the id of a symbol what it refers to."""
    symbols = view.by_id()
    targets: dict[int, Named] = defaultdict(dict)
    for one in view.references:
        if one.kind != kind or one.scope_id not in symbols or one.target_id == one.scope_id:
            continue
        if one.target_id in symbols and kind == "call" and symbols[one.target_id].kind in NOT_CALLED:
            continue
        if kind == "raise" and not names_exception(one, symbols.get(one.target_id or -1)):
            continue
        if one.target_id in symbols:
            label = view.labels[one.target_id]
        elif kind != "call" and one.target_id is None:
            label = one.name
        else:
            continue
        if label not in targets[one.scope_id] or not one.is_deferred:
            targets[one.scope_id][label] = one
    return targets
