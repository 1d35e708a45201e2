"""One self-contained HTML page that says what was measured to someone who has never seen the tool."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forklift.records import Answer
from forklift.test import figures, wording
from forklift.test.statistics import SPLITS, our_answerer
from forklift.workspace import replacing

SHOWN_QUESTIONS = 20
SHOWN_CHARACTERS = 500  # of an answer
SIGNIFICANT = 0.05
TRAIN_LABELS = {
    "tokens_per_s": "tokens per second",
    "examples_per_s": "examples per second",
    "minutes": "minutes of training",
}


def write_report(
    path: Path, scores: Mapping[str, Any], answers: Sequence[Answer], curve: Sequence[Mapping[str, Any]]
) -> None:
    """Writes the report of `scores` (see `statistics.scores`) to `path`, atomically.

    `answers` are the graded answers behind the scores; `curve` is the training log, rows of step, examples,
    loss, validation_loss (optional) and seconds. Both may be empty.
    """
    page = _environment().get_template("report.html.j2").render(_content(scores, answers, curve))
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def pick_questions(answers: Sequence[Answer], count: int = SHOWN_QUESTIONS) -> list[list[Answer]]:
    """Up to `count` questions, each as the answers of every answerer, the same for the same answers.

    Splits take turns; within a split wins and losses of ours alternate, then come the rest, each in the order
    of a hash of the question's id, so that neighbours in the dataset do not follow one another.
    """
    questions: dict[str, list[Answer]] = {}
    for answer in answers:
        questions.setdefault(answer.question_id, []).append(answer)
    ours = our_answerer(dict.fromkeys(answer.answerer for answer in answers))
    queues = [_queue([each for each in questions.values() if each[0].split == s], ours) for s in SPLITS]
    picked = [each for each in chain.from_iterable(zip_longest(*queues)) if each is not None][:count]
    order = ("win", "loss", "")
    return sorted(picked, key=lambda each: (each[0].split, order.index(outcome(each, ours))))


def outcome(answers: Sequence[Answer], ours: str | None) -> str:
    """How ours fares: "win" when it is right and another is not, "loss" when it is wrong, else ""."""
    right = {answer.answerer: answer.right for answer in answers}
    if ours not in right:
        return ""
    if not right[ours]:
        return "loss"
    return "" if all(right.values()) else "win"


def _queue(questions: Sequence[list[Answer]], ours: str | None) -> list[list[Answer]]:
    shuffled = sorted(questions, key=lambda each: hashlib.sha256(each[0].question_id.encode()).digest())
    wins, losses, rest = ([each for each in shuffled if outcome(each, ours) == kind] for kind in ("win", "loss", ""))
    alternating = chain.from_iterable(zip_longest(wins, losses))
    return [each for each in alternating if each is not None] + rest


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("forklift.test", ""),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("answerer_name", "label", "number", "p_value", "percent", "points", "span"):
        environment.filters[name] = getattr(wording, name)
    environment.filters["code_spans"] = _code_spans
    return environment


def _code_spans(text: str) -> Markup:
    """`text` with `names in backticks` set as code, everything escaped."""
    parts = re.split("`([^`\n]+)`", wording.printable(text))
    return Markup("").join(Markup("<code>{}</code>" if i % 2 else "{}").format(part) for i, part in enumerate(parts))


def _finalize(value: Any) -> Any:
    """Everything the page prints passes here before it is escaped: no control characters get through."""
    return wording.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _content(
    scores: Mapping[str, Any], answers: Sequence[Answer], curve: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "name": wording.repository_name(scores["repository"]),
        "verdict": wording.verdict(scores),
        "ours": our_answerer(scores["answerers"]),
        "questions": scores["questions"],
        "splits": wording.SPLIT_TITLES,
        "meanings": wording.SPLIT_MEANINGS,
        "answerers": scores["answerers"],
        "answerer_meaning": wording.answerer_meaning,
        "splits_figure": figures.splits_figure(scores),
        "facets_figure": figures.facets_figure(scores),
        "loss_figure": figures.loss_figure(curve),
        "cards": [_card(each, scores["repository"]) for each in pick_questions(answers)],
        "comparisons": [{**row, "reading": _reading(row)} for row in scores["comparisons"]],
        "rates": _rates(scores.get("answering") or {}),
        "external": _external(scores.get("external") or {}),
        "external_columns": wording.EXTERNAL,
        "judge": scores.get("judge") or {},
        "forgetting": scores.get("forgetting") or {},
        "overlap": scores.get("overlap") or {},
        "train": _scalars(scores["train"], TRAIN_LABELS),
        "repository": _scalars(scores["repository"], {}, leave_out=("name", "not_covered", "web")),
        "not_covered": _not_covered(scores["repository"].get("not_covered")),
    }


def _rates(answering: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """Answers a second of each answerer, for people."""
    return [
        (wording.label(name), f"{wording.number(each['answers'] / each['seconds'])} answers per second")
        for name, each in answering.items()
        if each["seconds"] > 0
    ]


def _external(external: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each file's table: one row per answerer, one cell per metric with its interval."""
    return [
        {
            "stem": stem,
            "rows": [(name, _cells(row)) for name, row in table.items()],
            "n": max(row["n"] for row in table.values()),
            "notes": list(dict.fromkeys(note for row in table.values() for note in row["notes"])),
        }
        for stem, table in external.items()
    ]


def _cells(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Value and interval of each metric, as the table shows them."""
    intervals = row.get("intervals") or {}
    cells = []
    for metric, (_, _, share) in wording.EXTERNAL.items():
        show = wording.percent if share else wording.number
        value = "–" if row.get(metric) is None else show(row[metric])
        bounds = intervals.get(metric)
        cells.append((value, f"{show(bounds[0])} to {show(bounds[1])}" if bounds else ""))
    return cells


def _card(answers: Sequence[Answer], repository: Mapping[str, Any]) -> dict[str, Any]:
    """One question with its answers, as the page shows it."""
    first = answers[0]
    return {
        "split": first.split,
        "facet": first.facet,
        "prompt": _cut(first.prompt),
        "gold": _cut(first.gold),
        "evidence": [(place, _address(place, repository)) for place in first.evidence],
        "answers": [
            {
                "answerer": answer.answerer,
                "text": _cut(answer.answer),
                "right": answer.right,
                "note": _note(answer),
            }
            for answer in answers
        ],
    }


def _address(place: str, repository: Mapping[str, Any]) -> str:
    """Where "path:line" is shown on the web, "" when the repository is not there."""
    path, _, line = place.rpartition(":")
    web, commit = repository.get("web"), repository.get("commit")
    return f"{web}/blob/{commit}/{quote(path)}#L{line}" if web and commit else ""


def _note(answer: Answer) -> str:
    """What the grader held against an answer."""
    notes = [
        "gives no answer" if answer.abstained and answer.answer and answer.split != "D" else "",
        f"invented: {', '.join(answer.invented)}" if answer.invented else "",
        f"not in the gold answer: {', '.join(answer.wrong)}" if answer.wrong else "",
    ]
    return _cut("; ".join(filter(None, notes)))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " …"


def _reading(comparison: Mapping[str, Any]) -> str:
    """A comparison in a word; a difference counts when both the interval and Holm's p-value say so."""
    if comparison["holm_p"] < SIGNIFICANT and comparison["low"] > 0:
        return "better"
    if comparison["holm_p"] < SIGNIFICANT and comparison["high"] < 0:
        return "worse"
    return "no difference shown"


def _scalars(
    values: Mapping[str, Any], labels: Mapping[str, str], leave_out: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Label and value of each plain entry; nested ones are for machines and stay in scores.json."""
    return [
        (labels.get(key, key.replace("_", " ")), wording.number(value))
        for key, value in values.items()
        if isinstance(value, (str, int, float)) and value != "" and key not in leave_out
    ]


def _not_covered(value: Any) -> list[str]:
    """What the index left out: given as a sentence, a list of them, or counts by reason."""
    if isinstance(value, Mapping):
        return [f"{reason}: {wording.number(count)}" for reason, count in value.items()]
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value or ()]
