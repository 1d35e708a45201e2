"""Sentences of facet reasons."""

from collections.abc import Callable

from forklift.build.teachers.sentences.documentation import telling
from forklift.build.teachers.sentences.phrases import Said
from forklift.records import Fact


def _reason(fact: Fact) -> Said:
    sentence = f'The code of `{fact.subject}` (`{fact.path}`) gives this reason: "{fact.text}".'
    return sentence, telling(fact.text, fact.subject), "text"


def _caution(fact: Fact) -> Said:
    sentence = f'The code of `{fact.subject}` (`{fact.path}`) has this note: "{fact.text}".'
    return sentence, telling(fact.text, fact.subject), "text"


def _reason_for(fact: Fact) -> Said:
    return f"That is the reason given in `{fact.objects[0]}`, in `{fact.path}`.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "reason": _reason,
    "caution": _caution,
    "reason_for": _reason_for,
}
