"""Sentences of facet flows."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining, spelling
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "main_line": spelling("When `{subject}` runs: {text}."),
    "reaches": spelling("From `{subject}`: {text}."),
    "works_with": spelling("`{subject}` works, for instance, with {text}."),
    "worked_with_by": joining("`{subject}` is used, for instance, inside of {names}."),
    "relation": spelling("`{subject}` {text}."),
}
