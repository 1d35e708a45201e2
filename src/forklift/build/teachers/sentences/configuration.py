"""Sentences of facet configuration."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, joining
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {"value": joining("The value of `{subject}` is {names}.")}
