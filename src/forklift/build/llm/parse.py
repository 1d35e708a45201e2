"""Replies -> rows: strict JSON where a model writes it, repaired where it does not."""

import ast
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forklift.build.llm.prompts import STYLES

LONGEST_CHARS = 200_000  # of a reply that is looked at
LONGEST_QUESTION, LONGEST_ANSWER = 600, 3_000  # characters

_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)
_TRAILING = re.compile(r",(\s*[}\]])")
_SAID = re.compile(
    r"^[ \t]*(?:\d+[.)][ \t]*)?\**(?P<who>question|answer|q|a)[ \t]*\d*\**[ \t]*[:.]\**[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_STYLED = {f"{style}s": style for style in STYLES} | {style: style for style in STYLES}


@dataclass(frozen=True, slots=True)
class Draft:
    """A question and answer as a teacher wrote it, before anything is checked."""

    style: str
    question: str
    answer: str
    reworded: str = ""
    follow_up: str = ""
    follow_up_answer: str = ""


def read_summary(text: str) -> str:
    """The summary in a reply, "" when there is none."""
    for found in objects(text):
        if isinstance(said := found.get("summary"), str) and said.strip():
            return plain(said)
    return ""


def read_rows(text: str) -> list[Draft]:
    """The rows in a reply: of its JSON object, or, where that is broken or cut, whatever whole rows stand in it."""
    drafts: list[Draft] = []
    for found in objects(text):
        rows = found.get("rows")
        for row in rows if isinstance(rows, list) else [found]:
            if draft := _draft(row):
                drafts.append(draft)
    drafts = drafts or list(_spoken(text[:LONGEST_CHARS]))
    return list(dict.fromkeys(drafts))


def _spoken(text: str) -> Iterator[Draft]:
    """Rows of a model that knows no JSON: lines that begin with "Q:" and "A:"."""
    marks = list(_SAID.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    said = [(mark["who"][0].lower(), text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)]
    for (who, question), (other, answer) in itertools.pairwise(said):
        if who == "q" and other == "a" and (draft := _draft({"question": question, "answer": answer})):
            yield draft


def read_verdict(text: str) -> bool | None:
    """Whether a judge says that an answer is right; None when it says neither."""
    for found in objects(text):
        right = found.get("right")
        if isinstance(right, str) and right.strip().lower() in ("true", "yes", "false", "no"):
            right = right.strip().lower() in ("true", "yes")
        if isinstance(right, bool):
            return right
    return None


def check_summary(text: str) -> str:
    """Why a reply is no summary, "" when it is one."""
    return "" if read_summary(text) else "the reply has no summary"


def check_rows(text: str) -> str:
    """Why a reply has no rows, "" when it has."""
    return "" if read_rows(text) else "the reply has no question with an answer"


def check_verdict(text: str) -> str:
    """Why a reply is no verdict, "" when it is one."""
    return "" if read_verdict(text) is not None else "the reply has no verdict"


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a reply, outermost first. Whatever stands around them is passed over, trailing commas,
    single quotes, line breaks in texts and a missing end are put up with."""
    said = _THOUGHTS.sub("", text[:LONGEST_CHARS]).strip()
    for attempt in (said, said.partition("```")[2].removeprefix("json").partition("```")[0]):
        if found := _whole(attempt.strip()):
            return found
    return list(_pieces(said))


def _whole(text: str) -> list[dict[str, Any]]:
    """The text as one JSON value, an object or a list of them; [] when it is none."""
    for read in (_json, _literal):
        value = read(text)
        if isinstance(value, list):
            value = {"rows": value}
        if isinstance(value, dict):
            return [value]
    return []


def _json(text: str) -> Any:
    for attempt in (text, _TRAILING.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _literal(text: str) -> Any:
    """A value as Python writes it: some models do."""
    if not text.startswith(("{", "[")) or len(text) > 20_000:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def _pieces(text: str) -> Iterator[dict[str, Any]]:
    """The objects that are whole, in the order in which they begin; those inside a broken one count."""
    decoder, at = json.JSONDecoder(strict=False), text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(found, dict):
                yield found
        at = text.find("{", end)


def _draft(row: Any) -> Draft | None:
    if not isinstance(row, dict):
        return None
    values = {str(name).strip().lower(): plain(value) for name, value in row.items() if isinstance(value, str)}
    question, answer = values.get("question", ""), values.get("answer", "")
    if not question or not answer or len(question) > LONGEST_QUESTION or len(answer) > LONGEST_ANSWER:
        return None
    more = [values.get(name, "") for name in ("reworded", "follow_up", "follow_up_answer")]
    return Draft(_STYLED.get(values.get("style", "").lower(), "what"), question, answer, *more)


def plain(text: str) -> str:
    """A text without blanks at line ends, and without what cannot be written to a file."""
    lines = (line.rstrip() for line in text.encode("utf-8", "replace").decode("utf-8").splitlines())
    return "\n".join(lines).strip()
