"""Sentences of facet configuration, beside constants."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, spelling
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "read_from_environment": spelling("The environment variable `{subject}` is read, for instance, by {text}."),
    "reads_environment": counting("From the environment, `{subject}` reads, for instance, {names}."),
    "options": spelling("`{subject}` declares the options {text}."),
}
