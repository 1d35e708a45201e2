"""Sentences of facet signature."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining
from forklift.records import Fact


def _default(fact: Fact) -> Said:
    return f"In `{fact.subject}`, `{fact.objects[0]}` defaults to `{fact.text}`.", [fact.text], "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "parameters": joining("`{subject}` takes {names}."),
    "returns": joining("`{subject}` returns {names}."),
    "default": _default,
    "taken_by": joining("`{subject}` is a parameter, for instance, of {names}."),
}
