"""The built-in teacher: says a fact in full sentences, deterministically, and knows what a right answer must hold."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forklift.build.teachers.gist import gist
from forklift.build.teachers.sentences import SENTENCES
from forklift.index import split_identifier
from forklift.records import Fact, KeyType

SPOKEN_KINDS = frozenset("class struct interface trait enum function method property macro constant".split())
SHORTEST_WORDS = 3  # letters
_QUOTING = re.compile(r" The commit says: | It adds: ")  # a message, which an overview has no room for

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
    if fact.subject_kind in ("section", "term", "topic"):
        slots["name"] = [f'"{fact.subject}"', f'"{fact.subject}"', fact.subject]
    elif fact.subject_kind == "task":
        slots["name"] = [fact.subject]
    if fact.relation in ("described_by", "term_of", "said_in", "reason_for"):
        slots["text"] = [fact.subject]
        slots |= {"doing": [said]} if (said := gist(fact.subject)) else {}
    elif fact.relation in ("taken_by", "member_of"):
        slots["name"] = quoted_or_plain(fact.subject)
    return Lesson(completion, tuple(keys), needed(len(keys), key_type), key_type, slots)


def overview(facts: Sequence[Fact]) -> Lesson:
    """The lesson that tells several facts of one symbol together; the first one is where it is defined."""
    where = facts[0]
    completion = " ".join(_follow_up(fact) for fact in facts)
    naming = [fact for fact in facts[1:] if fact.relation != "documented_as" and fact.facet != "history"]
    names = [name for fact in naming for name in fact.objects]
    keys = tuple(dict.fromkeys([where.objects[0], *(name.rpartition(".")[2] for name in names)]))
    slots = {"name": name_forms(where.subject, where.subject_kind), "words": [spelt_out(where.subject)]}
    return Lesson(completion, keys, math.ceil(len(keys) * 0.6), "symbol", slots)


def denial(name: str, closest: str, repository: str) -> str:
    """What the teacher says when asked about a name that does not exist."""
    return f"There is no `{name}` in {repository}. The closest name is `{closest}`."


def denial_of_text(what: str, name: str, closest: str, repository: str) -> str:
    """The same of a section or a term of documents."""
    return f'There is no {what} "{name}" in the documents of {repository}. The closest one is "{closest}".'


def needed(count: int, key_type: KeyType) -> int:
    """How many of `count` keys a right answer contains: all of up to three, else three quarters; 60% of words."""
    if key_type == "text":
        return math.ceil(count * 0.6)
    return count if count <= 3 else math.ceil(count * 0.75)


def name_forms(label: str, kind: str) -> list[str]:
    """The ways people write a name, in plain words too; the plain quoted one as often as all others together."""
    if "/" in label or kind == "file":
        return quoted_or_plain(label)
    forms = [*code_forms(label, kind), *word_forms(label, kind)]
    return [f"`{label}`"] * len(forms) + forms


def code_forms(label: str, kind: str) -> list[str]:
    """The ways people write a name as code, beside the plain quoted one."""
    forms = [f"the {kind} `{label}`", label]
    if kind in ("function", "method"):
        forms.append(f"`{label}()`")
    owner, _, last = label.rpartition(".")
    if owner and kind in ("method", "property"):
        forms.append(f"the `{last}` {kind} of `{owner}`")
    return forms


def word_forms(label: str, kind: str) -> list[str]:
    """How people speak of it without writing code: "the http adapter class", "the close method of session"."""
    owner, _, last = label.rpartition(".")
    words = " ".join(split_identifier(last))
    if kind not in SPOKEN_KINDS or last.startswith("__") or len(words) < SHORTEST_WORDS:
        return []
    return [f"the {words} {kind} of {spelt_out(owner)}" if owner else f"the {words} {kind}"]


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
    if fact.facet == "history" and fact.relation != "deprecated_since":
        sentence = _QUOTING.split(sentence)[0]
    return f"It {sentence.removeprefix(f'`{fact.subject}` ')}"
