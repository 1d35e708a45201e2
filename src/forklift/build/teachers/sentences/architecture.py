"""Sentences of facet architecture."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, joining, spelling
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "components": spelling("The key components of `{subject}` are {text}."),
    "modules": spelling("`{subject}` holds the files {text}.", "path"),
    "key_methods": spelling("The main methods of `{subject}` are {text}."),
    "depends_on": spelling("`{subject}` depends, for instance, on {text}.", "path"),
    "needed_by": joining("`{subject}` is needed, for instance, by {names}.", "path"),
    "entry_points": spelling("One enters `{subject}` through {text}."),
    "exports": counting("The package `{subject}` offers, for instance, {names}."),
}
