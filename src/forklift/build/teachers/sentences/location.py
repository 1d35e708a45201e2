"""Sentences of facet location."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, among, article, listed
from forklift.records import Fact


def _defines(fact: Fact) -> Said:
    return f"`{fact.subject}` defines {listed(fact.objects)}{among(fact, 'names')}.", fact.objects, "symbol"


def _defined_in(fact: Fact) -> Said:
    sentence = f"`{fact.subject}` is {article(fact.subject_kind)} defined in `{fact.objects[0]}`."
    return sentence, fact.objects, "path"


SENTENCES: dict[str, Callable[[Fact], Said]] = {"defined_in": _defined_in, "defines": _defines}
