"""Facet hierarchy: base classes, subclasses, members, and the class a method belongs to."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from forklift.build.facts.graph import partly_known
from forklift.build.facts.source import Sources
from forklift.build.facts.view import CLASS_KINDS, View, make_fact, members_by_parent
from forklift.records import Fact, Symbol

MAX_LISTED = 8
METHODS = frozenset({"function", "method"})
_NO_BASE = frozenset({"object", "ABC", "abc.ABC", "t.Generic", "Generic", "Protocol", "t.Protocol"})


_ADDED = re.compile(
    r"\b(\w+)\.prototype\s*\[|\bObject\.(?:assign|definePropert(?:y|ies)|setPrototypeOf)\(\s*(\w+)"
)  # in JavaScript, to a class from outside
_MAKES_METHODS = re.compile(
    r"\b(?:define_method|define_singleton_method|(?:class|module|instance)_eval|def_\w*delegators?|delegate)\b"
)


def facts(view: View) -> Iterator[Fact]:
    """`inherits`, `subclassed_by`, `has_methods` and `member_of`."""
    yield from _inheritance(view)
    yield from _members(view)


def _inheritance(view: View) -> Iterator[Fact]:
    subclasses: dict[int, list[tuple[Symbol, Fact]]] = defaultdict(list)
    targets: dict[int, list[int]] = defaultdict(list)
    for reference in view.references:
        if reference.kind == "inherit" and reference.scope_id and reference.target_id:
            targets[reference.scope_id].append(reference.target_id)
    symbols = view.by_id()
    for symbol in view.symbols:
        bare = [base.partition("[")[0] if symbol.language == "python" else base for base in symbol.bases]
        bare = [one for one in bare if "<" not in one or one.partition("<")[0] not in bare]  # declared twice
        bases = [base for base in bare if base not in _NO_BASE and base.partition("<")[0] != symbol.name]
        if symbol.kind not in CLASS_KINDS or not bases:
            continue
        rest = "others" if symbol.language == "rust" else ""  # any file may implement more, macros as well
        fact = make_fact("hierarchy", "inherits", symbol, view.labels[symbol.id], bases, text=rest)
        yield fact
        for target in dict.fromkeys(targets[symbol.id]):
            if view.labels.get(target) != view.labels[symbol.id]:
                subclasses[target].append((symbol, fact))
    more = partly_known(view, "inherit")
    for target, rows in subclasses.items():
        if target in symbols and len(rows) <= MAX_LISTED and target not in more:
            labels = [view.labels[symbol.id] for symbol, _ in rows]
            sources = tuple(fact.id for _, fact in rows)
            base = symbols[target]
            yield make_fact("hierarchy", "subclassed_by", base, view.labels[target], labels, sources=sources)


def _members(view: View) -> Iterator[Fact]:
    symbols = view.by_id()
    names = Counter(one.name for one in view.every.values() if not one.is_test)
    every: dict[int, set[str]] = defaultdict(set)
    for one in view.every.values():
        parent = view.every.get(one.parent_id or -1)
        makes = parent is not None and one.name in (parent.name, "constructor")
        is_method = one.kind in METHODS or (one.kind == "property" and one.language == "ruby")
        if parent is not None and is_method and not makes and not one.name.startswith("__"):
            every[parent.id].add(one.name)
    added = _added_to(view)
    for parent_id, members in members_by_parent(view).items():
        parent = symbols.get(parent_id)
        methods = [m for m in members if m.kind in METHODS and not m.name.startswith("__")]
        if parent is None or parent.kind not in CLASS_KINDS or not methods:
            continue
        listed = [method.name for method in methods[:MAX_LISTED]]
        more = "" if len(methods) == len(listed) else str(len(methods))
        if parent_id in added or not every[parent_id] <= {method.name for method in methods}:
            more = "others"  # those without a label, or whose names only running the code tells
        forward = make_fact("hierarchy", "has_methods", parent, view.labels[parent_id], listed, text=more)
        yield forward
        for method in methods[:MAX_LISTED]:
            if names[method.name] == 1:
                owner = [view.labels[parent_id]]
                yield make_fact("hierarchy", "member_of", method, method.name, owner, sources=(forward.id,))


def _added_to(view: View) -> frozenset[int]:
    """Classes that get methods when the code runs."""
    sources = Sources(view)
    scripts = [one.path for one in view.files if one.language in ("javascript", "typescript")]
    text = "\n".join(line for path in scripts for line in sources.lines_of(path))
    names = {name for found in _ADDED.findall(text) for name in found if name}
    return frozenset(
        one.id for one in view.symbols if one.kind in CLASS_KINDS
        and (one.name in names if one.language in ("javascript", "typescript") else one.language == "ruby"
             and _MAKES_METHODS.search("\n".join(sources.lines_of(one.path)[one.line - 1 : one.end_line])))
    )  # fmt: skip
