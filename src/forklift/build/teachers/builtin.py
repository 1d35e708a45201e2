"""The built-in teacher: says a fact in full sentences, deterministically, and knows what a right answer must hold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forklift.build.teachers.sentences import SENTENCES
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
    slots |= {"path": quoted_or_plain(fact.subject), "kind": [fact.subject_kind], "text": [fact.text]}
    if fact.objects:
        slots["object"] = quoted_or_plain(fact.objects[0])
    if fact.subject_kind in ("section", "term"):
        slots["name"] = [f'"{fact.subject}"', f'"{fact.subject}"', fact.subject]
    elif fact.subject_kind == "task":
        slots["name"] = [fact.subject]
    if fact.relation in ("described_by", "term_of", "said_in", "reason_for"):
        slots["text"] = [fact.subject]
    elif fact.relation in ("taken_by", "member_of"):
        slots["name"] = quoted_or_plain(fact.subject)
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
        return quoted_or_plain(label)
    forms = [f"the {kind} `{label}`", label]
    if kind in ("function", "method"):
        forms.append(f"`{label}()`")
    owner, _, last = label.rpartition(".")
    if owner and kind in ("method", "property"):
        forms.append(f"the `{last}` {kind} of `{owner}`")
    return [f"`{label}`"] * len(forms) + forms


def quoted_or_plain(name: str) -> list[str]:
    """A name as code and as it is."""
    return [f"`{name}`", name]


def spelt_out(label: str) -> str:
    """A name in plain words: "HTTPAdapter.send_all" -> "http adapter send all"."""
    return " ".join(split_identifier(label)) or label


def _follow_up(fact: Fact) -> str:
    """The sentence of one fact inside an overview, where the subject has been named."""
    sentence = SENTENCES[fact.relation](fact)[0]
    if fact.relation == "defined_in":
        return sentence
    if fact.relation == "documented_as":
        return f'Its documentation says: "{fact.text}".'
    return f"It {sentence.removeprefix(f'`{fact.subject}` ')}"
