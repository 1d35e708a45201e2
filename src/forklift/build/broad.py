"""Broad questions: what is asked about topics, answered by a briefing over several files and symbols."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from forklift.answerers.briefing import Brief, brief, names_told, told
from forklift.build.facts import View
from forklift.build.facts.topics import Topic, topics
from forklift.build.facts.view import fact_id
from forklift.build.teachers.builtin import Lesson
from forklift.index import Index
from forklift.records import Fact

SHARE = 0.5  # of the names told that a right answer names
FEWEST_NAMES = 3


@dataclass(frozen=True)
class Broad:
    """A topic, the fact that stands for its briefing, and the lesson."""

    topic: Topic
    fact: Fact
    lesson: Lesson


def broad_lessons(view: View, index: Index, silent: Collection[str]) -> Iterator[Broad]:
    """A lesson for every topic whose briefing names enough. Documentation of the symbols called as in `silent`, which
    training must not give away, is left out."""
    for topic in topics(view):
        said = without_docs(brief(index, topic.phrase), view, silent)
        text = told(said, topic.phrase)
        keys = names_told(said, text)
        if len(keys) < FEWEST_NAMES or not said.entries:
            continue
        first = said.entries[0].symbol
        fact = Fact(
            id=fact_id("topic", topic.phrase), facet="topic", relation="topic", subject=topic.phrase,
            subject_kind="topic", objects=keys, path=first.path, line=first.line, end_line=first.end_line,
            rank=topic.rank,
        )  # fmt: skip
        slots = {"topic": _forms(topic.phrase), "repo": [view.name, view.name.capitalize(), "this code"]}
        yield Broad(topic, fact, Lesson(text, keys, math.ceil(SHARE * len(keys)), "symbol", slots))


def without_docs(said: Brief, view: View, silent: Collection[str]) -> Brief:
    """The briefing without the documentation of the symbols called as in `silent`."""
    entries = tuple(
        replace(entry, doc="") if view.labels.get(entry.symbol.id, entry.symbol.qualified_name) in silent else entry
        for entry in said.entries
    )
    return replace(said, entries=entries)


def _forms(phrase: str) -> Sequence[str]:
    return [phrase] * 3 + [f'"{phrase}"', phrase.capitalize() if " " not in phrase else phrase.title()]
