"""Sentences of facet dependencies."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, spelling
from forklift.records import Fact

SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "imports": counting("From outside, `{subject}` imports {names}."),
    "imported_by": spelling("From outside, `{subject}` is imported by {text}.", "path"),
    "declares": spelling("`{subject}` always needs {text}."),
}
