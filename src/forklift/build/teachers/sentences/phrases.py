"""What the sentences of every facet share: lists, articles, and sentences that only join names."""

from collections.abc import Callable, Sequence

from forklift.records import Fact, KeyType

Said = tuple[str, Sequence[str], KeyType]
"""A sentence, and what a right answer must contain: keys and their type."""


def listed(names: Sequence[str]) -> str:
    """Names in backticks as prose: "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def article(noun: str) -> str:
    """The noun with "a" or "an" before it."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def among(fact: Fact, what: str) -> str:
    """ ", among 12 names" where a fact lists only the first of its objects, "for instance" where there may be others;
    "" otherwise."""
    if fact.text == "others":
        return ", for instance"
    return f", among {fact.text} {what}" if fact.text else ""


def joining(sentence: str, key_type: KeyType = "symbol") -> Callable[[Fact], Said]:
    """Says `sentence` with its {subject} and the {names} of its objects, which are the keys."""

    def say(fact: Fact) -> Said:
        keys = [name.lstrip("*") for name in fact.objects]
        return sentence.format(subject=fact.subject, names=listed(fact.objects)), keys, key_type

    return say


def spelling(sentence: str, key_type: KeyType = "symbol") -> Callable[[Fact], Said]:
    """Says `sentence` with its {subject}, the {text} that spells the objects out, and the {names} of the objects, which
    are the keys."""

    def say(fact: Fact) -> Said:
        return (
            sentence.format(subject=fact.subject, text=fact.text, names=listed(fact.objects)),
            list(fact.objects),
            key_type,
        )

    return say


def counting(sentence: str, key_type: KeyType = "symbol") -> Callable[[Fact], Said]:
    """Says `sentence` with its {subject} and the {names} of its objects, of which there may be more."""

    def say(fact: Fact) -> Said:
        names = listed(fact.objects) + among(fact, "in all")
        return sentence.format(subject=fact.subject, names=names), list(fact.objects), key_type

    return say
