"""What one can ask about beside names: the topics of a repository, read from its files, names and documentation.

"How does it handle redirects?" names no symbol. Its topic, "redirects", is a word that several names share, the stem
of a file, a class spelt out, or two words that stand together in the documentation again and again.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from forklift.build.facts.view import CLASS_KINDS, View
from forklift.index import META, split_identifier
from forklift.records import Symbol

FEWEST = 3  # names that share a word, or documents that share a phrase
LARGEST_SHARE = 0.08  # of all names: a word of more says nothing
MIN_CHARS = 4
VERBS = frozenset(
    "get set add del delete remove make create build run call init new check find test load save send open close read "
    "write start stop update from into with only list name names value values data item items type types self "
    "that this than then them they also more most must should would could when where which while each other after "
    "before between returns return raises raise true false none null default optional param args kwargs".split()
)
_WORD = re.compile(r"[A-Za-z][a-z]+")


@dataclass(frozen=True, slots=True)
class Topic:
    """A phrase that people ask about, and how central what it names is, 0..1."""

    phrase: str
    rank: float


def topics(view: View) -> list[Topic]:
    """The topics of a repository, the most central first, each once however it is inflected."""
    found: dict[str, Topic] = {}
    for topic in sorted(_candidates(view), key=lambda each: (-each.rank, each.phrase)):
        found.setdefault(_key(topic.phrase), topic)
    return list(found.values())


def _key(phrase: str) -> str:
    return " ".join(sorted(word.rstrip("s") for word in phrase.split()))


def _candidates(view: View) -> Iterator[Topic]:
    yield from _files(view)
    yield from _classes(view)
    yield from _shared_words(view)
    yield from _phrases(view)


def _telling(word: str) -> bool:
    return len(word) >= MIN_CHARS and word not in META and word not in VERBS and word not in ENGLISH_STOP_WORDS


def _files(view: View) -> Iterator[Topic]:
    """The stem of each file, in words."""
    ranks: dict[str, float] = defaultdict(float)
    for symbol in view.symbols:
        ranks[symbol.path] = max(ranks[symbol.path], symbol.rank)
    for path, rank in ranks.items():
        words = split_identifier(PurePosixPath(path).stem)
        if words and any(map(_telling, words)):
            yield Topic(" ".join(words), rank)


def _classes(view: View) -> Iterator[Topic]:
    """Classes of two words and more, spelt out."""
    for symbol in view.symbols:
        words = split_identifier(symbol.name)
        if symbol.kind in CLASS_KINDS and len(words) > 1 and any(map(_telling, words)):
            yield Topic(" ".join(words), symbol.rank)


def _shared_words(view: View) -> Iterator[Topic]:
    """Words that some names share, and not too many; as central as the second of those names."""
    sharing: Mapping[str, list[Symbol]] = defaultdict(list)
    for symbol in view.symbols:
        for word in set(split_identifier(symbol.name)):
            if _telling(word):
                sharing[word].append(symbol)
    most = max(FEWEST, LARGEST_SHARE * len(view.symbols))
    for word, symbols in sharing.items():
        if FEWEST <= len(symbols) <= most:
            yield Topic(word, _second(symbols))


def _phrases(view: View) -> Iterator[Topic]:
    """Two telling words side by side in the documentation of several symbols or files."""
    documented: Mapping[str, list[float]] = defaultdict(list)
    texts = [*((symbol.doc, symbol.rank) for symbol in view.symbols), *((file.doc, 0.5) for file in view.files)]
    for doc, rank in texts:
        for phrase in set(pairs(doc)):
            documented[phrase].append(rank)
    for phrase, ranks in documented.items():
        if len(ranks) >= FEWEST:
            yield Topic(phrase, sorted(ranks)[-2])


def pairs(doc: str) -> Iterator[str]:
    """The phrases of two telling words that stand side by side in a text."""
    words = _WORD.findall(doc)
    for one, other in pairwise(words):
        pair = (one.lower(), other.lower())
        if all(map(_telling, pair)) and f"{one} {other}" in doc:
            yield " ".join(pair)


def _second(symbols: Sequence[Symbol]) -> float:
    return sorted(symbol.rank for symbol in symbols)[-2]
