"""Sentences of facet comparison."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, among, joining, listed
from forklift.records import Fact


def _differs(fact: Fact) -> Said:
    return f"`{fact.subject}` and `{fact.objects[0]}` {fact.text}.", fact.objects[1:], "symbol"


def _overrides(fact: Fact) -> Said:
    verb = "implements" if fact.path.endswith(".rs") else "overrides"
    return f"`{fact.subject}` {verb} {fact.text}.", fact.objects, "symbol"


def _overridden_by(fact: Fact) -> Said:
    verb = "implemented" if fact.path.endswith(".rs") else "overridden"
    return f"`{fact.subject}` is {verb} by {listed(fact.objects)}{among(fact, 'in all')}.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "overrides": _overrides,
    "overridden_by": _overridden_by,
    "differs": _differs,
    "method_of_several": joining("`{subject}` is a method of each of {names}."),
}
