"""Facet attributes: what the objects of a class hold, of which types, and its properties."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from forklift.build.facts.families import is_enum
from forklift.build.facts.graph import joined, short_purpose, spelt
from forklift.build.facts.view import CLASS_KINDS, View, make_fact
from forklift.records import Fact, Symbol

MAX_LISTED = 8
MAX_TYPE_CHARS = 40
_POINTER = re.compile(r"\(\s*\*\s*\w+\s*\)")  # a named function pointer is no type: the name was a macro
_QUALIFIER = re.compile(
    r"^(?:\w+\.)?(?:Final|ClassVar|InitVar|Required|NotRequired|ReadOnly)(?:\[(.*)\])?$"
)  # of Python
ANY_TIME = frozenset({"python", "javascript", "ruby"})  # objects may get more when they are made already
HELD = frozenset({"attribute", "variable", "member", "constant"})


def facts(view: View) -> Iterator[Fact]:
    """`attributes`, `attribute_of`, `attribute_type` and `properties`."""
    by_id = view.by_id()
    held: dict[int, list[Symbol]] = defaultdict(list)
    properties: dict[int, list[Symbol]] = defaultdict(list)
    for one in sorted(view.every.values(), key=lambda one: (one.path, one.line)):
        parent = by_id.get(one.parent_id or -1)
        if parent is None or parent.kind not in CLASS_KINDS - {"module"} or one.is_test or is_enum(parent):
            continue
        is_apart = one.language == "rust" and one.kind == "constant"  # of the type, not of what it holds
        if one.kind in HELD and not is_apart and not one.name.startswith("__") and not _POINTER.search(one.returns):
            held[parent.id].append(one)
        elif one.kind == "property":
            properties[parent.id].append(one)
    names = Counter(one.name for one in view.every.values())
    for owner, members in held.items():
        yield from _attributes(view, by_id[owner], _unique(members), names)
    for owner, members in properties.items():
        yield from _properties(view, by_id[owner], _unique(members))


def _unique(members: Sequence[Symbol]) -> list[Symbol]:
    """One of each name, public ones first."""
    first = {one.name: one for one in reversed(members)}
    return sorted(first.values(), key=lambda one: (one.name.startswith("_"), one.line))


def type_of(symbol: Symbol) -> str:
    """The type that the source states for an attribute; "" where it says nothing short."""
    stated = " ".join(symbol.returns.split())
    if symbol.language == "python":
        stated = _QUALIFIER.sub(r"\1", stated)
    return stated if len(stated) <= MAX_TYPE_CHARS and "`" not in stated else ""


def _attributes(view: View, owner: Symbol, members: Sequence[Symbol], names: Counter[str]) -> Iterator[Fact]:
    listed = members[:MAX_LISTED]
    label = view.labels[owner.id]
    spelled = [spelt(one.name, type_of(one)) for one in listed]
    forward = make_fact(
        "attributes", "attributes", owner, label, [one.name for one in listed],
        text=joined(spelled, len(spelled if owner.language in ANY_TIME else members)),
    )  # fmt: skip
    yield forward
    for one in listed:
        place = {"path": one.path, "line": one.line, "end_line": one.end_line, "subject_kind": "attribute"}
        if names[one.name] == 1 and len(one.name) > 3:
            yield make_fact("attributes", "attribute_of", owner, one.name, [label], sources=(forward.id,), **place)
        if type_of(one):
            yield make_fact("attributes", "attribute_type", owner, f"{label}.{one.name}", [type_of(one)], **place)


def _properties(view: View, owner: Symbol, members: Sequence[Symbol]) -> Iterator[Fact]:
    listed = members[:MAX_LISTED]
    if len(listed) >= 2:
        spelled = [spelt(one.name, "", short_purpose(one.doc, one.name)) for one in listed[:5]]
        names = [one.name for one in listed[:5]]
        text = joined(spelled, len(members))
        yield make_fact("attributes", "properties", owner, view.labels[owner.id], names, text=text)
