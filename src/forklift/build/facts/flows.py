"""Facet flows: what happens when a function runs, how one function reaches another, which classes work together.

Only calls that resolve to one definition count, and not those of methods that a class further below replaces. A path is
a path: there may be others.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forklift.build.facts import calls
from forklift.build.facts.graph import Graph, is_public, joined
from forklift.build.facts.view import CALLABLE_KINDS, CLASS_KINDS, View, make_fact
from forklift.records import Fact, Reference

FUNCTIONS = frozenset(
    {"function", "method", "constructor", "macro"}
)  # a property may be two: what reads and what sets it
MAX_FLOWS = 400  # of the most central functions; more would say little of anything
MAX_STARTS, MAX_PATHS_EACH, MAX_STEPS = 60, 3, 4
MAX_FIRST, MAX_THEN, MAX_NAMES = 4, 3, 8
MAX_PARTNERS, MAX_WAYS = 5, 2
VERBS = ("creates", "calls", "raises")

Edges = Mapping[int, Mapping[int, Reference]]


def facts(view: View) -> Iterator[Fact]:
    """`main_line`, `reaches`, `works_with`, `worked_with_by` and `relation`."""
    graph = Graph(view)
    times = Counter((one.path, one.qualified_name) for one in view.every.values() if one.kind in CALLABLE_KINDS)
    every = {  # what stands in a class beside its methods runs when the class is made, not its objects
        one: targets for one, targets in graph.edges("call", deferred=False).items()
        if (symbol := graph.by_id[one]).kind in FUNCTIONS
        and times[symbol.path, symbol.qualified_name] < 2  # of overloads another one may do it
    }  # fmt: skip
    edges = {  # but not by way of what may be another method
        one: {target: use for target, use in targets.items()
              if target not in graph.redefined or use.name.startswith("super")}
        for one, targets in every.items()
    }  # fmt: skip
    unsure = graph.partly | {one for one in every if len(edges[one]) < len(every[one])}
    told = {fact.subject: fact.id for fact in calls.facts(view) if fact.relation == "calls"}
    yield from _main_lines(graph, edges, unsure, told)
    yield from _paths(graph, edges, told)
    yield from _partners(graph, graph.edges("call"))


def _sources(graph: Graph, told: Mapping[str, str], ids: Sequence[int]) -> tuple[str, ...]:
    """The facts that say directly what these symbols call."""
    return tuple(told[graph.label(one)] for one in ids if graph.label(one) in told)


# the main line of a function


def _main_lines(graph: Graph, edges: Edges, unsure: Container[int], told: Mapping[str, str]) -> Iterator[Fact]:
    """What a function calls, in the order of the source, and what the most telling of those call in turn."""
    starts = [one for one in graph.view.symbols if len(edges.get(one.id, ())) >= 2]
    for start in starts[:MAX_FLOWS]:
        first = _chosen(graph, edges, start.id, MAX_FIRST)
        said, names, inner = [_step(graph, edges, unsure, start.id, first)], list(first), list(first)
        speakers = [start.id]
        while inner and len(names) < MAX_NAMES:
            one = inner.pop(0)
            then = [each for each in _chosen(graph, edges, one, MAX_THEN) if each not in names and each != start.id]
            if then and len(names) + len(then) <= MAX_NAMES:
                said.append(_step(graph, edges, unsure, one, then))
                names += then
                inner += then
                speakers.append(one)
        if len(said) >= 2:
            labels = list(map(graph.label, names))
            yield make_fact(
                "flows", "main_line", start, graph.label(start.id), labels, text="; ".join(said),
                sources=_sources(graph, told, speakers),
            )  # fmt: skip


def _chosen(graph: Graph, edges: Edges, one: int, count: int) -> list[int]:
    """The callees that say most of what a function does: those that go on, then the central ones; in source order."""
    targets = edges.get(one, {})
    best = sorted(targets, key=lambda each: (not edges.get(each), -graph.by_id[each].rank, each))[:count]
    return sorted(best, key=lambda each: (targets[each].line, each))


def _step(graph: Graph, edges: Edges, unsure: Container[int], one: int, targets: Sequence[int]) -> str:
    among = "for instance " if one in unsure else "among others " if len(edges[one]) > len(targets) else ""
    made = [each for each in targets if graph.by_id[each].kind in CLASS_KINDS]
    called = [each for each in targets if each not in made]
    parts = []
    if called:
        parts.append(f"calls {_names(graph, called)}")
    if made:
        parts.append(f"creates {_names(graph, made)}")
    return f"`{graph.label(one)}` {among}{' and '.join(parts)}"


def _names(graph: Graph, ids: Sequence[int]) -> str:
    return joined([f"`{graph.label(one)}`" for one in ids], len(ids))


# from one function to another


def _paths(graph: Graph, edges: Edges, told: Mapping[str, str]) -> Iterator[Fact]:
    starts = [one for one in graph.view.symbols if one.id in edges and is_public(one)]
    for start in starts[:MAX_STARTS]:
        paths = [path for path in _shortest(edges, start.id).values() if len(path) >= 3]
        best = sorted(paths, key=lambda path: (-graph.by_id[path[-1]].rank, path))[:MAX_PATHS_EACH]
        for path in best:
            *_, target = labels = list(map(graph.label, path))
            steps = ", which ".join(f"{_verb(graph, one)} `{graph.label(one)}`" for one in path[1:])
            yield make_fact(
                "flows", "reaches", start, labels[0], [target, *labels[1:-1]], text=f"`{labels[0]}` {steps}",
                sources=_sources(graph, told, path[:-1]),
            )  # fmt: skip


def _verb(graph: Graph, one: int) -> str:
    return "creates" if graph.by_id[one].kind in CLASS_KINDS else "calls"


def _shortest(edges: Edges, start: int) -> dict[int, list[int]]:
    """The shortest path to everything in reach of MAX_STEPS calls."""
    paths, waiting = {start: [start]}, [start]
    while waiting:
        one = waiting.pop(0)
        if len(paths[one]) > MAX_STEPS:
            continue
        for target in edges.get(one, ()):
            if target not in paths:
                paths[target] = [*paths[one], target]
                waiting.append(target)
    return paths


# classes that work together


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a class uses another."""

    verb: str  # "creates", "calls", "raises"
    target: int
    where: int  # the member, or the class itself, whose code says it


def _partners(graph: Graph, edges: Edges) -> Iterator[Fact]:
    ways: dict[tuple[int, int], list[Way]] = defaultdict(list)
    for kind, found in (("call", edges), ("raise", graph.edges("raise"))):
        for source, targets in found.items():
            for target in targets:
                user, used = graph.class_of(source), graph.class_of(target)
                if user is not None and used is not None and not _same(graph, user, used):
                    verb = "raises" if kind == "raise" else "creates" if target == used else "calls"
                    ways[user, used].append(Way(verb, target, source))
    bases = graph.edges("inherit")
    for (user, used), listed in ways.items():
        yield _relation(graph, user, used, listed, used in bases.get(user, {}))
    used_directly = {pair: [way for way in found if way.verb != "raises"] for pair, found in ways.items()}
    yield from _works_with(graph, {pair: found for pair, found in used_directly.items() if found})


def _same(graph: Graph, one: int, other: int) -> bool:
    """Whether two classes are one, or one is inside the other."""
    names = sorted((graph.by_id[one].qualified_name + ".", graph.by_id[other].qualified_name + "."), key=len)
    return one == other or (graph.by_id[one].path == graph.by_id[other].path and names[1].startswith(names[0]))


def _relation(graph: Graph, user: int, used: int, ways: Sequence[Way], inherits: bool) -> Fact:
    """How one class uses another: each way with the method in which it does so."""
    found = list({(way.verb, way.target): way for way in ways}.values())
    listed = found[:3]
    said = [f"{way.verb} `{graph.label(way.target)}` in `{graph.label(way.where)}`" for way in listed]
    names = [graph.label(way.target) for way in listed] + [graph.label(way.where) for way in listed]
    objects = dict.fromkeys([graph.label(used), *names])
    objects.pop(graph.label(user), None)
    text = joined([f"builds on `{graph.label(used)}`", *said] if inherits else said, len(said) + inherits)
    text += ", among others" if len(found) > len(listed) else ""
    return make_fact("flows", "relation", graph.by_id[user], graph.label(user), objects, text=text)


def _works_with(graph: Graph, ways: Mapping[tuple[int, int], Sequence[Way]]) -> Iterator[Fact]:
    """`works_with`: the other classes that a class uses, those it uses most first; and back."""
    partners: dict[int, list[int]] = defaultdict(list)
    for user, used in sorted(ways, key=lambda pair: (-len(ways[pair]), -graph.by_id[pair[1]].rank, pair)):
        partners[user].append(used)
    forward: dict[int, Fact] = {}
    users: dict[int, list[int]] = defaultdict(list)
    for user, found in partners.items():
        listed = found[:MAX_PARTNERS]
        text = joined([f"`{graph.label(one)}` ({_said(graph, ways[user, one])})" for one in listed], len(found))
        labels = list(map(graph.label, listed))
        forward[user] = make_fact("flows", "works_with", graph.by_id[user], graph.label(user), labels, text=text)
        for one in found:
            users[one].append(user)
    yield from forward.values()
    for used, found in users.items():
        listed = sorted(found, key=lambda one: (-graph.by_id[one].rank, one))[:MAX_PARTNERS]
        labels = list(map(graph.label, listed))
        yield make_fact(
            "flows", "worked_with_by", graph.by_id[used], graph.label(used), labels,
            sources=tuple(forward[one].id for one in listed),
        )  # fmt: skip


def _said(graph: Graph, ways: Sequence[Way]) -> str:
    """ "creates it, calls `Stock.take`"."""
    said = [
        f"{way.verb} it" if graph.by_id[way.target].kind in CLASS_KINDS else f"calls `{graph.by_id[way.target].name}`"
        for way in sorted(ways, key=lambda way: VERBS.index(way.verb))
    ]
    return ", ".join(list(dict.fromkeys(said))[:MAX_WAYS])
