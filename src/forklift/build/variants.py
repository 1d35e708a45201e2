"""Other ways to ask for what a lesson says: with a word misspelt, and as a follow-up that names nothing."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from forklift.build.teachers import held_out, training
from forklift.build.teachers.builtin import Lesson, word_forms
from forklift.build.teachers.grammar import wordings
from forklift.build.teachers.misspelling import TEST_SLIPS, TRAINING_SLIPS, Slip, misspelt
from forklift.index import split_identifier
from forklift.records import Fact

MEANT = "You probably mean `"
MISSPELT = frozenset(
    {"defined_in", "documented_as", "overview", "parameters", "calls", "called_by", "has_methods", "inherits"}
)
BEGINNINGS = frozenset({"defined_in", "documented_as", "parameters", "inherits", "has_methods", "calls", "returns"})
FOLLOW_UP_AT, MISSPELT_AT = 3, 8  # so early among the wordings of a lesson that few exposures meet them too
MISSPELT_SUBJECTS = 200  # the most central ones
TESTED = 60  # subjects that tests ask about in each of these ways, once


@dataclass(frozen=True, slots=True)
class Taught:
    """One lesson, the facts it states, and how it is asked for."""

    facts: Sequence[Fact]
    told: Lesson
    relation: str  # a key of the grammars: "overview" for several facts

    @property
    def subject(self) -> str:
        return self.facts[0].subject


@dataclass(frozen=True, slots=True)
class Variant:
    """A wording with what was said before it, and the lesson that answers it; `at`: its place among the wordings."""

    split: Literal["train", "A"]
    at: int
    prompt: str
    history: tuple[str, ...]
    told: Lesson


@dataclass(frozen=True)
class Style:
    """What one side, training or tests, words its variants with."""

    split: Literal["train", "A"]
    grammar: Mapping[str, Sequence[str]]
    follow_ups: Mapping[str, Sequence[str]]
    slips: Sequence[Slip]


TRAINED = Style("train", training.TRAINING, training.FOLLOW_UPS, TRAINING_SLIPS)
TESTING = Style("A", held_out.TEST, held_out.FOLLOW_UPS, TEST_SLIPS)


def variants(taught: Sequence[Taught], words: Collection[str], seed: int) -> Mapping[int, Sequence[Variant]]:
    """The variants of each lesson, by its number; the most central subjects come first in `taught`. `words` of real
    names are no misspelling of others."""
    beginnings = _beginnings(taught)
    spoken = (one.subject for one in taught if word_forms(one.subject, one.facts[0].subject_kind))
    central = set(list(dict.fromkeys(spoken))[:MISSPELT_SUBJECTS])
    tested: dict[str, set[str]] = {"misspelt": set(), "follow-up": set()}
    found: dict[int, list[Variant]] = defaultdict(list)
    for number, one in enumerate(taught):
        for style in (TRAINED, TESTING):
            ways = {"follow-up": list(follow_up(one, beginnings.get(one.subject, ()), style, seed))}
            if one.subject in central:
                ways["misspelt"] = list(misspelling(one, words, style, seed))
            for way, made in ways.items():
                if style is TRAINED or _is_due(one, way, made, tested[way]):
                    found[number] += made
    return found


def _is_due(one: Taught, way: str, made: Sequence[Variant], tested: set[str]) -> bool:
    """Whether tests ask for this lesson so: some of each subject's lessons, so that all relations have their turn."""
    lot = random.Random(f"{way} {one.facts[0].id} {one.relation}").random()
    due = bool(made) and lot < 0.3 and one.subject not in tested and len(tested) < TESTED
    if due:
        tested.add(one.subject)
    return due


def _beginnings(taught: Sequence[Taught]) -> Mapping[str, Sequence[Taught]]:
    """The lessons that a conversation can begin with, by what they are about."""
    found: dict[str, list[Taught]] = defaultdict(list)
    for one in taught:
        if one.relation in BEGINNINGS:
            found[one.subject].append(one)
    return found


def misspelling(one: Taught, words: Collection[str], style: Style, seed: int) -> Iterator[Variant]:
    """The lesson asked for in plain words of which one is misspelt, and the answer that says what is meant.

    Code that is misspelt is another matter: there is no such name, and the answer says so.
    """
    forms = word_forms(one.subject, one.facts[0].subject_kind) if one.relation in MISSPELT else []
    key = f"misspelt {style.split} {seed} {one.facts[0].id} {one.relation}"
    if not forms:
        return
    word, slip = misspelt(split_identifier(one.subject), style.slips, words, random.Random(key))
    if slip:
        wrong = forms[0].replace(word, slip, 1)
        told = replace(one.told, completion=f"{MEANT}{one.subject}`. {one.told.completion}")
        slots = {**one.told.slots, "name": [wrong], "words": [wrong.removeprefix("the ")]}
        for text in wordings(style.grammar[one.relation], slots, 1, key):
            yield Variant(style.split, MISSPELT_AT, text, (), told)


def follow_up(one: Taught, beginnings: Sequence[Taught], style: Style, seed: int) -> Iterator[Variant]:
    """The lesson asked for after another one about the same subject."""
    others = [other for other in beginnings if other.relation != one.relation]
    if one.relation not in style.follow_ups or not others:
        return
    key = f"follow-up {style.split} {seed} {one.facts[0].id} {one.relation}"
    first = random.Random(key).choice(others)
    for asked in wordings(style.grammar[first.relation], first.told.slots, 1, f"first {key}"):
        for text in wordings(style.follow_ups[one.relation], {}, 1, key):
            yield Variant(style.split, FOLLOW_UP_AT, text, (asked, first.told.completion), one.told)
