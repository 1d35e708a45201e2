"""Phrase grammars: a template with alternatives stands for many wordings.

`(a|b|)` means one of its alternatives, which may nest; `{slot}` is filled in. "(Where|In which file) is {name}
(defined|implemented)?" stands for four questions.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

TELL = "(Can you tell me|Could you tell me|Do you know|I need to know|Tell me|Please tell me|I'd like to know)"
QUICK = "(|Quick question: |Hi, |Hey, |Help me out: |One more thing: )"

TONED = 0.15  # of the wordings

Parts = tuple[Any, ...]
"""Texts, and choices: lists of alternatives, which are Parts again."""

_SPACES, _SPACE_BEFORE, _WORD = re.compile(r" {2,}"), re.compile(r" +([?.,])"), re.compile(r"\w+")
_SLOT = re.compile(r"(\b[Aa]n? )?\{(\w+)\}")


def wordings(
    templates: Sequence[str], slots: Mapping[str, Sequence[str]], count: int, seed: str, tones: Sequence[str] = ()
) -> list[str]:
    """Up to `count` distinct questions from the templates, each slot filled with one of its values.

    A template with a slot that has no values is left out; some questions are wrapped in one of the `tones`, templates
    with a {question}. The same seed gives the same questions; a longer list starts with the shorter one.
    """
    rng = random.Random(seed)
    found: dict[str, str] = {}
    turn = [template for template in templates if slots.keys() >= _slots_of(template)] or list(templates)
    for attempt in range(count * 4):
        if attempt % len(turn) == 0:
            rng.shuffle(turn)
        text = fill(expand(turn[attempt % len(turn)], rng), slots, rng)
        if tones and rng.random() < TONED:
            text = fill(expand(rng.choice(tones), rng), {"question": [text]}, rng)
        found.setdefault(normalised(text), text)
        if len(found) == count:
            break
    return list(found.values())


@lru_cache(maxsize=10_000)
def _slots_of(template: str) -> frozenset[str]:
    return frozenset(slot for _, slot in _SLOT.findall(template))


def expand(template: str, rng: random.Random) -> str:
    """One wording of a template: every choice made, spaces tidied."""
    text = _said(_parsed(template), rng.random)
    return _SPACE_BEFORE.sub(r"\1", _SPACES.sub(" ", text)).strip()


def _said(parts: Parts, draw: Callable[[], float]) -> str:
    return "".join([part if isinstance(part, str) else _said(part[int(draw() * len(part))], draw) for part in parts])


@lru_cache(maxsize=10_000)
def _parsed(template: str) -> Parts:
    """A template as text and choices, each of which is a list of alternatives."""
    return tuple(_alternatives(iter(template), inside=False)[0])


def _alternatives(chars: Iterator[str], *, inside: bool) -> list[Parts]:
    """The alternatives up to the bracket that closes here, or to the end."""
    found: list[list[Any]] = [[]]
    for char in chars:
        if char == "(":
            nested = _alternatives(chars, inside=True)
            found[-1] += [nested] if len(nested) > 1 else ["(", *nested[0], ")"]
        elif char == ")" and inside:
            break
        elif char == "|" and inside:
            found.append([])
        else:
            found[-1].append(char)
    return [tuple(_joined(parts)) for parts in found]


def _joined(parts: Sequence[Any]) -> Iterator[Any]:
    """Neighbouring texts as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            yield from (text, part) if text else (part,)
            text = ""
    if text:
        yield text


def fill(text: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """`text` with each {slot} replaced by one of its values; the first letter is made a capital. A value that begins
    with "the" gets no other article."""

    def filled(slot: re.Match[str]) -> str:
        article, value = slot[1] or "", _picked(slots[slot[2]], rng)
        return value if value.startswith("the ") else article + value

    text = _SLOT.sub(filled, text)
    return text[:1].upper() + text[1:]


def _picked(values: Sequence[str], rng: random.Random) -> str:
    return values[int(rng.random() * len(values))]


def normalised(text: str) -> str:
    """What two wordings must not share: the text without case, punctuation and spacing."""
    return " ".join(_WORD.findall(text.lower()))
