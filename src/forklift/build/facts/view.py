"""What the facet modules look at: the index in memory, with the names people use for its symbols."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from forklift.build.facts.comments import is_about, is_of_file
from forklift.index import Index
from forklift.records import Fact, File, Reference, Symbol

CLASS_KINDS = frozenset({"class", "struct", "union", "enum", "interface", "trait", "module"})
CALLABLE_KINDS = frozenset({"function", "method", "constructor", "property", "macro"})
VALUE_KINDS = frozenset({"constant", "variable", "attribute", "macro"})
NAMED_LIKE_CLASS = frozenset({"java", "c#", "c++"})  # languages in which constructors are
SUBJECT_KINDS = CLASS_KINDS | CALLABLE_KINDS | VALUE_KINDS | frozenset({"typedef", "type"})
ASIDE = frozenset(
    {"doc", "docs", "example", "examples", "_examples", "sample", "samples"}
)  # folders whose code serves the documentation
RUBY = frozenset(
    "Array Base64 BasicObject Benchmark BigDecimal Binding CGI CSV Class Comparable Complex DRb Data Date DateTime "
    "Delegator Digest Dir ERB Encoding Enumerable Enumerator Etc Exception FalseClass Fiber File FileTest FileUtils "
    "Find Fixnum Float Forwardable GC Gem Hash IO Integer JSON Kernel Logger Marshal MatchData Math Method Minitest "
    "Module Monitor Mutex Net NilClass Numeric Object ObjectSpace Open3 OpenSSL OpenStruct OptionParser Pathname Proc "
    "Process Psych Queue REXML Ractor Random Range Rational RbConfig Regexp RubyVM SecureRandom Set Shellwords Signal "
    "SimpleDelegator Singleton Socket StandardError String StringIO Struct Symbol Tempfile Thread Time Timeout "
    "TracePoint TrueClass URI UnboundMethod WEBrick YAML Zlib".split()
)
"""What Ruby and its standard library have at the top."""


@dataclass(frozen=True)
class View:
    """The symbols worth stating facts about, each with a label that means it and nothing else."""

    name: str  # of the repository
    files: Sequence[File]
    symbols: Sequence[Symbol]  # best rank first; no tests, none whose label would be ambiguous
    labels: Mapping[int, str]  # of those symbols
    references: Sequence[Reference]
    ambiguous: int  # symbols left out because no short name tells them apart
    every: Mapping[int, Symbol]  # all symbols by id: those of tests, members and ambiguous ones too
    index: Index  # open, for the source lines

    def by_id(self) -> dict[int, Symbol]:
        """The symbols by their id."""
        return {symbol.id: symbol for symbol in self.symbols}


def view_of(index: Index) -> View:
    """The view of an index."""
    every = {symbol.id: symbol for symbol in index.symbols()}
    reopened = _reopened(every.values())
    lines_of = lru_cache(maxsize=8)(lambda path: index.lines(path, 1, 10_000_000))
    wanted = [
        _as_people_say(_with_own_doc(s, lines_of), every)
        for s in every.values()
        if s.kind in SUBJECT_KINDS
        and not s.is_test
        and s.id not in reopened
        and s.path.partition("/")[0] not in ASIDE
        and all(part.strip("_") for part in s.qualified_name.split("."))
        and (s.kind != "method" or s.parent_id is not None or "." in s.qualified_name)  # else of what cannot be named
    ]
    wanted, same = _without_overloads(wanted)
    labels = _labels(wanted)
    symbols = sorted((s for s in wanted if s.id in labels), key=lambda s: (-s.rank, s.path, s.line))
    files = [one if is_of_file(one, lines_of) else replace(one, doc="") for one in index.files() if not one.is_test]
    left_out = len(wanted) - len(labels)
    references = [
        _of_one(replace(one, target_id=None) if one.target_id in reopened else one, same) for one in index.references()
    ]
    return View(index.meta["name"], files, symbols, labels, references, left_out, every, index)


def _reopened(symbols: Collection[Symbol]) -> frozenset[int]:
    """Classes and modules of Ruby's own, to which a repository that is not their home only adds."""
    homes = {one.path.removeprefix("lib/").split("/")[0].removesuffix(".rb") for one in symbols
             if one.path.startswith("lib/")}  # fmt: skip
    own = {name for name in RUBY if name.lower() not in homes}
    return frozenset(
        one.id for one in symbols
        if one.language == "ruby" and one.kind in CLASS_KINDS and one.qualified_name.partition(".")[0] in own
    )  # fmt: skip


def _of_one(one: Reference, same: Mapping[int, int]) -> Reference:
    """A reference from or to one of several overloads as one of the overload that speaks for all."""
    if one.scope_id not in same and one.target_id not in same:
        return one
    scope, target = (
        same.get(number, number) if number is not None else None for number in (one.scope_id, one.target_id)
    )
    return replace(one, scope_id=scope, target_id=target)


def _with_own_doc(symbol: Symbol, lines_of: Callable[[str], Sequence[str]]) -> Symbol:
    """A symbol without its documentation where that may be about something else, too."""
    if not symbol.doc or symbol.language == "python" or is_about(symbol, lines_of(symbol.path)):
        return symbol
    return replace(symbol, doc="")


def _as_people_say(symbol: Symbol, every: Mapping[int, Symbol]) -> Symbol:
    """A variable of a class is what people call an attribute; a method that makes its objects, a constructor."""
    parent = every.get(symbol.parent_id or -1)
    if symbol.kind == "variable" and parent and parent.kind in CLASS_KINDS:
        return replace(symbol, kind="attribute")
    scripted = symbol.name == "constructor" and symbol.language in ("javascript", "typescript")
    named = parent is not None and symbol.name == parent.name and symbol.language in NAMED_LIKE_CLASS
    return replace(symbol, kind="constructor") if symbol.kind == "method" and (scripted or named) else symbol


def _without_overloads(symbols: Sequence[Symbol]) -> tuple[list[Symbol], dict[int, int]]:
    """Of the overloads of one function, which share their name, the one that speaks for all: documented, central.
    And the id of that one for each of the others."""
    best: dict[tuple[object, ...], Symbol] = {}
    keys: dict[int, tuple[object, ...]] = {}
    for symbol in symbols:
        # Rust has none: two of one name are variants, or methods of two traits
        overloads = symbol.kind in CALLABLE_KINDS and (symbol.language != "rust" or symbol.parent_id is None)
        callable_name = symbol.qualified_name if overloads else symbol.id
        key = (symbol.path, symbol.parent_id, callable_name)
        keys[symbol.id] = key
        known = best.get(key)
        if known is None or (bool(symbol.doc), symbol.rank) > (bool(known.doc), known.rank):
            best[key] = symbol
    return list(best.values()), {id: best[key].id for id, key in keys.items() if best[key].id != id}


def _labels(symbols: Iterable[Symbol]) -> dict[int, str]:
    """The shortest label that is unique: "Signer.sign", else with its file's stem before it: "signer.sign"; of a
    class also with the folder before that. A class is what its name means, though a variable may have it too."""
    labels: dict[int, str] = {}
    rest = list(symbols)
    classes = {symbol.name for symbol in rest if symbol.kind in CLASS_KINDS}
    owners = classes | {symbol.name for symbol in rest if symbol.kind == "function"}
    taken = {symbol.qualified_name for symbol in rest}
    values = Counter(one.qualified_name for one in rest if one.kind in VALUE_KINDS)
    for name in (_qualified, _with_stem):
        counts = Counter(name(symbol) for symbol in rest)
        for one in rest:
            label = name(one)
            others = counts[label] - (values[label] if one.kind in CLASS_KINDS and name is _qualified else 0)
            free = label == one.qualified_name or label not in taken
            if others == 1 and free and not _misleads(one, label, classes if one.kind in CLASS_KINDS else owners):
                labels[one.id] = label
        rest = [s for s in rest if s.id not in labels]
    rest = [symbol for symbol in rest if symbol.kind in CLASS_KINDS]  # without which no list of them would be whole
    counts = Counter(map(_with_folder, rest))
    return labels | {
        s.id: label for s in rest
        if counts[label := _with_folder(s)] == 1 and label not in taken and not _misleads(s, _with_stem(s), classes)
    }  # fmt: skip


def _misleads(symbol: Symbol, label: str, owners: Container[str]) -> bool:
    """Whether a label with the file's stem looks like a member of a class or function that is called like the file."""
    return label != symbol.qualified_name and label.partition(".")[0] in owners


def _qualified(symbol: Symbol) -> str:
    return symbol.qualified_name


def _with_stem(symbol: Symbol) -> str:
    path = PurePosixPath(symbol.path)
    stem = path.parent.name if path.stem == "__init__" else path.stem.partition("`")[0]  # of "List`1.cs"
    if stem == symbol.name and symbol.kind in CLASS_KINDS:  # else it would look like the constructor
        return _above(path) + symbol.qualified_name
    return f"{stem}.{symbol.qualified_name}"


def _with_folder(symbol: Symbol) -> str:
    path = PurePosixPath(symbol.path)
    return _above(path) + _with_stem(symbol)


def _above(path: PurePosixPath) -> str:
    above = path.parent.parent.name if path.stem == "__init__" else path.parent.name
    return f"{above}." if above else ""


def members_by_parent(view: View) -> dict[int, list[Symbol]]:
    """Symbols by the id of the symbol that contains them, best rank first."""
    members = defaultdict(list)
    for symbol in view.symbols:
        if symbol.parent_id is not None:
            members[symbol.parent_id].append(symbol)
    return members


def make_fact(facet: str, relation: str, symbol: Symbol, subject: str, objects: Iterable[str], **more: Any) -> Fact:
    """A fact about `symbol`, called `subject`, with the symbol's definition as evidence unless `more` says else.

    The symbol is only the evidence where `more` names another `subject_kind`: "directory", "repository".
    """
    objects = tuple(objects)
    values: dict[str, Any] = {
        "subject_kind": symbol.kind,
        "path": symbol.path,
        "line": symbol.line,
        "end_line": symbol.end_line,
        "rank": symbol.rank,
    } | more
    return Fact(
        id=fact_id(relation, subject, *objects, values.get("text", "")),
        facet=facet,
        relation=relation,
        subject=subject,
        objects=objects,
        **values,
    )


def fact_id(*parts: str) -> str:
    """A stable id: the same statement has the same id in every build."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
