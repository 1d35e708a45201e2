"""Facet absence in documents: headings and terms near to real ones that nobody wrote. The operators of training and of
tests are disjoint."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from forklift.grading import content_words
from forklift.index import Index
from forklift.records import Fact

NAMING = {"section_says": "section", "section_in": "section", "term_means": "term"}
"""Relations whose subject is a heading or a term, and what that is called."""

Operator = Callable[[list[str], Sequence[str], random.Random], list[str]]

_GENERAL = (
    "payments shipping holidays salaries insurance weather printing transport gardening translations subtitles cooking "
    "elections bicycles furniture astronomy vaccination photography sailing chess"
).split()
_KINDS = "advanced optional common automatic manual remote nested custom legacy offline additional frequent".split()
_SYNONYMS = {
    "guide": "handbook", "overview": "panorama", "setup": "assembly", "installation": "mounting", "usage": "handling",
    "errors": "mishaps", "testing": "rehearsal", "training": "coaching", "limits": "borders", "history": "chronicle",
    "decision": "verdict", "consequences": "aftermath", "questions": "riddles", "results": "yields",
    "keeping": "guarding", "making": "crafting", "building": "erecting", "writing": "penning", "reading": "perusal",
    "changes": "shifts", "options": "alternatives", "security": "protection", "words": "phrases", "files": "folders",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A heading or term that stands nowhere, made from the subject of a fact, and the real one nearest to it."""

    name: str
    closest: str
    what: str  # section or term
    origin: Fact


def training_unwritten(facts: Sequence[Fact], index: Index, count: int, seed: int) -> list[Unwritten]:
    """`count` headings and terms that stand nowhere, by the operators of training; fewer when there are few facts."""
    return _unwritten(facts, index, count, seed, TRAINING_OPERATORS)


def held_out_unwritten(facts: Sequence[Fact], index: Index, count: int, seed: int) -> list[Unwritten]:
    """The same by operators that training never uses."""
    return _unwritten(facts, index, count, seed, HELD_OUT_OPERATORS)


def _unwritten(
    facts: Sequence[Fact], index: Index, count: int, seed: int, operators: Mapping[str, Operator]
) -> list[Unwritten]:
    rng = random.Random(f"{seed} {' '.join(operators)}")
    real = {what: sorted({f.subject for f in facts if NAMING.get(f.relation) == what}) for what in NAMING.values()}
    origins = [fact for fact in facts if fact.relation in NAMING]
    rng.shuffle(origins)
    vocabulary = sorted({word for names in real.values() for name in names for word in _content(name)})
    written = _Written(index)
    found: dict[str, Unwritten] = {}
    for origin in islice(cycle(origins), count * 6):
        if len(found) == count:
            break
        above, colon, heading = origin.subject.rpartition(": ")
        words = heading.split() or [heading]
        made = operators[rng.choice(sorted(operators))](words, vocabulary, rng)
        name = above + colon + " ".join(_cased_like(made, words))
        if name.lower() not in found and not written.has(name):
            what = NAMING[origin.relation]
            found[name.lower()] = Unwritten(name, _closest(name, real[what], origin.subject), what, origin)
    return list(found.values())


class _Written:
    """What stands in the documents."""

    def __init__(self, index: Index) -> None:
        sections = index.sections()
        texts = (text for one in sections for block in one.blocks for text in (block.label, block.text))
        self._text = "\n".join((*(one.heading for one in sections), *texts)).lower()
        self._headings = {frozenset(content_words(one.heading)) for one in sections}

    def has(self, name: str) -> bool:
        """Whether `name` stands somewhere, or a heading of the same words does."""
        return name.lower() in self._text or frozenset(content_words(name)) in self._headings


def _closest(name: str, real: Sequence[str], origin: str) -> str:
    near = process.extractOne(name, real, scorer=fuzz.ratio, score_cutoff=60)
    return near[0] if near else origin


def _content(name: str) -> list[str]:
    words = (word.lower() for word in name.split() if word.isalpha() and len(word) > 3)
    return [word for word in words if word not in ENGLISH_STOP_WORDS]


def _cased_like(words: Sequence[str], model: Sequence[str]) -> list[str]:
    """`words` with the capitals of a heading: of each word, or of the first alone."""
    titled = len(model) > 1 and all(word[:1].isupper() for word in model if len(word) > 3)
    capital = model[0][:1].isupper()
    cased = [word[:1].upper() + word[1:] if titled or (n == 0 and capital) else word for n, word in enumerate(words)]
    moved = not titled and words[0] != model[0] and model[0] in words[1:] and model[0][1:].islower()
    return [word.lower() if moved and n and word == model[0] else word for n, word in enumerate(cased)]


def _places(words: Sequence[str]) -> list[int]:
    """Where words stand that carry the meaning."""
    return [n for n, word in enumerate(words) if word.isalpha() and len(word) > 3] or [len(words) - 1]


def _replace(words: list[str], vocabulary: Sequence[str], rng: random.Random) -> list[str]:
    at = rng.choice(_places(words))
    return [*words[:at], rng.choice([*vocabulary, *_GENERAL]), *words[at + 1 :]]


def _append(words: list[str], vocabulary: Sequence[str], rng: random.Random) -> list[str]:
    return [*words, *rng.choice((["and"], ["for"], ["of"])), rng.choice([*vocabulary, *_GENERAL])]


def _recombine(_: list[str], vocabulary: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample([*vocabulary, *_GENERAL], 2)


def _prepend(words: list[str], vocabulary: Sequence[str], rng: random.Random) -> list[str]:
    return [rng.choice([*vocabulary, *_GENERAL]), *words]


def _synonym(words: list[str], _: Sequence[str], rng: random.Random) -> list[str]:
    places = [n for n, word in enumerate(words) if word.lower() in _SYNONYMS]
    return (
        [_SYNONYMS[w.lower()] if n in places else w for n, w in enumerate(words)] if places else _narrow(words, _, rng)
    )


def _narrow(words: list[str], _: Sequence[str], rng: random.Random) -> list[str]:
    return [rng.choice(_KINDS), *words]


def _without(words: list[str], vocabulary: Sequence[str], rng: random.Random) -> list[str]:
    return [*words, "without", rng.choice([*vocabulary, *_KINDS])]


TRAINING_OPERATORS: Mapping[str, Operator] = {
    "replace": _replace,
    "append": _append,
    "recombine": _recombine,
    "prepend": _prepend,
}
HELD_OUT_OPERATORS: Mapping[str, Operator] = {"synonym": _synonym, "narrow": _narrow, "without": _without}
