"""Facet comparison: what classes of one base share and how they differ, and which methods replace those of a base."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from forklift.build.facts.families import closure
from forklift.build.facts.graph import Graph, is_public, joined, partly_known, reverse_of
from forklift.build.facts.source import Sources
from forklift.build.facts.view import View, make_fact, members_by_parent
from forklift.records import Fact, Symbol

MAX_LISTED = 6
MAX_PAIRS = 6  # of the children of one base
MAX_NAMES = 3
BODILESS = frozenset({"interface", "trait"})  # whose methods are implemented, or replaced where they have a body
SAYING = frozenset({"java", "c#", "c++"})  # languages in which a method may have the name of one and be another
_OVERRIDE = re.compile(r"\boverride\b")


def facts(view: View) -> Iterator[Fact]:
    """`overrides`, `overridden_by`, `differs` and `method_of_several`."""
    graph = Graph(view)
    bases = {one: list(targets) for one, targets in graph.edges("inherit").items()}
    methods = {
        owner: {one.name: one for one in members if one.kind in ("method", "property", "function")}
        for owner, members in members_by_parent(view).items()
    }
    yield from _overrides(graph, bases, methods)
    yield from _differences(graph, bases, methods)
    yield from _of_several(graph, methods)


Methods = Mapping[int, Mapping[str, Symbol]]


def _overrides(graph: Graph, bases: Mapping[int, Sequence[int]], methods: Methods) -> Iterator[Fact]:
    told: dict[int, list[str]] = defaultdict(list)  # ids of facts by class
    marked = _marked(graph.view)
    unlabelled = {
        one.name for one in graph.view.every.values() if not one.is_test and one.parent_id is not None
        and one.id not in graph.view.labels
    }  # fmt: skip

    def replaces(one: int, name: str) -> bool:
        return not _makes(name) and (graph.by_id[one].language not in SAYING or (one, name) in marked)

    for one in bases:
        found: dict[int, list[Symbol]] = defaultdict(list)
        for name, method in methods.get(one, {}).items():
            base = _definer(name, one, bases, methods)
            if base is not None and replaces(one, name):
                found[base].append(method)
        for base, own in found.items():
            best = own[:MAX_LISTED]
            verb = "implements" if graph.by_id[base].kind in BODILESS else "overrides"
            text = f"{verb} {joined([f'`{each.name}`' for each in best], len(own))} of `{graph.label(base)}`"
            names = [each.name for each in best]
            fact = make_fact(
                "comparison", "overrides", graph.by_id[one], graph.label(one), [*names, graph.label(base)], text=text
            )
            yield fact
            told[one].append(fact.id)
    children, more = reverse_of(bases), partly_known(graph.view, "inherit")
    for owner in children:
        below = closure(owner, children)
        if not more.isdisjoint([owner, *below]) or graph.by_id[owner].language == "go":
            continue  # in Go, whatever has the methods is one of an interface, unsaid
        if graph.by_id[owner].kind in BODILESS:
            continue
        for name, method in methods.get(owner, {}).items():
            rows = [one for one in below if name in methods.get(one, {}) and replaces(one, name)]
            if rows:
                listed = rows[:MAX_LISTED]
                yield make_fact(
                    "comparison", "overridden_by", method, graph.label(method.id),
                    [graph.label(methods[one][name].id) for one in listed],
                    text="others" if name in unlabelled else "" if len(listed) == len(rows) else str(len(rows)),
                    sources=tuple(dict.fromkeys(id for one in listed for id in told[one])),
                )  # fmt: skip


def _marked(view: View) -> set[tuple[int | None, str]]:
    """The class and the name of each method that says that it replaces one of a base."""
    sources = Sources(view)

    def says(one: Symbol) -> bool:
        if "Override" in one.decorators or _OVERRIDE.search(sources.line(one.path, one.line)):
            return True
        parent = view.every.get(one.parent_id or -1)
        if one.language != "c++" or parent is None:
            return False
        inside = "\n".join(sources.lines_of(parent.path)[parent.line - 1 : parent.end_line])
        return re.search(rf"\b{re.escape(one.name)}\s*\([^;{{}}]*\boverride\b", inside) is not None

    return {(one.parent_id, one.name) for one in view.every.values() if one.language in SAYING and says(one)}


def _makes(name: str) -> bool:
    """Whether a method makes an object or serves the language."""
    return name.startswith("__") or name == "initialize"


def _definer(name: str, start: int, bases: Mapping[int, Sequence[int]], methods: Methods) -> int | None:
    """The nearest class above that defines `name`, where every step up is a single base."""
    seen, one = {start}, start
    while len(bases.get(one, ())) == 1 and (one := bases[one][0]) not in seen:
        if name in methods.get(one, {}):
            return one
        seen.add(one)
    return None


def _differences(graph: Graph, bases: Mapping[int, Sequence[int]], methods: Methods) -> Iterator[Fact]:
    """`differs`: two children of one base, what both define and what only one does."""
    names: dict[int, set[str]] = defaultdict(set)  # of members of any kind
    for member in graph.view.every.values():
        names[member.parent_id or -1].add(member.name)
    for base, children in reverse_of(bases).items():
        ranked = sorted(children, key=lambda one: (-graph.by_id[one].rank, one))
        for one, other in list(combinations(ranked[:4], 2))[:MAX_PAIRS]:
            fact = _difference(graph, base, one, other, methods, names)
            if fact is not None:
                yield fact


def _difference(
    graph: Graph, base: int, one: int, other: int, methods: Methods, names: Mapping[int, set[str]]
) -> Fact | None:
    mine, theirs = (
        {name: method for name, method in methods.get(each, {}).items() if is_public(method)} for each in (one, other)
    )
    parts = (
        ("both define", [name for name in mine if name in theirs]),
        (f"only `{graph.label(one)}` defines", [name for name in mine if name not in names[other]]),
        (f"only `{graph.label(other)}` defines", [name for name in theirs if name not in names[one]]),
    )
    said = [f"{what} {_spelt(found)}" for what, found in parts if found]
    listed = [name for _, found in parts for name in found[:MAX_NAMES]]
    if not listed:
        return None
    objects = dict.fromkeys([graph.label(other), graph.label(base), *listed])
    text = f"build on `{graph.label(base)}`; {'; '.join(said)}"
    return make_fact("comparison", "differs", graph.by_id[one], graph.label(one), objects, text=text)


def _spelt(names: Sequence[str]) -> str:
    return joined([f"`{name}`" for name in names[:MAX_NAMES]], len(names))


def _of_several(graph: Graph, methods: Methods) -> Iterator[Fact]:
    """`method_of_several`: the classes that have a method of one name."""
    owners: dict[str, list[int]] = defaultdict(list)
    every = Counter((one.name, one.kind == "function") for one in graph.view.every.values() if not one.is_test)
    for owner, own in methods.items():
        for name, method in own.items():
            if owner in graph.by_id and is_public(method) and method.kind == "method":
                owners[name].append(owner)
    for name, found in owners.items():
        if 2 <= len(found) <= MAX_LISTED and every[name, False] == len(found):
            ranked = sorted(found, key=lambda one: (-graph.by_id[one].rank, one))
            anchor = methods[ranked[0]][name]
            labels = list(map(graph.label, ranked))
            yield make_fact("comparison", "method_of_several", anchor, name, labels)
