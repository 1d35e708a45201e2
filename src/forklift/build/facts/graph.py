"""What the facets that look at several symbols share: the code graph, and names spelt out with what they are."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from posixpath import dirname

from forklift.build.facts.view import ASIDE, CALLABLE_KINDS, CLASS_KINDS, View
from forklift.index import whole_sentence
from forklift.records import Reference, Symbol

NOT_CALLED = frozenset("typedef type property constant variable attribute member enumerator".split())
"""To "call" one is to convert to it, or calls what it holds."""
_LAST = re.compile(r"\W+")
_TYPES = re.compile(r"<.*>$")  # between angles, after the name of what is called
_CALLED = re.compile(r"([A-Za-z_]\w*)!?(?:::<[^>]*>)?\(")
_LITTLE = re.compile(
    r"(?:here|see|todo|fixme|xxx)\b|(?:user|authors?|date|time|file|project|created(?: by| on)?|version)\s*:|"
    r"(?:created (?:by|on)|copyright)\b",
    re.IGNORECASE,
)
SHORT_PURPOSE_CHARS = 90
SETTINGS = frozenset({"maven2", "ant"})  # what builds define are no components
_SEVERAL = re.compile(
    r"(?:\w+ ){0,2}(?:types|helpers|functions|constants|utilit(?:ie)s|methods|definitions|interfaces|classes|macros|"
    r"variables|typedefs|exports|prototypes|declarations)(?: (?:for|of|to|used|that|shared)\b|$)",
    re.IGNORECASE,
)


class Graph:
    """The resolved references of a view, by what they start from and lead to. Made once for each facet."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.by_id = view.by_id()

    @cached_property
    def resolved(self) -> list[Reference]:
        """The references between two different symbols of the view."""
        return [
            one
            for one in self.view.references
            if one.target_id in self.by_id
            and one.scope_id in self.by_id
            and one.target_id != one.scope_id
            and not (one.kind in ("call", "inherit") and self.by_id[one.target_id].kind in NOT_CALLED)
        ]

    @cached_property
    def partly(self) -> frozenset[int]:
        return partly_calling(self.view)

    @cached_property
    def redefined(self) -> frozenset[int]:
        """Methods that a class further below has as well: a call may mean that one."""
        bases = self.edges("inherit")
        methods = {(one.parent_id, one.name): one.id for one in self.by_id.values() if one.kind in CALLABLE_KINDS}
        found: set[int] = set()
        for owner, name in methods:
            seen, waiting = {owner}, [owner]
            while waiting:
                above = [base for base in bases.get(waiting.pop() or -1, ()) if base not in seen]
                seen.update(above)
                waiting += above
                found.update(methods[base, name] for base in above if (base, name) in methods)
        return frozenset(found)

    def edges(self, *kinds: str, deferred: bool = True) -> dict[int, dict[int, Reference]]:
        """For each symbol the ones it leads to by references of these kinds, each with its first reference; with those
        in nameless functions inside it or without."""
        found: dict[int, dict[int, Reference]] = defaultdict(dict)
        for one in self.resolved:
            wanted = one.kind in kinds and (deferred or not one.is_deferred)
            if wanted and one.scope_id is not None and one.target_id is not None:
                found[one.scope_id].setdefault(one.target_id, one)
        return found

    def label(self, symbol_id: int) -> str:
        return self.view.labels[symbol_id]

    def class_of(self, symbol_id: int) -> int | None:
        """The class that a symbol is, or is a member of; None outside of classes of the view."""
        one: Symbol | None = self.by_id.get(symbol_id)
        while one is not None and one.kind not in CLASS_KINDS:
            one = self.by_id.get(one.parent_id or -1)
        return one.id if one is not None else None


def partly_known(view: View, kind: str) -> frozenset[int]:
    """Symbols to which code of the repository leads that cannot be listed: at the top of a file, in a symbol without a
    label, or, as its name suggests, by a reference that is not resolved. A list of all that lead there would lack some.
    """
    own = {file.path for file in view.files if is_code_of_its_own(file.path)}
    overloads = {(one.path, one.qualified_name) for one in view.symbols}
    outside = _imported_from_outside(view)
    found: set[int] = set()
    unresolved: set[str] = set()
    for one in view.references:
        if one.kind != kind or one.path not in own:
            continue
        scope = view.every.get(one.scope_id or -1)
        if scope is not None and scope.is_test:
            continue
        if one.target_id is None and (one.path, _LAST.split(one.name)[0]) in outside:
            continue
        if one.target_id is None:
            unresolved.add(last_part(one.name))
        elif scope is None or (scope.id not in view.labels and (scope.path, scope.qualified_name) not in overloads):
            found.add(one.target_id)
    unresolved |= _written_in_macros(view) if kind == "call" else set()
    return frozenset(found | {one.id for one in view.symbols if one.name in unresolved})


def _written_in_macros(view: View) -> set[str]:
    """The names that macros of Rust call: whatever uses the macro calls them."""
    bodies = (
        "\n".join(view.index.lines(one.path, one.line, one.end_line))
        for one in view.every.values()
        if one.kind == "macro" and one.language == "rust"
    )
    return {name for body in bodies for name in _CALLED.findall(body)}


def _imported_from_outside(view: View) -> set[tuple[str, str]]:
    """In Python, the names by which each file knows other packages and what it takes from them."""
    own = {module.partition(".")[0] for module in view.index.modules().values()}
    imports = [one for one in view.references if one.kind == "import" and one.path.endswith(".py")]
    return {
        (one.path, name)
        for one in imports
        if one.target_id is None and (root := one.name.partition(".")[0]) not in own
        for name in (root, one.name.rpartition(".")[2])
    }


def partly_calling(view: View) -> frozenset[int]:
    """Symbols that may call more of the repository than is known: what they call is not resolved, and something has
    that name, or has no label."""
    own = {one.name for one in view.every.values() if not one.is_test and one.kind in CALLABLE_KINDS | CLASS_KINDS}
    return frozenset(
        one.scope_id
        for one in view.references
        if one.kind == "call" and one.scope_id is not None
        and (last_part(one.name) in own if one.target_id is None else one.target_id not in view.labels)
    )  # fmt: skip


def last_part(name: str) -> str:
    """The name of what is called itself: "load" of "stock.load<T>"."""
    return _LAST.split(_TYPES.sub("", name))[-1]


def is_public(symbol: Symbol) -> bool:
    """Whether no part of its name says that it is private."""
    return not any(part.startswith(("_", "#")) for part in symbol.qualified_name.split("."))


def components_of(view: View) -> list[Symbol]:
    """What files are made of, best rank first: public classes, functions, objects with functions."""
    by_id = view.by_id()
    owners = {one.parent_id for one in view.symbols if one.kind in ("function", "method")}

    def is_component(one: Symbol) -> bool:
        parent = by_id.get(one.parent_id or -1)
        outermost = parent is None or parent.kind == "module" or parent.path != one.path
        is_thing = one.kind in (CLASS_KINDS | CALLABLE_KINDS) - {"macro", "constructor"} or one.id in owners
        return outermost and is_public(one) and is_thing and one.language not in SETTINGS

    return [one for one in view.symbols if is_component(one)]


def reverse_of(edges: Mapping[int, Iterable[int]]) -> dict[int, list[int]]:
    """For each target the sources that lead to it."""
    found: dict[int, list[int]] = defaultdict(list)
    for source, targets in edges.items():
        for target in targets:
            found[target].append(source)
    return found


def short_purpose(doc: str, name: str = "") -> str:
    """What a doc comment says, without the name that it may start with; "" when that is nothing or long."""
    sentence = whole_sentence(doc, SHORT_PURPOSE_CHARS)
    if name and re.match(rf"{re.escape(name)} (?:is|\w+[^s\W]s)\b", sentence):  # else the name is its verb
        sentence = sentence.removeprefix(f"{name} ")
    if "..." in sentence or says_little(sentence) or (name and is_of_several(sentence)):
        return ""
    return sentence


def says_little(sentence: str) -> bool:
    """Whether a comment only points elsewhere, says what is left to do, or who wrote it when."""
    return _LITTLE.match(sentence) is not None


def is_of_several(sentence: str) -> bool:
    """Whether a comment above one definition is the heading of several: "Types for the channels"."""
    return bool(_SEVERAL.match(sentence))


def spelt(name: str, path: str = "", purpose: str = "") -> str:
    """A name with its file and purpose: "`Stock` (`shop/stock.py`: the shelves)"."""
    more = ": ".join(part for part in (f"`{path}`" if path else "", purpose) if part)
    return f"`{name}` ({more})" if more else f"`{name}`"


def joined(parts: Sequence[str], count: int, what: str = "in all") -> str:
    """Spelt names as a list; where it is cut it says so: "`a`, `b`, among 12 in all"."""
    if len(parts) < count:
        return f"{', '.join(parts)}, among {count} {what}"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def some_of(names: Sequence[str]) -> str:
    """The first two of some names, and whether there are others: "`a`, `b` and others"."""
    quoted = [f"`{name}`" for name in names[:2]]
    return f"{', '.join(quoted)} and others" if len(names) > 2 else " and ".join(quoted)


def directories_of(path: str) -> list[str]:
    """The directories a file is in, outermost first, without the repository itself."""
    found: list[str] = []
    while path := dirname(path):
        found.append(path)
    return found[::-1]


def is_code_of_its_own(path: str) -> bool:
    """Whether a file is not there for the documentation only."""
    return path.partition("/")[0] not in ASIDE
