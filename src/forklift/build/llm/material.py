"""What goes in and comes out when language models teach."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from forklift.build.facts import View
from forklift.build.llm.costs import Usage
from forklift.index import Index
from forklift.records import Fact, Preference, Question


@dataclass(frozen=True)
class Material:
    """What the teachers are to explain, and what the tests hold back."""

    view: View
    index: Index
    facts: Sequence[Fact]
    control: Sequence[Fact]
    reversed_: Sequence[Fact]
    questions: Sequence[Question]  # of the built-in teacher, tests among them


@dataclass(frozen=True)
class Taught:
    """What came of it."""

    questions: list[Question] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    models: tuple[str, ...] = ()
    drafts: int = 0  # rows that the teachers wrote
    dropped: Counter[str] = field(default_factory=Counter)
    usages: list[Usage] = field(default_factory=list)
    is_complete: bool = True
    rewordings: list[Question] = field(default_factory=list)  # rows of lessons that training has
    reworders: tuple[str, ...] = ()
    reworded: int = 0  # wordings that they wrote
