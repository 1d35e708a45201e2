"""Dataset -> scores: every answerer on the same questions, graded, with intervals, in JSON and as a page."""

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from forklift.answerers import make_answerer
from forklift.config import ScoreConfig
from forklift.engine import Report
from forklift.errors import DatasetError
from forklift.grading import is_known
from forklift.index import open_index
from forklift.records import Answer, Question
from forklift.tables import read_rows, write_rows
from forklift.test.report import write_report
from forklift.test.run import answer_all, in_turn, seen_and_unseen
from forklift.test.statistics import scores
from forklift.workspace import Lift, finished_stage, read_json, record_stage, require_stage, stage_key, write_json

VERSION = 1


def test(lift: Lift, config: ScoreConfig, report: Report, seconds: float | None = None) -> dict[str, Any]:
    """Scores the lift's model against the others and writes scores/; returns what is in scores.json.

    `seconds` is what is left of the time of a whole lift; alone, config.minutes counts.

    Answers are kept slice by slice: an interrupted test goes on where it was. Raises WorkspaceError,
    DatasetError, ConfigError, ModelError.
    """
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")
    trained = require_stage(lift, "train:sft", f"forklift train {lift.root}")
    key = stage_key(VERSION, config, built["key"], trained["key"])
    done = finished_stage(lift, "test")
    if done and done["key"] == key and (lift.scores / "report.html").exists():
        return dict(read_json(lift.scores / "scores.json"))
    training = read_json(lift.model("sft") / "training.json")
    asked, left_out = seen_and_unseen(
        read_rows(lift.dataset / "data" / "test.parquet", Question), frozenset(training["trained_facts"])
    )
    if not asked:
        raise DatasetError(f"{lift.dataset} has no test questions about what was taught: train on more of it")
    questions = in_turn(asked, config.limit, config.seed)
    answers = _answers(lift, questions, config, key, seconds, report)
    result = scores(answers, _repository(built, training, left_out), _costs(training), config.seed)
    write_rows(lift.scores / "answers.parquet", answers, Answer)
    write_report(lift.scores / "report.html", result, answers, _curve(lift.model("sft") / "curve.jsonl"))
    write_json(lift.scores / "scores.json", result)
    record_stage(lift, "test", key, config)
    for path in lift.scores.glob("partial-*.parquet"):
        path.unlink()
    return result


def _answers(
    lift: Lift, questions: list[Question], config: ScoreConfig, key: str, seconds: float | None, report: Report
) -> list[Answer]:
    """All answers; those of an interrupted test with the same key are taken from disk."""
    path = lift.scores / f"partial-{key}.parquet"
    answers = read_rows(path, Answer) if path.exists() else []
    answered = {answer.question_id for answer in answers}
    rest = [question for question in questions if question.id not in answered]
    if seconds is None and config.minutes is not None:
        seconds = config.minutes * 60
    started = time.monotonic()
    answerers = {name: make_answerer(name, lift) for name in config.against}
    if seconds is not None:
        seconds -= time.monotonic() - started
    with open_index(lift.index) as index:
        known = lru_cache(maxsize=None)(lambda name: is_known(name, index))
        for graded in answer_all(rest, answerers, known, config.max_tokens, seconds, report):
            answers += graded
            write_rows(path, answers, Answer)
    return answers


def _repository(built: dict[str, Any], training: dict[str, Any], left_out: int) -> dict[str, Any]:
    not_taught = training["lessons_in_all"] - training["lessons"]
    notes = [f"files left out: {count} ({reason})" for reason, count in built["left_out"].items()]
    if not_taught:
        notes.append(
            f"{not_taught} of {training['lessons_in_all']} lessons, about the least central symbols, did not fit the "
            f"time; {left_out} test questions about them were not asked"
        )
    counts = {"symbols": built["symbols"], "facts": built["facts"]}
    return {
        "name": built["repository"]["name"],
        "commit": built["repository"]["commit"],
        **counts,
        "not_covered": notes,
    }


def _costs(training: dict[str, Any]) -> dict[str, Any]:
    names = ("tokens_per_s", "examples_per_s", "minutes", "examples", "mean_tokens", "lessons", "exposures", "base")
    return {name: training[name] for name in names}


def _curve(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
