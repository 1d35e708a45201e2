"""Sentences of facet attributes."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining, spelling
from forklift.records import Fact


def _attributes(fact: Fact) -> Said:
    some = ", for instance," if fact.path.endswith((".py", ".pyi", ".rb", "js", ".jsx")) else ""
    return f"`{fact.subject}` holds{some} {fact.text}.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "attributes": _attributes,
    "attribute_of": joining("`{subject}` is an attribute of {names}."),
    "attribute_type": joining("`{subject}` is of type {names}."),
    "properties": spelling("The properties of `{subject}` are {text}."),
}
