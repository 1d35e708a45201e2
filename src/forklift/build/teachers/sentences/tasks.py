"""Sentences of facet tasks."""

from collections.abc import Callable

from forklift.build.teachers.sentences.documentation import telling
from forklift.build.teachers.sentences.phrases import Said, listed
from forklift.records import Fact


def _how_to(fact: Fact) -> Said:
    title, _, text = fact.text.partition("\n")
    path, *names = fact.objects
    steps = f" {text}" if text[:1] == "1" else f" It says: {text}" if text else ""
    used = f" It uses, for instance, {listed(names)}." if names else ""
    sentence = f'To {fact.subject}, see "{title}" in `{path}`.{_ended(steps)}{used}'
    return (sentence, [path, *names], "symbol") if names else (sentence, telling(text, fact.subject), "text")


def _ended(text: str) -> str:
    return f"{text}." if text else ""


def _used_to(fact: Fact) -> Said:
    sentence = f"The documentation speaks of `{fact.subject}` where it shows how to {fact.text}."
    return sentence, telling(" ".join(fact.objects), fact.subject), "text"


SENTENCES: dict[str, Callable[[Fact], Said]] = {"how_to": _how_to, "used_to": _used_to}
