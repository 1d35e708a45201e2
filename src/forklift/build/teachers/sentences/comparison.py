"""Sentences of facet comparison."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, joining, spelling
from forklift.records import Fact


def _differs(fact: Fact) -> Said:
    return f"`{fact.subject}` and `{fact.objects[0]}` {fact.text}.", fact.objects[1:], "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "overrides": spelling("`{subject}` {text}."),
    "overridden_by": counting("`{subject}` is overridden by {names}."),
    "differs": _differs,
    "method_of_several": joining("`{subject}` is a method of each of {names}."),
}
