"""Sentences of facet documentation."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, among, listed, spelling
from forklift.grading import content_words
from forklift.records import Fact


def telling(text: str, subject: str) -> list[str]:
    """The words of a text without those of what is asked about, where others are left."""
    words = content_words(text)
    return [word for word in words if word not in content_words(subject)] or list(words)


def _section_says(fact: Fact) -> Said:
    sentence = f'The section "{fact.subject}" of `{fact.path}` says: "{fact.text}".'
    return sentence, telling(fact.text, fact.subject), "text"


def _said_in(fact: Fact) -> Said:
    title = fact.objects[0]
    return f'The section "{title}" of `{fact.path}` says so: "{fact.subject}".', content_words(title), "text"


def _section_in(fact: Fact) -> Said:
    return f'The section "{fact.subject}" is in `{fact.objects[0]}`.', fact.objects, "path"


def _sections_of(fact: Fact) -> Said:
    sentence = f"The sections of `{fact.subject}` are {fact.text}."
    return sentence, telling(" ".join(fact.objects), fact.subject), "text"


def _document_begins(fact: Fact) -> Said:
    return f'The document `{fact.subject}` says: "{fact.text}".', telling(fact.text, fact.subject), "text"


def _explains(fact: Fact) -> Said:
    more = among(fact, "in all") or ", among other things"
    sentence = f'The section "{fact.subject}" of `{fact.path}` speaks of {listed(fact.objects)}{more}.'
    return sentence, fact.objects, "symbol"


def _term_means(fact: Fact) -> Said:
    sentence = f'By `{fact.path}`, "{fact.subject}" stands for this: "{fact.text}".'
    return sentence, telling(fact.text, fact.subject), "text"


def _term_of(fact: Fact) -> Said:
    sentence = f'That describes "{fact.objects[0]}", in `{fact.path}`: "{fact.subject}".'
    return sentence, content_words(fact.objects[0]), "text"


def _comes_up_in(fact: Fact) -> Said:
    sentence = f'The documents speak of "{fact.subject}" in the sections {fact.text}.'
    return sentence, telling(" ".join(fact.objects), fact.subject), "text"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "section_says": _section_says,
    "said_in": _said_in,
    "section_in": _section_in,
    "sections_of": _sections_of,
    "document_begins": _document_begins,
    "explained_in": spelling("The documentation speaks of `{subject}`, for instance, in {text}.", "path"),
    "explains": _explains,
    "term_means": _term_means,
    "term_of": _term_of,
    "comes_up_in": _comes_up_in,
}
