"""Sentences of facet usage."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, listed, spelling
from forklift.records import Fact


def _example(fact: Fact) -> Said:
    return f"{listed(fact.objects)} has an example of `{fact.subject}`: `{fact.text}`.", fact.objects, "path"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "example": _example,
    "tested_by": spelling("`{subject}` is tested, for instance, by {text}."),
    "exercises": counting("The test `{subject}` exercises {names}."),
}
