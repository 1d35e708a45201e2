"""A briefing: what the index alone says about a topic, as a colleague would begin: which files, which classes, with
which of their parts. No model says it; the built-in teacher teaches it, retrieval puts it before questions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from forklift.index import WITHHELD, Index, around, first_sentence
from forklift.records import Symbol

FILES, DOCUMENTS = 4, 2
NAMES, PARTS = 16, 4
DOC_CHARS = 60
MAX_CHARS = 380  # of an answer, a little less than 128 tokens

DANGLING = frozenset(
    "a an the and or but of to in on for with by from as that which while when is are was it its".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One class, function or the like, with those of its parts that are to the point."""

    symbol: Symbol
    doc: str  # the beginning of its documentation; "" when there is none
    parts: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """What lies around a topic, best first."""

    files: tuple[str, ...]  # as short as they are unambiguous
    documents: tuple[str, ...]
    entries: tuple[Entry, ...]


@lru_cache(maxsize=64)  # what a lesson says of a topic is shown again when it is asked about
def brief(index: Index, topic: str) -> Brief:
    """The briefing about the words of `topic`, which may be a whole question. Deterministic; may be empty."""
    found = around(index, topic)
    short = index.short_path
    files = [short(path) for path in found.files[:FILES]]
    documents = [short(path) for path in found.documents[:DOCUMENTS]]
    parts: dict[Symbol, dict[str, Symbol]] = {}
    for one in found.symbols[:NAMES]:
        whole = found.wholes[one.id]
        named = parts.setdefault(whole, {})
        if one != whole and len(named) < PARTS:
            named.setdefault(one.name, one)
    entries = [Entry(whole, _beginning(whole.doc), tuple(named.values())) for whole, named in parts.items()]
    return Brief(tuple(files), tuple(documents), tuple(entries))


def told(said: Brief, topic: str, max_chars: int = MAX_CHARS) -> str:
    """The briefing as prose of at most `max_chars` characters (its first sentence always); "" when it is empty."""
    return " ".join(text for text, _ in pieces(said, topic, max_chars))


def pieces(said: Brief, topic: str, max_chars: int = MAX_CHARS) -> list[tuple[str, Symbol | None]]:
    """`told`, in pieces, each with the symbol that it speaks of."""
    where = _where(said)
    if not where:
        return []
    found: list[tuple[str, Symbol | None]] = [(f"{topic[:1].upper()}{topic[1:]}: see {where}.", None)]
    left = max_chars - len(found[0][0])
    for number, entry in enumerate(said.entries):
        before = ("Central is ", "Beside it ")[number] if number < 2 else ""
        text = f"{before}{entry_phrase(entry if number == 0 else replace(entry, doc=''))}."
        left -= len(text) + 1
        if left < 0:
            break
        if number > 1:  # goes on with the sentence before
            found[-1] = (f"{found[-1][0][:-1]};", found[-1][1])
        found.append((text, entry.symbol))
    return found


def names_told(said: Brief, text: str) -> tuple[str, ...]:
    """The files and names of the briefing that stand in `text`, in their order."""
    names = [*said.files, *(name for entry in said.entries for name in (entry.symbol.name, *_names(entry.parts)))]
    return tuple(name for name in dict.fromkeys(names) if f"`{name}`" in text)


def _where(said: Brief) -> str:
    """The files, and the documents beside them or alone; "" when there is nothing."""
    if not said.files and not said.entries:
        return listed(said.documents) if said.documents else ""
    where = listed(said.files) if said.files else f"`{said.entries[0].symbol.path}`"
    return f"{where} (documentation: {listed(said.documents)})" if said.documents else where


def entry_phrase(entry: Entry) -> str:
    """`HTTPAdapter` ("The built-in HTTP Adapter") with `send` and `close`"""
    doc = f' ("{entry.doc}")' if entry.doc else ""
    parts = f" with {listed(_names(entry.parts))}" if entry.parts else ""
    return f"`{entry.symbol.name}`{doc}{parts}"


@lru_cache(maxsize=4096)  # the same symbols lie around many topics
def _beginning(doc: str) -> str:
    """The first words of a documentation, not ending in the middle of a phrase."""
    sentence = first_sentence(doc, DOC_CHARS)
    words = [] if WITHHELD in sentence else sentence.removesuffix("...").split()
    while words and words[-1].lower() in DANGLING:
        words.pop()
    return " ".join(words)


def _names(parts: Sequence[Symbol]) -> list[str]:
    return list(Counter(part.name for part in parts))


def listed(names: Sequence[str]) -> str:
    """Names in backticks as prose: "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
