"""The one grader: it filters the dataset, rewards training and scores tests."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from forklift.errors import DatasetError
from forklift.grading.denial import abstains, denies
from forklift.grading.mentions import find_mentions
from forklift.records import Grade, Question

_STOP_WORDS = frozenset(
    "a an the and or of to in on for with by from as at is are be this that these those it its if when which "
    "while into than then not no any all each other can will may must used uses use using given one".split()
)


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """The distinct words of `text` that carry meaning, lower case, plural endings cut."""
    words = (_stem(word) for word in re.findall(r"[A-Za-z_][\w]*", text.lower()))
    return tuple(dict.fromkeys(word for word in words if word not in _STOP_WORDS and len(word) > 1))


def grade(question: Question, answer: str, known: Callable[[str], bool]) -> Grade:
    """Grades one answer. `known(name)` says whether a code name exists.

    Right means: enough of the keys are there, not denied, and the answer names no more than a third as many
    other things of the keys' type (so listing names does not pay). A question about something that does not
    exist is answered right by saying so.
    """
    said = _said(question)
    mentions = dict.fromkeys(mention.text for mention in find_mentions(answer) if mention.kind != "local")
    invented = tuple(name for name in mentions if not has_word(said, name) and not known(name))
    right, found, wrong = _verdict(question, answer)
    score = len(found) / len(question.keys) if found else 1.0
    return Grade(right, score if right else 0.0, found, wrong, abstains(answer), invented, len(mentions))


def _verdict(question: Question, answer: str) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """Whether an answer is right; the keys it holds, and the names of their type that it should not."""
    if question.key_type == "absent":
        return denies(answer), (), ()
    found = tuple(key for key in question.keys if _contains(answer, key, question.key_type))
    wrong = _wrong_names(question, answer)
    enough = len(found) >= question.min_keys and len(wrong) <= len(question.keys) // 3
    return enough and not abstains(answer), found, wrong


def _said(question: Question) -> str:
    """All that stands before the answer."""
    return "\n".join((*question.history, question.prompt))


def check_question(question: Question, others: Sequence[Question]) -> None:
    """Raises DatasetError unless the gold answer is right, an empty one and the others' gold answers wrong.

    `others`: questions about other facts, whose gold answers do not answer this one.
    """
    right, found, wrong = _verdict(question, question.completion)
    if not right or (found != question.keys and question.key_type != "absent"):
        raise DatasetError(f"the gold answer of {question.prompt!r} fails its own grader: {found=}, {wrong=}")
    if _verdict(question, "")[0]:
        raise DatasetError(f"an empty answer passes the grader of {question.prompt!r}")
    for other in others:
        if _verdict(question, other.completion)[0]:
            raise DatasetError(f"the answer to {other.prompt!r} passes the grader of {question.prompt!r}")


def _contains(answer: str, key: str, key_type: str) -> bool:
    if key_type == "text":
        return key in content_words(answer)
    if key_type == "path":
        return any(same_path(key, mention.text) for mention in find_mentions(answer))
    owner, _, last = key.rpartition(".")
    return _names(answer, key) or (bool(owner) and _names(answer, last) and _names(answer, owner))


def _names(answer: str, name: str) -> bool:
    """Whether the answer names it. A name that is also a plain word ("signer") must be written as code."""
    if name.islower() and name.isalpha():
        return any(name in re.split(r"\W+", mention.text) for mention in find_mentions(answer))
    return has_word(answer, name)


def same_path(gold: str, mentioned: str) -> bool:
    """Whether one path is the other or its ending: "src/a/b.py" and "a/b.py"."""
    gold, mentioned = gold.strip("/"), mentioned.removeprefix("./").strip("/")
    return gold == mentioned or gold.endswith(f"/{mentioned}") or mentioned.endswith(f"/{gold}")


def _wrong_names(question: Question, answer: str) -> tuple[str, ...]:
    if question.key_type == "text":
        return ()
    stated = (*find_mentions(question.completion), *find_mentions(_said(question)))
    allowed = {mention.text for mention in stated}.union(question.keys)
    names = dict.fromkeys(m.text for m in find_mentions(answer) if m.kind == question.key_type)
    if question.key_type == "path":
        return tuple(name for name in names if not any(same_path(gold, name) for gold in allowed))
    ends = {part for name in allowed for part in (name, *name.split("."))}
    return tuple(name for name in names if name not in ends and name.rpartition(".")[2] not in ends)


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text`, not as a part of a longer word."""
    at = text.find(word)
    while at >= 0 and word:
        end = at + len(word)
        if not _is_word(text[at - 1 : at]) and not _is_word(text[end : end + 1]):
            return True
        at = text.find(word, at + 1)
    return not word


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
