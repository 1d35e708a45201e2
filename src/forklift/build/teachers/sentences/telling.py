"""Sentences of facet telling."""

from collections.abc import Callable

from forklift.build.teachers.sentences.documentation import telling
from forklift.build.teachers.sentences.phrases import Said
from forklift.records import Fact


def _project_is(fact: Fact) -> Said:
    return f'`{fact.path}` says of `{fact.subject}`: "{fact.text}".', telling(fact.text, fact.subject), "text"


def _project_features(fact: Fact) -> Said:
    sentence = f"`{fact.path}` lists as features of `{fact.subject}`: {fact.text}."
    return sentence, telling(fact.text, fact.subject), "text"


def _installed_with(fact: Fact) -> Said:
    sentence = f"`{fact.subject}` is installed with `{fact.text}`, says `{fact.path}`."
    return sentence, telling(fact.text, fact.subject), "text"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "project_is": _project_is,
    "project_features": _project_features,
    "installed_with": _installed_with,
}
