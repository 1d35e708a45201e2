"""Near repeats: a test question must not be a training wording with another name in it.

Wordings are compared as templates: what is asked about is masked; case, punctuation and spacing are dropped. How near
a test template is to a training template is the share of its character 5-grams that the other has as well
(containment, Broder 1997), so a longer training wording around it hides nothing; nor does a longer test wording
around a whole training wording of WHOLE_WORDS words or more: that counts as 1.

Where NEAR lies was read off the grammars: of two wordings that one training template stands for, 95% share at least
.56; test wordings share at most .44 with any training wording, .50 where they ask for two hops of facts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from forklift.build.teachers.gist import gist
from forklift.build.variants import MEANT
from forklift.index import split_identifier
from forklift.records import Question

NGRAM = 5
NEAR = 0.55
SHARES_ABOVE = (0.3, 0.4, 0.5)
TEST_SPLITS = ("A", "B", "C", "D")
WHOLE_WORDS = 4  # "N which file" stands in many an independent question
REASON = "test wording nearly repeats a training wording"
MASK = "N"  # the rest is in lower case
ROWS_AT_ONCE = 256
SLIP = 75  # percent: what a misspelt word of five letters or more still shares with the right one

_ANY, _MARKS = "", ",.:;?!"
_QUOTED = re.compile('`[^`]*`|"[^"]*"')  # a name, a text
_PIECE = re.compile(r"[\w./-]+(?:\(\))?")
_APART = "\0"  # around the mask of what was quoted: no part of the words beside it
_PARAMETER = re.compile(r"In `[^`]*`, `\**([^`]*)` defaults to ")
_WORD = re.compile(r"\w+")
_WITH_KIND = re.compile(f"the {MASK} [a-z]+ of {MASK}|the [a-z]+ {MASK}")


@dataclass(frozen=True, slots=True)
class Near:
    """The training template nearest to a test template; 1 when one of them stands in the other."""

    similarity: float
    template: str


def template(question: Question) -> str:
    """The wording with what it is about masked, in lower case, without punctuation."""
    text = question.prompt
    text = _unspoken(text, question.subject) if "the " in text else text
    for phrase in _phrases(question.subject):
        text = text.replace(phrase, f"`{MASK}`")
    names = _names(question.subject) | _parameters(question.completion)
    masked = _QUOTED.sub(f"{_APART}{MASK}{_APART}", text.lower())
    if any(name in masked for name in names):
        masked = _PIECE.sub(lambda piece: MASK if _is_name(piece[0], names) else piece[0], masked)
    return _WITH_KIND.sub(MASK, " ".join(_WORD.findall(masked.replace(_APART, ""))))


@lru_cache(maxsize=10_000)
def _phrases(subject: str) -> tuple[str, ...]:
    """What several words say of it: itself, its words, what it does."""
    return tuple(said for said in (subject, " ".join(split_identifier(subject)), gist(subject)) if " " in said)


@lru_cache(maxsize=10_000)
def _names(subject: str) -> frozenset[str]:
    return frozenset((subject.lower(), *subject.lower().split(".")))


@lru_cache(maxsize=10_000)
def _parameters(completion: str) -> frozenset[str]:
    return frozenset(map(str.lower, _PARAMETER.findall(completion)))


def _unspoken(text: str, subject: str) -> str:
    """The wording with the name masked where it is said in plain words, one of them misspelt perhaps."""
    pattern = _spoken(subject)
    tokens = text.split(" ")
    said = [token.strip(_MARKS).lower() for token in tokens]
    for start in range(len(tokens) - len(pattern) + 1) if pattern else ():
        if said[start] == "the" and all(map(_is_slip, said[start : start + len(pattern)], pattern)):
            after = tokens[start + len(pattern) - 1]
            end = after[len(after.rstrip(_MARKS)) :]
            return " ".join([*tokens[:start], f"`{MASK}`{end}", *tokens[start + len(pattern) :]])
    return text


def _is_slip(said: str, word: str) -> bool:
    return word in (said, _ANY) or fuzz.ratio(said, word) >= SLIP


@lru_cache(maxsize=10_000)
def _spoken(subject: str) -> tuple[str, ...]:
    """The words for a name, whatever kind of thing it is: the, close, any, of, session."""
    owner, _, last = subject.rpartition(".")
    words, around = split_identifier(last), split_identifier(owner)
    return ("the", *words, _ANY, *(("of", *around) if around else ())) if words else ()


def _is_name(piece: str, names: frozenset[str]) -> bool:
    return piece.rstrip(".").removesuffix("()") in names


def without_near_repeats(questions: Sequence[Question]) -> tuple[list[Question], Counter[str], dict[str, Any]]:
    """The questions without the test questions that are NEAR a training wording; how many went, by reason; and how near
    the others come, as `measure_overlap` says it."""
    near = _nearest(questions)
    repeats = {number for number, found in near.items() if found.similarity >= NEAR}
    kept = [question for number, question in enumerate(questions) if number not in repeats]
    left = {number: found for number, found in near.items() if number not in repeats}
    return kept, Counter({REASON: len(repeats)} if repeats else {}), _measured(questions, left)


def without_near_tests(candidates: Sequence[Question], tests: Sequence[Question]) -> list[Question]:
    """The candidates for training that no test question nearly repeats (NEAR, or one wording inside the other)."""
    asked = list(dict.fromkeys(template(question) for question in tests if question.split in TEST_SPLITS))
    wordings = [template(question) for question in candidates]
    if not asked or not wordings:
        return list(candidates)
    found = [nearest for nearest, row in _by_test(asked, list(dict.fromkeys(wordings))) if row >= NEAR]
    whole = {text for text in wordings if len(text.split()) >= WHOLE_WORDS}
    near = {*found, *(span for text in asked for span in _spans(text) if span in whole)}
    return [question for question, text in zip(candidates, wordings, strict=True) if text not in near]


def _by_test(asked: Sequence[str], training: Sequence[str]) -> Iterator[tuple[str, float]]:
    """For each template of training, how near the nearest of the tests comes to it."""
    import numpy as np

    trained, tested = _grams(asked, training)
    sizes = np.asarray(tested.sum(1)).ravel()
    nearest = np.zeros(len(training))
    for start in range(0, len(asked), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        shared = (tested[rows].multiply(1 / sizes[rows, None]).tocsr() @ trained).max(0)
        nearest = np.maximum(nearest, np.asarray(shared.todense()).ravel())
    yield from zip(training, map(float, nearest), strict=True)


def measure_overlap(questions: Sequence[Question]) -> dict[str, Any]:
    """How near the test wordings come to the training wordings, by split: plain JSON, similarities 0..1."""
    return _measured(questions, _nearest(questions))


def _measured(questions: Sequence[Question], near: Mapping[int, Near]) -> dict[str, Any]:
    splits = {split: {n: near[n] for n in near if questions[n].split == split} for split in TEST_SPLITS}
    return {
        "ngram": NGRAM,
        "near": NEAR,
        "splits": {split: _summary(found, questions) for split, found in splits.items()},
    }


def _summary(near: Mapping[int, Near], questions: Sequence[Question]) -> dict[str, Any]:
    if not near:
        return {"n": 0, "highest": None, "mean": None, "above": {}, "nearest": None}
    similarities = [found.similarity for found in near.values()]
    highest = max(near, key=lambda number: near[number].similarity)
    return {
        "n": len(near),
        "highest": max(similarities),
        "mean": sum(similarities) / len(near),
        "above": {str(share): sum(s > share for s in similarities) / len(near) for share in SHARES_ABOVE},
        "nearest": {"test": template(questions[highest]), "train": near[highest].template},
    }


def _nearest(questions: Sequence[Question]) -> dict[int, Near]:
    """For the number of each test question, what is nearest to it among the templates of training."""
    tests = {n: template(question) for n, question in enumerate(questions) if question.split in TEST_SPLITS}
    training = list(dict.fromkeys(template(question) for question in questions if _is_wording(question)))
    asked = list(dict.fromkeys(tests.values()))
    if not training or not asked:
        return {}
    found = dict(zip(asked, nearest_templates(asked, training), strict=True))
    return {number: found[text] for number, text in tests.items()}


def _is_wording(question: Question) -> bool:
    """Whether training asks so; what only adds facts before a question, or misspells it, asks as another one does."""
    return question.split == "train" and question.direction != "reading" and not question.completion.startswith(MEANT)


def nearest_templates(asked: Sequence[str], training: Sequence[str]) -> list[Near]:
    """For each template asked, the nearest of training; both lists hold something."""
    known = frozenset(text for text in training if len(text.split()) >= WHOLE_WORDS)
    quoted = (next((span for span in _spans(text) if span in known), None) for text in asked)
    near = zip(quoted, _by_grams(asked, training), strict=True)
    return [found if whole is None else Near(1.0, whole) for whole, found in near]


def _spans(text: str) -> Iterator[str]:
    """Every run of WHOLE_WORDS words or more, longest first."""
    words = text.split()
    for length in range(len(words), WHOLE_WORDS - 1, -1):
        yield from (" ".join(words[at : at + length]) for at in range(len(words) - length + 1))


def _by_grams(asked: Sequence[str], training: Sequence[str]) -> Iterator[Near]:
    import numpy as np

    trained, tested = _grams(asked, training)
    for start in range(0, len(asked), ROWS_AT_ONCE):
        rows = tested[start : start + ROWS_AT_ONCE]
        shared = rows @ trained
        most, best = np.asarray(shared.max(1).todense()).ravel(), np.asarray(shared.argmax(1)).ravel()
        shares = most / np.asarray(rows.sum(1)).ravel()
        yield from (Near(float(share), training[at]) for share, at in zip(shares, best, strict=True))


def _grams(asked: Sequence[str], training: Sequence[str]) -> tuple[Any, Any]:
    """Which n-grams each template has: of training a column each, of the tests a row."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [f"_{text}_".replace(" ", "_").ljust(NGRAM, "_") for text in (*training, *asked)]
    counter = CountVectorizer(analyzer="char", ngram_range=(NGRAM, NGRAM), lowercase=False, binary=True)
    grams = counter.fit_transform(texts).astype(np.float64)
    return grams[: len(training)].T.tocsc(), grams[len(training) :]
