"""Sentences of facets calls and errors."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "calls": joining("`{subject}` calls {names}."),
    "called_by": joining("`{subject}` is called by {names}."),
    "raises": joining("`{subject}` raises {names}."),
    "raised_by": joining("`{subject}` is raised by {names}."),
}
