"""Broad questions: what is asked about topics, answered by a briefing over several files and symbols."""

import math
from collections.abc import Collection
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
ALIKE = 0.5  # topics whose briefings share so much of their names are one lesson, asked about by each of its phrases
MOST_PHRASES = 5


@dataclass(frozen=True)
class Broad:
    """Topics with one answer, the fact that stands for their briefing, and the lesson."""

    phrases: tuple[str, ...]  # most central first
    fact: Fact
    lesson: Lesson


def broad_lessons(view: View, index: Index, silent: Collection[str]) -> list[Broad]:
    """A lesson for every topic whose briefing names enough; topics with much the same briefing share one.

    Documentation of the symbols called as in `silent`, which training must not give away, is left out.
    """
    groups: list[_Group] = []
    for topic in topics(view):
        said = without_docs(brief(index, topic.phrase), view, silent)
        keys = names_told(said, told(said, topic.phrase))
        if len(keys) < FEWEST_NAMES or not said.entries:
            continue
        alike = next((group for group in groups if _share(group.keys, keys) >= ALIKE), None)
        if alike is None:
            groups.append(_Group([topic], said, keys))
        elif len(alike.topics) < MOST_PHRASES:
            alike.topics.append(topic)
    return [_lesson(group, view) for group in groups]


@dataclass(frozen=True)
class _Group:
    topics: list[Topic]
    said: Brief
    keys: tuple[str, ...]


def _share(some: Collection[str], others: Collection[str]) -> float:
    """Jaccard's index."""
    return len({*some} & {*others}) / len({*some, *others})


def _lesson(group: _Group, view: View) -> Broad:
    phrases = tuple(topic.phrase for topic in group.topics)
    first = group.said.entries[0].symbol
    fact = Fact(
        id=fact_id("topic", *phrases), facet="topic", relation="topic", subject=phrases[0], subject_kind="topic",
        objects=group.keys, path=first.path, line=first.line, end_line=first.end_line, rank=group.topics[0].rank,
    )  # fmt: skip
    forms = [form for phrase in phrases for form in (phrase, phrase, f'"{phrase}"')]
    slots = {"topic": forms, "repo": [view.name, view.name.capitalize(), "this code"]}
    text = told(group.said, phrases[0])
    return Broad(phrases, fact, Lesson(text, group.keys, math.ceil(SHARE * len(group.keys)), "symbol", slots))


def without_docs(said: Brief, view: View, silent: Collection[str]) -> Brief:
    """The briefing without the documentation of the symbols called as in `silent`."""
    entries = tuple(
        replace(entry, doc="") if view.labels.get(entry.symbol.id, entry.symbol.qualified_name) in silent else entry
        for entry in said.entries
    )
    return replace(said, entries=entries)
