"""Sentences of facet families."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, counting, listed, spelling
from forklift.records import Fact


def _family(fact: Fact) -> Said:
    start = "Among the" if fact.text[:1].isdigit() else "The"
    return f"{start} {fact.text} in `{fact.subject}` are {listed(fact.objects)}.", fact.objects, "symbol"


def _descendants(fact: Fact) -> Said:
    verb = "embed" if fact.path.endswith(".go") else "build on"
    return f"The types that {verb} `{fact.subject}`, directly or not, are {fact.text}.", fact.objects, "symbol"


def _ancestors(fact: Fact) -> Said:
    steps = ", which derives from ".join(f"`{name}`" for name in fact.objects)
    return f"`{fact.subject}` derives from {steps}.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "descendants": _descendants,
    "ancestors": _ancestors,
    "exceptions": spelling("The exceptions of `{subject}` are, for instance, {text}."),
    "family": _family,
    "decorated": counting("`{subject}` decorates {names}."),
    "enum_members": counting("The members of the enumeration `{subject}` are {names}."),
}
