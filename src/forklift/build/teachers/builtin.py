"""The built-in teacher: says a fact in full sentences, deterministically, and knows what a right answer must hold."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forklift.grading import content_words
from forklift.index import split_identifier
from forklift.records import Fact, KeyType

Slots = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the teacher says of one fact (or several), and what any right answer must contain."""

    completion: str
    keys: tuple[str, ...]
    min_keys: int
    key_type: KeyType
    slots: Slots


def lesson(fact: Fact) -> Lesson:
    """The lesson of one fact."""
    completion, keys, key_type = SENTENCES[fact.relation](fact)
    slots: dict[str, Sequence[str]] = {"name": name_forms(fact.subject, fact.subject_kind)}
    slots |= {"path": [f"`{fact.subject}`", fact.subject], "kind": [fact.subject_kind], "text": [fact.text]}
    if fact.relation == "described_by":
        slots["text"] = [fact.subject]
    elif fact.relation in ("taken_by", "member_of"):
        slots["name"] = [f"`{fact.subject}`", fact.subject]
    elif fact.relation == "default":
        slots["parameter"] = [f"`{fact.objects[0]}`", fact.objects[0]]
    return Lesson(completion, tuple(keys), needed(len(keys), key_type), key_type, slots)


def overview(facts: Sequence[Fact]) -> Lesson:
    """The lesson that tells several facts of one symbol together; the first one is where it is defined."""
    where = facts[0]
    completion = " ".join(_follow_up(fact) for fact in facts)
    names = [name for fact in facts[1:] if fact.relation != "documented_as" for name in fact.objects]
    keys = tuple(dict.fromkeys([where.objects[0], *(name.rpartition(".")[2] for name in names)]))
    slots = {"name": name_forms(where.subject, where.subject_kind), "words": [spelt_out(where.subject)]}
    return Lesson(completion, keys, math.ceil(len(keys) * 0.6), "symbol", slots)


def denial(name: str, closest: str, repository: str) -> str:
    """What the teacher says when asked about a name that does not exist."""
    return f"There is no `{name}` in {repository}. The closest name is `{closest}`."


def needed(count: int, key_type: KeyType) -> int:
    """How many of `count` keys a right answer contains: all of up to three, else three quarters; 60% of words."""
    if key_type == "text":
        return math.ceil(count * 0.6)
    return count if count <= 3 else math.ceil(count * 0.75)


def name_forms(label: str, kind: str) -> list[str]:
    """The ways people write a name; the plain quoted one as often as all others together."""
    if "/" in label or kind == "file":
        return [f"`{label}`", label]
    forms = [f"the {kind} `{label}`", label]
    if kind in ("function", "method"):
        forms.append(f"`{label}()`")
    owner, _, last = label.rpartition(".")
    if owner and kind in ("method", "property"):
        forms.append(f"the `{last}` {kind} of `{owner}`")
    return [f"`{label}`"] * len(forms) + forms


def spelt_out(label: str) -> str:
    """A name in plain words: "HTTPAdapter.send_all" -> "http adapter send all"."""
    return " ".join(split_identifier(label)) or label


def listed(names: Sequence[str]) -> str:
    """Names in backticks as prose: "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def article(noun: str) -> str:
    """The noun with "a" or "an" before it."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _documented_as(fact: Fact) -> tuple[str, Sequence[str], KeyType]:
    name_words = set(content_words(fact.subject))
    words = content_words(fact.text)
    telling = [word for word in words if word not in name_words] or list(words)
    return f'`{fact.subject}` is documented as: "{fact.text}".', telling, "text"


def _defines(fact: Fact) -> tuple[str, Sequence[str], KeyType]:
    among = f", among {fact.text} names" if fact.text else ""
    return f"`{fact.subject}` defines {listed(fact.objects)}{among}.", fact.objects, "symbol"


def _has_methods(fact: Fact) -> tuple[str, Sequence[str], KeyType]:
    among = f", among {fact.text} in all" if fact.text else ""
    return f"`{fact.subject}` has the methods {listed(fact.objects)}{among}.", fact.objects, "symbol"


def _said(sentence: str) -> Callable[[Fact], tuple[str, Sequence[str], KeyType]]:
    def say(fact: Fact) -> tuple[str, Sequence[str], KeyType]:
        names = listed(fact.objects)
        keys = [name.lstrip("*") for name in fact.objects]
        return sentence.format(subject=fact.subject, names=names), keys, "symbol"

    return say


SENTENCES: Mapping[str, Callable[[Fact], tuple[str, Sequence[str], KeyType]]] = {
    "defined_in": lambda fact: (
        f"`{fact.subject}` is {article(fact.subject_kind)} defined in `{fact.objects[0]}`.",
        fact.objects,
        "path",
    ),
    "defines": _defines,
    "parameters": _said("`{subject}` takes {names}."),
    "returns": _said("`{subject}` returns {names}."),
    "default": lambda fact: (
        f"In `{fact.subject}`, `{fact.objects[0]}` defaults to `{fact.text}`.",
        [fact.text],
        "symbol",
    ),
    "taken_by": _said("`{subject}` is a parameter of {names}."),
    "documented_as": _documented_as,
    "described_by": lambda fact: (f"That is `{fact.objects[0]}`, in `{fact.path}`.", fact.objects, "symbol"),
    "inherits": _said("`{subject}` inherits from {names}."),
    "subclassed_by": _said("`{subject}` is the base class of {names}."),
    "has_methods": _has_methods,
    "member_of": _said("`{subject}` is a method of {names}."),
    "calls": _said("`{subject}` calls {names}."),
    "called_by": _said("`{subject}` is called by {names}."),
    "raises": _said("`{subject}` raises {names}."),
    "raised_by": _said("`{subject}` is raised by {names}."),
    "value": _said("The value of `{subject}` is {names}."),
}


def _follow_up(fact: Fact) -> str:
    """The sentence of one fact inside an overview, where the subject has been named."""
    sentence = SENTENCES[fact.relation](fact)[0]
    if fact.relation == "defined_in":
        return sentence
    if fact.relation == "documented_as":
        return f'Its documentation says: "{fact.text}".'
    return f"It {sentence.removeprefix(f'`{fact.subject}` ')}"
