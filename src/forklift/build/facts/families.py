"""Facet families: what belongs together: descendants of a base, classes of one ending, what one decorator marks,
the members of an enum, the exceptions of the repository."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from forklift.build.facts.graph import Graph, is_public, joined, partly_known, reverse_of, spelt
from forklift.build.facts.view import CLASS_KINDS, View, make_fact
from forklift.index import split_identifier
from forklift.records import Fact, Symbol

MAX_LISTED = 8
MAX_WITH_FILES = 6
MIN_FAMILY, MAX_FAMILY = 3, {"classes": 60, "functions": 16}  # a prefix of everything says nothing
ORDINARY = frozenset(  # decorators that say how a function is built, not what it belongs to
    "property staticmethod classmethod abstractmethod abc.abstractmethod overload t.overload typing.overload override "
    "Override deprecated SuppressWarnings functools.wraps wraps cached_property functools.cached_property "
    "cfg cfg_attr derive allow expect warn deny doc inline repr must_use cold non_exhaustive macro_export macro_use "
    "track_caller".split()
)
EXCEPTION = re.compile(r"(?:Exception|Error|Warning)$")
MEMBERS = ("enumerator", "constant", "variable", "member")  # of a class that is one by its base
_ENUM = re.compile(r"(?:^|\.)(?:Enum|IntEnum|StrEnum|Flag|IntFlag)$")


def facts(view: View) -> Iterator[Fact]:
    """`descendants`, `ancestors`, `exceptions`, `family`, `decorated` and `enum_members`."""
    graph = Graph(view)
    bases = graph.edges("inherit")
    yield from _descendants(graph, bases)
    yield from _ancestors(graph, bases)
    yield from _exceptions(graph, bases)
    yield from _families(view)
    yield from _decorated(view)
    yield from _enum_members(view)


def _cut(count: int, listed: Sequence[object]) -> str:
    return "" if count == len(listed) else str(count)


def _descendants(graph: Graph, bases: Mapping[int, Iterable[int]]) -> Iterator[Fact]:
    """All that derive from a class, over any number of steps, with their files; where those are two or more."""
    children = reverse_of(bases)
    more = partly_known(graph.view, "inherit")
    for base in children:
        found = closure(base, children)
        if len(found) >= 2 and more.isdisjoint([base, *found]):
            yield _with_files(graph, "descendants", graph.by_id[base], graph.label(base), found)


def closure(start: int, edges: Mapping[int, Iterable[int]]) -> list[int]:
    """Everything that can be reached, nearest first, without the start."""
    seen, waiting = {start: None}, [start]
    while waiting:
        for target in edges.get(waiting.pop(0), ()):
            if target not in seen:
                seen[target] = None
                waiting.append(target)
    return [one for one in seen if one != start]


def _with_files(graph: Graph, relation: str, anchor: Symbol, subject: str, ids: Sequence[int], **more: str) -> Fact:
    ranked = sorted(ids, key=lambda one: (-graph.by_id[one].rank, one))
    listed = ranked[:MAX_WITH_FILES]
    files = {graph.by_id[one].path for one in listed}
    spelled = [spelt(graph.label(one), graph.by_id[one].path if len(files) > 1 else "") for one in listed]
    everything = all(graph.by_id[one].path in files for one in ids)
    where = f", {'all' if everything else 'those named'} in `{files.pop()}`" if len(files) == 1 else ""
    text = joined(spelled, len(ids)) + where
    return make_fact("families", relation, anchor, subject, map(graph.label, listed), text=text, **more)


def _ancestors(graph: Graph, bases: Mapping[int, Iterable[int]]) -> Iterator[Fact]:
    """The chain of bases above a class, where it has single bases over two steps or more."""
    for start in bases:
        chain, one = [start], start
        while len(graph.by_id[one].bases) == 1 and (above := next(iter(bases.get(one, ())), one)) not in chain:
            chain.append(one := above)
        names = [*map(graph.label, chain[1:]), *graph.by_id[one].bases]
        if len(names) >= 2 and len(graph.by_id[one].bases) < 2:
            yield make_fact("families", "ancestors", graph.by_id[start], graph.label(start), names)


def _exceptions(graph: Graph, bases: Mapping[int, Iterable[int]]) -> Iterator[Fact]:
    """The exception classes of the repository: what derives, over any steps, from a class named like one."""
    children = reverse_of(bases)
    roots = [
        one for one in graph.view.symbols if one.kind == "class" and any(EXCEPTION.search(base) for base in one.bases)
    ]
    ids = list(dict.fromkeys(one for root in roots for one in (root.id, *closure(root.id, children))))
    if len(ids) >= 2:
        anchor = max((graph.by_id[one] for one in ids), key=lambda one: one.rank)
        some = sorted(ids, key=lambda one: (-graph.by_id[one].rank, one))[:MAX_WITH_FILES]
        yield _with_files(graph, "exceptions", anchor, graph.view.name, some, subject_kind="repository")


def _families(view: View) -> Iterator[Fact]:
    """Classes of one file that end in the same word, functions of one file that start with it."""
    groups: dict[tuple[str, str, str], list[Symbol]] = defaultdict(list)
    for symbol in view.symbols:
        if (group := _family_of(symbol)) and is_public(symbol):
            groups[group].append(symbol)
    every: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # with private ones and those without a label
    for one in view.every.values():
        if group := _family_of(replace(one, kind="class") if one.kind in ("typedef", "type") else one):
            every[group].add(one.name)
    for (path, kind, shared), members in groups.items():
        if MIN_FAMILY <= len(members) <= MAX_FAMILY[kind]:
            listed = members[:MAX_LISTED]
            total = max(len(members), len(every[path, kind, shared]))
            labels = [view.labels[one.id] for one in listed]
            said = "ending in" if kind == "classes" else "starting with"
            kind = "types" if kind == "classes" and any(one.kind != "class" for one in members) else kind
            yield make_fact(
                "families", "family", members[0], path, labels, subject_kind="file",
                text=f"{'' if total == len(listed) else f'{total} '}{kind} {said} `{shared}`",
            )  # fmt: skip


def _family_of(symbol: Symbol) -> tuple[str, str, str] | None:
    """The file, kind and shared word of the group that a symbol's name puts it in."""
    if symbol.parent_id is not None or len(split_identifier(symbol.name)) < 2:
        return None
    if symbol.kind in CLASS_KINDS:
        last = re.search(r"[A-Z][a-z]+$", symbol.name)
        return (symbol.path, "classes", last[0]) if last else None
    if symbol.kind == "function" and "_" in symbol.name.strip("_"):
        return symbol.path, "functions", symbol.name.partition("_")[0] + "_"
    return None


def _decorated(view: View) -> Iterator[Fact]:
    """What a decorator (annotation, attribute) marks: handlers registered together, fixtures, tasks."""
    marked: dict[str, list[Symbol]] = defaultdict(list)
    for symbol in view.symbols:
        for name in dict.fromkeys(symbol.decorators) if symbol.language != "rust" else ():  # macros mark more
            if name not in ORDINARY and not name.endswith((".setter", ".getter", ".deleter")) and len(name) < 60:
                marked[name].append(symbol)
    count = Counter(name for one in view.every.values() if not one.is_test for name in dict.fromkeys(one.decorators))
    spellings = Counter(re.split(r"\W+", name)[-1] for name in count)  # `a.mark` may be the same as `mark`
    for name, symbols in marked.items():
        if len(symbols) >= 2 and re.fullmatch(r"[\w.:]+", name) and spellings[re.split(r"\W+", name)[-1]] == 1:
            listed = symbols[:MAX_LISTED]
            labels = [view.labels[one.id] for one in listed]
            # elsewhere parameters can be marked, too
            yield make_fact(
                "families", "decorated", listed[0], name, labels, subject_kind="decorator",
                text=_cut(max(len(symbols), count[name]), listed) if listed[0].language == "python" else "others",
            )  # fmt: skip


def is_enum(symbol: Symbol) -> bool:
    """Whether it is an enumeration, by its kind or, in Python, by its base."""
    return symbol.kind == "enum" or any(_ENUM.search(base) for base in symbol.bases)


def _enum_members(view: View) -> Iterator[Fact]:
    by_id = view.by_id()
    members: dict[int, list[Symbol]] = defaultdict(list)
    for one in sorted(view.every.values(), key=lambda one: (one.path, one.line)):
        parent = by_id.get(one.parent_id or -1)
        if parent is None or one.name.startswith("_"):
            continue
        if is_enum(parent) and one.kind in (("enumerator",) if parent.kind == "enum" else MEMBERS):
            members[parent.id].append(one)
    for parent_id, found in members.items():
        names = list(dict.fromkeys(one.name for one in found))
        listed = names[:MAX_LISTED]
        if len(listed) >= 2:
            text = _cut(len(names), listed)
            yield make_fact("families", "enum_members", by_id[parent_id], view.labels[parent_id], listed, text=text)
