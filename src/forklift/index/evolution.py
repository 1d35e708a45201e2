"""What one commit did to the definitions of the files it changed: their syntax before and after, compared."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from forklift.index.syntax.model import Definition, Syntax

TRACKED = frozenset(
    "class struct union enum interface trait function method property macro constant typedef type".split()
)
ALIKE = 0.8  # lines that two bodies share before one counts as the other, renamed or moved
FEW_LINES, FEW_CHARS = 3, 40  # bodies smaller than that are nobody's in particular
MOST_PAIRS = 4_000

DEPRECATED = re.compile(
    r"@deprecated\b|^\s*@(?:\w+\.)?[Dd]eprecated?\b|\.\. deprecated::|#\[deprecated|//\s*Deprecated:"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One definition in one version of a file; several of the same name count as one."""

    name: str  # qualified within the file
    kind: str
    signature: str
    lines: tuple[str, ...]  # stripped, blank ones left out: indentation and spacing are no change
    deprecated: bool = False

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file. `words` is there when its syntax has errors: what it defines is then not sure. What its
    `text` still names was not removed: an alias may have come instead."""

    items: Mapping[str, Item]
    words: frozenset[str] | None = None
    text: str = ""


EMPTY = Version({})


@dataclass(frozen=True, slots=True)
class Pair:
    """One file before and after a commit; EMPTY where there was none."""

    old_path: str
    new_path: str
    old: Version
    new: Version


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one definition. `kept`: it only has another owner's name or path now, nothing to tell."""

    kind: str  # added, changed, renamed, moved, deprecated, removed, kept
    path: str
    name: str
    item: Item  # after the commit; before it when removed
    old_path: str = ""
    old_name: str = ""
    old_signature: str = ""  # changed: what the signature was, when that changed


Spot = tuple[str, Item, Version]  # a definition with its path, and the version of the file on the other side


def version_of_file(syntax: Syntax, text: str) -> Version:
    """The definitions of one version of a file."""
    lines = text.split("\n")
    marked = {number for number, line in enumerate(lines, start=1) if DEPRECATED.search(line)}
    items: dict[str, Item] = {}
    for one in syntax.definitions:
        if one.kind in TRACKED and one.name:
            item = _item(one, lines, marked, syntax.definitions)
            known = items.get(item.name)
            items[item.name] = item if known is None else _joined(known, item)
    return Version(items, frozenset(re.findall(r"\w+", text)) if syntax.broken else None, text)


def _item(one: Definition, lines: Sequence[str], marked: set[int], every: Sequence[Definition]) -> Item:
    body = tuple(line for each in lines[one.line - 1 : one.end_line] if (line := each.strip()))
    signature = one.signature if one.kind in ("function", "method") else ""
    own = {number for number in marked if one.line - 2 <= number <= one.end_line}
    if own:  # a class is not deprecated because one of its methods is
        inside = [each for each in every if each is not one and one.line < each.line and each.end_line <= one.end_line]
        own = {number for number in own if not any(each.line - 2 <= number <= each.end_line for each in inside)}
    return Item(one.qualified_name, one.kind, signature, body, bool(own))


def _joined(one: Item, other: Item) -> Item:
    signature = one.signature if one.signature == other.signature else ""
    return replace(
        one, lines=one.lines + other.lines, signature=signature, deprecated=one.deprecated or other.deprecated
    )


def events_of(pairs: Sequence[Pair]) -> Iterator[Event]:
    """What happened to the definitions of all files of a commit. What is not certain is not told."""
    gone: list[Spot] = []
    fresh: list[Spot] = []
    for pair in pairs:
        for name in pair.old.items.keys() & pair.new.items.keys():
            yield from _still_there(pair, pair.old.items[name], pair.new.items[name])
        gone += [(pair.old_path, item, pair.new) for name, item in pair.old.items.items() if name not in pair.new.items]
        fresh += [
            (pair.new_path, item, pair.old) for name, item in pair.new.items.items() if name not in pair.old.items
        ]
    gone, fresh = [one for one in gone if _is_sure(one)], [one for one in fresh if _is_sure(one)]
    matched = _matches(gone, fresh)
    for path, item, _ in fresh:
        before = matched.get((path, item.name))
        yield Event("added", path, item.name, item) if before is None else _moved(path, item, *before)
    paired = {(path, item.name) for path, item in matched.values()}
    went = {(path, item.name) for path, item, _ in gone}  # with which their members went, or were renamed
    replacing = {_place(path, item) for path, item, _ in fresh if (path, item.name) not in matched}
    yield from (
        Event("removed", path, item.name, item) for path, item, other in gone
        if (path, item.name) not in paired and not re.search(rf"\b{re.escape(item.leaf)}\b", other.text)
        and (path, item.owner) not in went
        and _place(path, item) not in replacing  # else it may have another name and other lines now
    )  # fmt: skip


def _place(path: str, item: Item) -> tuple[str, str, str]:
    """Where a definition stands, and roughly what it is."""
    return path, item.owner, "function" if item.kind in ("method", "property", "macro") else item.kind


def _still_there(pair: Pair, old: Item, new: Item) -> Iterator[Event]:
    where = (pair.new_path, new.name, new, pair.old_path, old.name)
    if pair.old_path != pair.new_path:
        yield Event("moved", *where)
    if old.lines != new.lines:
        yield Event("changed", *where, old_signature=old.signature if old.signature != new.signature else "")
        if new.deprecated and not old.deprecated:
            yield Event("deprecated", *where)


def _is_sure(spot: Spot) -> bool:
    """Whether the other side really lacks it: where that has syntax errors the name must not even occur."""
    _, item, other = spot
    return other.words is None or item.leaf not in other.words


def _moved(path: str, item: Item, old_path: str, old: Item) -> Event:
    where = (path, item.name, item, old_path, old.name)
    if item.leaf != old.leaf:
        return Event("renamed", *where)
    if path != old_path or item.owner.count(".") != old.owner.count(".") or bool(item.owner) != bool(old.owner):
        return Event("moved", *where)
    return Event("kept", *where)


def _matches(gone: Sequence[Spot], fresh: Sequence[Spot]) -> dict[tuple[str, str], tuple[str, Item]]:
    """Which fresh definition was which one before: {(path, name): (old path, old item)}.

    Two are the same when their bodies are alike, both have no second candidate, and either the name stayed or the
    place did. The members of a renamed class go with it.
    """
    if len(gone) * len(fresh) > MOST_PAIRS:
        return {}
    found: dict[tuple[str, str], tuple[str, Item]] = {}
    renamed: dict[tuple[str, str], tuple[str, str]] = {}  # owners: after -> before
    for depth in sorted({item.name.count(".") for _, item, _ in fresh}):
        candidates: list[tuple[tuple[str, str], tuple[str, Item]]] = []
        for path, item, _ in fresh:
            if item.name.count(".") == depth:
                owner_before = renamed.get((path, item.owner), (path, item.owner))
                candidates += [
                    ((path, item.name), (old_path, old)) for old_path, old, _ in gone
                    if _is_same(item, old, (old_path, old.owner) == owner_before, old_path == path)
                ]  # fmt: skip
        for after, before in _unrivalled(candidates):
            found[after] = before
            renamed[after] = (before[0], before[1].name)
    return found


def _is_same(item: Item, old: Item, same_owner: bool, same_path: bool) -> bool:
    if item.kind != old.kind and {item.kind, old.kind} != {"function", "method"}:
        return False
    if item.leaf == old.leaf and same_owner and not same_path:
        return _likeness(item, old) >= ALIKE
    if item.leaf != old.leaf and not same_owner:
        return False
    small = min(len(item.lines), len(old.lines)) < FEW_LINES or min(map(_chars, (item, old))) < FEW_CHARS
    if item.leaf == old.leaf and same_owner:
        return True  # its owner was renamed
    if small:
        return item.leaf == old.leaf and _masked(item) == _masked(old) and _chars(item) >= FEW_CHARS
    return _likeness(item, old) >= ALIKE


def _unrivalled(
    candidates: Iterable[tuple[tuple[str, str], tuple[str, Item]]],
) -> Iterator[tuple[tuple[str, str], tuple[str, Item]]]:
    """The pairs of which neither side stands in another one."""
    pairs = list(candidates)
    after: dict[tuple[str, str], int] = defaultdict(int)
    before: dict[tuple[str, str], int] = defaultdict(int)
    for new, (path, old) in pairs:
        after[new] += 1
        before[path, old.name] += 1
    return (pair for pair in pairs if after[pair[0]] == before[pair[1][0], pair[1][1].name] == 1)


def _chars(item: Item) -> int:
    return sum(map(len, item.lines))


def _masked(item: Item) -> list[str]:
    """Its lines without its own name."""
    name = re.compile(rf"\b{re.escape(item.leaf)}\b")
    return [name.sub("@", line) for line in item.lines]


def _likeness(one: Item, other: Item) -> float:
    """The share of lines that two bodies have in common, their own names aside."""
    shorter, longer = sorted((len(one.lines), len(other.lines)))
    if 2 * shorter < ALIKE * (shorter + longer):
        return 0.0
    return SequenceMatcher(None, _masked(one), _masked(other), autojunk=False).ratio()
