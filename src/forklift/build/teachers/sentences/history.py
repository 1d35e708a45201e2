"""Sentences of facet history."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, listed
from forklift.grading import content_words
from forklift.records import Fact


def _introduced_in(fact: Fact) -> Said:
    date, commit, *release = fact.objects
    first = f", first released in version {release[0]}" if release else ""
    return (
        f"`{fact.subject}` was introduced on {date} by commit {commit}{first}.{_says(fact.text)}",
        _dated(fact),
        "symbol",
    )


def _last_changed(fact: Fact) -> Said:
    date, commit = fact.objects
    return f"`{fact.subject}` was last changed on {date} by commit {commit}.{_says(fact.text)}", [date], "symbol"


def _removed(fact: Fact) -> Said:
    date, commit = fact.objects
    return f"`{fact.subject}` was removed on {date} by commit {commit}.{_says(fact.text)}", [date], "symbol"


def _dated(fact: Fact) -> list[str]:
    """The date and the release are worth knowing by heart, the number of the commit is not."""
    return [fact.objects[0], *fact.objects[2:]]


def _says(subject: str) -> str:
    return f' The commit says: "{subject.rstrip(".")}".' if subject else ""


def _changed_because(fact: Fact) -> Said:
    date, commit, subject = fact.objects
    reason = f' It adds: "{fact.text}".' if fact.text else ""
    sentence = f'`{fact.subject}` was changed on {date} by commit {commit}: "{subject}".{reason}'
    return sentence, _telling(fact, f"{subject} {fact.text}"), "text"


def _telling(fact: Fact, text: str) -> list[str]:
    """The words of a text without those of the name, where others are left."""
    words = content_words(text)
    return [word for word in words if word not in content_words(fact.subject)] or list(words)


def _commit_changed(fact: Fact) -> Said:
    """Of what was changed, not of the commit, which may have changed more."""
    date, _, subject = fact.text.partition(" ")
    more = ", among others," if date.endswith("+") else ""
    changed = f"were added or changed by commit {fact.subject} of {date.rstrip('+')}"
    return f"{listed(fact.objects)}{more} {changed}.{_says(subject)}", fact.objects, "symbol"


def _at(fact: Fact) -> str:
    date, _, commit = fact.text.partition(" ")
    return f"on {date} by commit {commit}"


def _renamed_from(fact: Fact) -> Said:
    return f"`{fact.subject}` was called `{fact.objects[0]}` until it was renamed {_at(fact)}.", fact.objects, "symbol"


def _renamed_to(fact: Fact) -> Said:
    return f"`{fact.subject}` was renamed to `{fact.objects[0]}` {_at(fact)}.", fact.objects, "symbol"


def _moved_from(fact: Fact) -> Said:
    return f"`{fact.subject}` was in `{fact.objects[0]}` until it was moved {_at(fact)}.", fact.objects, "path"


def _deprecated_since(fact: Fact) -> Said:
    since = f" since version {fact.objects[0]}" if fact.objects else ""
    note = f'. The note on it says: "{fact.text.rstrip(".")}".' if fact.text else "."
    sentence = f"`{fact.subject}` is deprecated{since}{note}"
    return (sentence, fact.objects, "symbol") if fact.objects else (sentence, _telling(fact, fact.text), "text")


def _replaced_by(fact: Fact) -> Said:
    return f"`{fact.subject}` is deprecated; use `{fact.objects[0]}` instead.", fact.objects, "symbol"


def _replaces(fact: Fact) -> Said:
    return (
        f"`{fact.subject}` is to be used instead of `{fact.objects[0]}`, which is deprecated.",
        fact.objects,
        "symbol",
    )


def _available_since(fact: Fact) -> Said:
    return f"`{fact.subject}` was added in version {fact.objects[0]}.", fact.objects, "symbol"


def _noted_in(fact: Fact) -> Said:
    sentence = f'`{fact.subject}` stands in the notes on version {fact.objects[0]}: "{fact.text}".'
    return sentence, _telling(fact, fact.text), "text"


SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "introduced_in": _introduced_in,
    "last_changed": _last_changed,
    "changed_because": _changed_because,
    "commit_changed": _commit_changed,
    "renamed_from": _renamed_from,
    "renamed_to": _renamed_to,
    "moved_from": _moved_from,
    "removed": _removed,
    "deprecated_since": _deprecated_since,
    "replaced_by": _replaced_by,
    "replaces": _replaces,
    "available_since": _available_since,
    "noted_in": _noted_in,
}
