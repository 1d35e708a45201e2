"""Phrase grammars: a template with alternatives stands for many wordings.

`(a|b|)` means one of its alternatives, which may nest; `{slot}` is filled in. "(Where|In which file) is {name}
(defined|implemented)?" stands for four questions.
"""

import random
import re
from collections.abc import Mapping, Sequence

TELL = "(Can you tell me|Could you tell me|Do you know|I need to know|Tell me|Please tell me|I'd like to know)"
QUICK = "(|Quick question: |Hi, |Hey, |Help me out: |One more thing: )"

_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")


def wordings(templates: Sequence[str], slots: Mapping[str, Sequence[str]], count: int, seed: str) -> list[str]:
    """Up to `count` distinct questions from the templates, each slot filled with one of its values.

    The same seed gives the same questions; a longer list starts with the shorter one.
    """
    rng = random.Random(seed)
    found: dict[str, str] = {}
    turn = list(templates)
    for attempt in range(count * 4):
        if attempt % len(turn) == 0:
            rng.shuffle(turn)
        text = fill(expand(turn[attempt % len(turn)], rng), slots, rng)
        found.setdefault(normalised(text), text)
        if len(found) == count:
            break
    return list(found.values())


def expand(template: str, rng: random.Random) -> str:
    """One wording of a template: every choice made, innermost first, spaces tidied."""
    while choice := _CHOICE.search(template):
        picked = rng.choice(choice[1].split("|"))
        template = template[: choice.start()] + picked + template[choice.end() :]
    return re.sub(r" +([?.,])", r"\1", re.sub(r" {2,}", " ", template)).strip()


def fill(text: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """`text` with each {slot} replaced by one of its values; the first letter is made a capital."""
    text = _SLOT.sub(lambda slot: rng.choice(slots[slot[1]]), text)
    return text[:1].upper() + text[1:]


def normalised(text: str) -> str:
    """What two wordings must not share: the text without case, punctuation and spacing."""
    return " ".join(re.findall(r"\w+", text.lower()))
