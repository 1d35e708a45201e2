"""Facts in a form that fits into an expectation."""

from collections.abc import Iterable

from forklift.build.teachers.builtin import lesson
from forklift.records import Fact


def objects(facts: Iterable[Fact], relation: str) -> dict[str, tuple[str, ...]]:
    """{subject: objects} of one relation."""
    return {fact.subject: fact.objects for fact in facts if fact.relation == relation}


def texts(facts: Iterable[Fact], relation: str) -> dict[str, str]:
    """{subject: text} of one relation."""
    return {fact.subject: fact.text for fact in facts if fact.relation == relation}


def sources(facts: Iterable[Fact], relation: str) -> dict[str, list[tuple[str, str]]]:
    """{subject: [(relation, subject) of each fact it follows from]} of one relation; all of them must exist."""
    by_id = {fact.id: fact for fact in facts}
    return {
        fact.subject: [(by_id[source].relation, by_id[source].subject) for source in fact.sources]
        for fact in facts
        if fact.relation == relation
    }


def said(facts: Iterable[Fact], relation: str, subject: str = "") -> list[str]:
    """How the facts of one relation are said; only those about `subject`, where one is given."""
    return [lesson(one).completion for one in facts if one.relation == relation and subject in ("", one.subject)]
