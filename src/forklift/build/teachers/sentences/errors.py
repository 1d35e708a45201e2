"""Sentences of facet errors."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, listed
from forklift.grading import content_words
from forklift.records import Fact


def _error_message(fact: Fact) -> Said:
    what = f"raises {listed(fact.objects)} with" if fact.objects else "makes an error with"
    return f'`{fact.subject}` {what} the message "{fact.text}".', content_words(fact.text), "text"


def _message_from(fact: Fact) -> Said:
    return f"That message comes from {listed(fact.objects)}, in `{fact.path}`.", fact.objects, "symbol"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "error_message": _error_message,
    "message_from": _message_from,
}
