"""Sentences of facet purpose."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said
from forklift.grading import content_words
from forklift.records import Fact


def _documented_as(fact: Fact) -> Said:
    name_words = set(content_words(fact.subject))
    words = content_words(fact.text)
    telling = [word for word in words if word not in name_words] or list(words)
    return f'`{fact.subject}` is documented as: "{fact.text}".', telling, "text"


def _described_by(fact: Fact) -> Said:
    return f"That is `{fact.objects[0]}`, in `{fact.path}`.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {"documented_as": _documented_as, "described_by": _described_by}
