"""What the facet modules look at: the index in memory, with the names people use for its symbols."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from forklift.index import Index
from forklift.records import Fact, File, Reference, Symbol

CLASS_KINDS = frozenset({"class", "struct", "union", "enum", "interface", "trait", "module"})
CALLABLE_KINDS = frozenset({"function", "method", "property", "macro"})
VALUE_KINDS = frozenset({"constant", "variable", "attribute", "macro"})
SUBJECT_KINDS = CLASS_KINDS | CALLABLE_KINDS | VALUE_KINDS | frozenset({"typedef", "type"})
ASIDE = frozenset({"doc", "docs", "example", "examples"})  # folders whose code serves the documentation


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
    wanted = [
        _as_attribute(s, every)
        for s in every.values()
        if s.kind in SUBJECT_KINDS and not s.is_test and s.path.partition("/")[0] not in ASIDE
    ]
    wanted = _without_overloads(wanted)
    labels = _labels(wanted)
    symbols = sorted((s for s in wanted if s.id in labels), key=lambda s: (-s.rank, s.path, s.line))
    files = [file for file in index.files() if not file.is_test]
    left_out = len(wanted) - len(labels)
    return View(index.meta["name"], files, symbols, labels, index.references(), left_out, every, index)


def _as_attribute(symbol: Symbol, every: Mapping[int, Symbol]) -> Symbol:
    """A variable of a class is what people call an attribute."""
    parent = every.get(symbol.parent_id or -1)
    if symbol.kind == "variable" and parent and parent.kind in CLASS_KINDS:
        return replace(symbol, kind="attribute")
    return symbol


def _without_overloads(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Of the overloads of one function, which share their name, the one that speaks for all: documented, central."""
    best: dict[tuple[object, ...], Symbol] = {}
    for symbol in symbols:
        callable_name = symbol.qualified_name if symbol.kind in CALLABLE_KINDS else symbol.id
        key = (symbol.path, symbol.parent_id, callable_name)
        known = best.get(key)
        if known is None or (bool(symbol.doc), symbol.rank) > (bool(known.doc), known.rank):
            best[key] = symbol
    return list(best.values())


def _labels(symbols: Iterable[Symbol]) -> dict[int, str]:
    """The shortest label that is unique: "Signer.sign", else with its file's stem before it: "signer.sign"."""
    labels: dict[int, str] = {}
    rest = list(symbols)
    for name in (_qualified, _with_stem):
        counts = Counter(name(symbol) for symbol in rest)
        labels |= {s.id: name(s) for s in rest if counts[name(s)] == 1}
        rest = [s for s in rest if s.id not in labels]
    return labels


def _qualified(symbol: Symbol) -> str:
    return symbol.qualified_name


def _with_stem(symbol: Symbol) -> str:
    path = PurePosixPath(symbol.path)
    stem = path.parent.name if path.stem == "__init__" else path.stem
    return f"{stem}.{symbol.qualified_name}"


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


_ASIDE = re.compile(r"\.\.|>>>|@|:[^:`]+:(?!`)")  # directives, doctests, fields; a role (":class:`X`") is prose
_UNDERLINE = re.compile(r"([-=~^*+#])\1\1+$")
_ROLE = re.compile(r":[\w:+.-]+:`~?!?\.?([^`<]+?)(?:\s*<[^>]*>)?`")
_MARKUP = re.compile(r"``([^`]+)``|\*\*([^*]+)\*\*")
_SENTENCE_END = re.compile(r"(?<=[\w)`'\"])[.!?](?=\s|$)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp)|\b[A-Z])\.$")


def first_sentence(doc: str, max_chars: int = 200) -> str:
    """The first sentence of a doc comment as plain prose, without its final full stop; "" when it says nothing.

    Field lists (":param x:"), directives and doctest lines are no prose. Longer sentences are cut at a word.
    """
    text = _MARKUP.sub(lambda m: f"`{m[1]}`" if m[1] else m[2], _ROLE.sub(r"`\1`", _first_paragraph(doc)))
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: end.end()]):
            text = text[: end.start()]
            break
    text = text.strip().rstrip(".: ")
    if len(text) > max_chars:
        text = text[:max_chars].rsplit(" ", 1)[0].rstrip(",;:") + "..."
    return text if re.search(r"[A-Za-z]{3}", text) else ""


def _first_paragraph(doc: str) -> str:
    """The first lines of prose, joined; what follows a field, directive or doctest line belongs to it."""
    paragraph: list[str] = []
    aside = False
    for line in doc.strip().splitlines():
        stripped = line.strip().lstrip("*").strip()
        if _UNDERLINE.match(line.strip()):
            paragraph.clear()  # it was a title
        elif not stripped or _ASIDE.match(stripped):
            if paragraph:
                break
            aside = bool(_ASIDE.match(stripped))
        elif not aside:
            paragraph.append(stripped)
    return " ".join(paragraph)
