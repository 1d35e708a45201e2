"""A question as the chat messages that a model reads, and as the one text that search and baselines read."""

import re
from collections.abc import Sequence

from forklift.grading import find_mentions
from forklift.records import Question

Message = dict[str, str]

_REFERS = re.compile(r"\b(?:it|its|they|them|their)\b", re.IGNORECASE)
ROLES = ("user", "assistant")


def messages_of(question: Question, system: str = "") -> list[Message]:
    """The conversation up to the answer; `system` is said before it, where there is one."""
    turns = [{"role": ROLES[n % 2], "content": text} for n, text in enumerate((*question.history, question.prompt))]
    return [*([{"role": "system", "content": system}] if system else []), *turns]


def standalone(prompt: str, earlier: Sequence[str]) -> str:
    """A question that can be understood by itself: after the earlier question that it refers to, if it does.

    `earlier`: what the same person asked before, oldest first. A question that names code before it says "it" needs
    nothing; another one goes back to the last one that named something, else to the last one.
    """
    if not earlier:
        return prompt
    named, refers = find_mentions(prompt), _REFERS.search(prompt)
    if named and not (refers and refers.start() < named[0].start):
        return prompt
    meant = next((text for text in reversed(earlier) if find_mentions(text)), earlier[-1])
    return f"{meant} {prompt}"


def asked(question: Question) -> str:
    """What a question asks, as one text."""
    return standalone(question.prompt, question.history[::2])
