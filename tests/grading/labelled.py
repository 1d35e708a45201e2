"""Answers with hand-labelled code names, and how well the grader finds and judges them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from forklift.grading import find_mentions, ground
from forklift.index import Index

DATA = Path(__file__).parent / "data" / "mentions.jsonl"


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one code name of an answer: text[start:end] of it."""

    start: int
    end: int
    text: str
    kind: str  # symbol, path, option; local: the code in the answer makes this name itself
    known: bool  # exists in the repository, the language, its library, the dependencies or the question


@dataclass(frozen=True, slots=True)
class Labelled:
    """One answer and its labels. `part`: development (the parser was mended on it) or held-out."""

    part: str
    repository: str
    question: str
    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """How many labels were found, and what was found without one."""

    right: int
    labels: int
    found: int
    right_kind: int
    missed: tuple[str, ...]  # "text  <-  answer" of each label that was not found
    extra: tuple[str, ...]  # the same of each thing found that is no label

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labels if self.labels else 1.0


@dataclass(frozen=True, slots=True)
class Judging:
    """How many of the names found are judged wrongly."""

    existing: int
    invented: int
    false_alarms: tuple[str, ...]  # exist, called invented
    overlooked: tuple[str, ...]  # invented, called known


def read_labelled(part: str = "") -> list[Labelled]:
    """The labelled answers of one part, or all."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(
            row["part"], row["repository"], row["question"], row["text"], tuple(Label(**m) for m in row["mentions"])
        )
        for row in rows
        if part in ("", row["part"])
    ]


def finding(rows: Iterable[Labelled], marked_only: bool = False) -> Finding:
    """Compares what `find_mentions` finds with the labels. A name is found when both its ends are right.

    `marked_only`: leave out the names that nothing in the text marks as code, only their meaning.
    """
    right = labels = found = right_kind = 0
    missed, extra = [], []
    for row in rows:
        labels_here = [label for label in row.labels if not (marked_only and is_plain(row.text, label))]
        wanted = {(label.start, label.end): label for label in labels_here}
        got = {(mention.start, mention.end): mention for mention in find_mentions(row.text)}
        both = wanted.keys() & got.keys()
        labels, found, right = labels + len(wanted), found + len(got), right + len(both)
        right_kind += sum(wanted[span].kind == got[span].kind for span in both)
        missed += [f"{row.text[start:end]!r} <- {around(row.text, start, end)}" for start, end in wanted.keys() - both]
        extra += [f"{row.text[start:end]!r} <- {around(row.text, start, end)}" for start, end in got.keys() - both]
    return Finding(right, labels, found, right_kind, tuple(missed), tuple(extra))


def judging(rows: Iterable[Labelled], index: Index) -> Judging:
    """Compares known-or-invented with the labels, over the names that were found where a label is."""
    existing = invented = 0
    false_alarms, overlooked = [], []
    for row in rows:
        said = {(one.start, one.end): one.known for one in ground(row.text, index, row.question)}
        for label in row.labels:
            known = said.get((label.start, label.end))
            if known is None:
                continue
            existing, invented = existing + label.known, invented + (not label.known)
            if known != label.known:
                (false_alarms if label.known else overlooked).append(f"{label.text} ({row.repository})")
    return Judging(existing, invented, tuple(false_alarms), tuple(overlooked))


def is_plain(text: str, label: Label) -> bool:
    """Whether a name is a plain word between plain words: "passed to jsonify", "FLOAT and STRING"."""
    line = text[text.rfind("\n", 0, label.start) + 1 : label.start]
    in_code = line.count("`") % 2 or text[: label.start].count("```") % 2 or text[label.end : label.end + 1] == "("
    return not in_code and re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]+", label.text) is not None


def around(text: str, start: int, end: int) -> str:
    return repr(text[max(0, start - 25) : end + 25])
