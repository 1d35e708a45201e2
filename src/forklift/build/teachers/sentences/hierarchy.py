"""Sentences of facet hierarchy."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, among, joining, listed
from forklift.records import Fact


def _has_methods(fact: Fact) -> Said:
    return f"`{fact.subject}` has the methods {listed(fact.objects)}{among(fact, 'in all')}.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "inherits": joining("`{subject}` inherits from {names}."),
    "subclassed_by": joining("`{subject}` is the base class of {names}."),
    "has_methods": _has_methods,
    "member_of": joining("`{subject}` is a method of {names}."),
}
