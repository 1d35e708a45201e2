"""Sentences of facet attributes."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining, spelling
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "attributes": spelling("`{subject}` holds {text}."),
    "attribute_of": joining("`{subject}` is an attribute of {names}."),
    "attribute_type": joining("`{subject}` is of type {names}."),
    "properties": spelling("The properties of `{subject}` are {text}."),
}
