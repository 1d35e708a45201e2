"""Sentences of facet hierarchy."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, among, article, listed
from forklift.records import Fact


def _has_methods(fact: Fact) -> Said:
    return f"`{fact.subject}` has the methods {listed(fact.objects)}{among(fact, 'in all')}.", fact.objects, "symbol"


def _inherits(fact: Fact) -> Said:
    """A class inherits in Python and C++, embeds in Go, implements in Rust; elsewhere bases are of several kinds."""
    suffix = fact.path.rpartition(".")[2]
    verb = "inherits from" if suffix in INHERITING else "embeds" if suffix == "go" else "builds on"
    verb = "implements" if suffix == "rs" and fact.subject_kind != "trait" else verb
    return f"`{fact.subject}` {verb} {listed(fact.objects)}{among(fact, 'in all')}.", fact.objects, "symbol"


def _subclassed_by(fact: Fact) -> Said:
    suffix = fact.path.rpartition(".")[2]
    said = "is the base class of" if suffix in INHERITING else "is embedded in" if suffix == "go" else ""
    if not said:
        verb = "builds" if len(fact.objects) == 1 else "build"
        return f"{listed(fact.objects)} {verb} on `{fact.subject}`.", fact.objects, "symbol"
    return f"`{fact.subject}` {said} {listed(fact.objects)}.", fact.objects, "symbol"


def _member_of(fact: Fact) -> Said:
    return f"`{fact.subject}` is {article(fact.subject_kind)} of {listed(fact.objects)}.", fact.objects, "symbol"


INHERITING = frozenset("py pyi cc cpp cxx hpp hh hxx h".split())
SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "inherits": _inherits,
    "subclassed_by": _subclassed_by,
    "has_methods": _has_methods,
    "member_of": _member_of,
}
