"""Dataset -> scores: every answerer on the same questions, graded, with intervals, in JSON and as a page."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from forklift.answerers import answerer_key, load_answering_model, token_counter
from forklift.config import ScoreConfig
from forklift.engine import Report
from forklift.errors import EndpointError
from forklift.grading import is_known
from forklift.index import Index, open_index
from forklift.records import Answer
from forklift.tables import write_rows
from forklift.test.cache import Kept, cache_key, keep, kept, open_cache
from forklift.test.external import external_scores
from forklift.test.forgetting import forgetting
from forklift.test.inputs import Inputs, loss_curve, read_inputs
from forklift.test.judge import judge_answers
from forklift.test.report import write_report
from forklift.test.run import Answered, answer_all, graded, in_turn
from forklift.test.statistics import scores
from forklift.workspace import Lift, finished_stage, read_json, record_stage, require_stage, stage_key, write_json

VERSION = 3
FORGETTING_S = 90.0  # measuring it may take this much of a limited time


def test(
    lift: Lift, config: ScoreConfig, report: Report, announce: Callable[[str], None], seconds: float | None = None
) -> dict[str, Any]:
    """Scores the answerers of `config` (none named: all that are there) and writes scores/.

    Returns what scores.json holds. `seconds` is what is left of the time of a whole lift; alone, config.minutes
    counts. Answers are kept as they come (scores/cache.sqlite): an interrupted test goes on where it was.
    `announce` is told what could not be scored; the rest is. Raises WorkspaceError, DatasetError, ConfigError,
    ModelError.
    """
    started = time.monotonic()
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")
    if not config.against:  # whoever names answerers may score them without any training
        require_stage(lift, "train:sft", f"forklift train {lift.root}")
    limit_s = config.minutes * 60 if seconds is None and config.minutes is not None else seconds

    def left_s() -> float:
        return float("inf") if limit_s is None else limit_s - (time.monotonic() - started)

    with open_index(lift.index) as index:
        inputs = read_inputs(lift, config, index)
        key = _key(config, built, inputs)
        done = finished_stage(lift, "test")
        if done and done["key"] == key and (lift.scores / "report.html").exists():
            return dict(read_json(lift.scores / "scores.json"))
        with open_cache(lift.scores / "cache.sqlite") as cache:
            questions = in_turn(inputs.groups, config.limit, config.seed)
            answered = answer_all(questions, inputs.answerers, cache, config.max_tokens, left_s, report)
            external, judged, troubles = _external(lift, inputs, answered, index, config, report)
            notes = [*inputs.notes, *answered.notes(inputs.unavailable), *troubles]
            for note in notes:
                announce(note)
            answers = _grade(answered, index)
            result = {
                **scores(answers, _repository(built, inputs, notes), _costs(inputs.training), config.seed),
                "answering": answered.speeds(),
                "overlap": read_json(lift.dataset / "overlap.json"),
                "external": external,
                "judge": judged,
                "forgetting": _forgetting(lift, inputs, cache, config, report, left_s()),
            }
    write_rows(lift.scores / "answers.parquet", answers, Answer)
    write_report(lift.scores / "report.html", result, answers, loss_curve(lift, inputs.ours))
    write_json(lift.scores / "scores.json", result)
    record_stage(lift, "test", key, config)
    return result


def _key(config: ScoreConfig, built: Mapping[str, Any], inputs: Inputs) -> str:
    asked = [f"{q.id} {q.completion}" for rows in inputs.external.values() for q in rows]
    return stage_key(VERSION, config, built["key"], *inputs.answerers.keys.values(), *inputs.unavailable, *asked)


def _grade(answered: Answered, index: Index) -> list[Answer]:
    """Every answer, graded. What outsiders asked is graded by the reference's names alone: see `_external`."""
    known = lru_cache(maxsize=None)(lambda name: is_known(name, index))
    return [
        graded(name, question, texts[question.id].text, known)
        for question in answered.asked
        for name, texts in answered.answers.items()
        if question.id in texts
    ]


def _external(
    lift: Lift, inputs: Inputs, answered: Answered, index: Index, config: ScoreConfig, report: Report
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Scores and the judge's verdicts on each file of questions that outsiders wrote, and what went wrong."""
    asked = {question.id for question in answered.asked}
    texts = {name: {key: each.text for key, each in kept.items()} for name, kept in answered.answers.items()}
    found: dict[str, Any] = {}
    judged: dict[str, Any] = {}
    notes: list[str] = []
    for stem, rows in inputs.external.items():
        questions = [question for question in rows if question.id in asked]
        if not questions:
            notes.append(f"no question of {stem} was asked in the time there was")
            continue
        found[stem] = external_scores(questions, texts, index, token_counter(lift), config.seed, report)
        try:
            if inputs.judge:
                judged[stem] = judge_answers(inputs.judge, questions, texts, report, config.seed)
        except EndpointError as error:
            notes.append(f"{stem} was not judged: {error}")
    return found, judged, notes


def _forgetting(
    lift: Lift, inputs: Inputs, cache: sqlite3.Connection, config: ScoreConfig, report: Report, left_s: float
) -> dict[str, Any] | None:
    """What our model forgot, measured once for a model; None without one, or when there is no time for it."""
    name = (inputs.ours or "").partition("+")[0]
    if not name or left_s < FORGETTING_S:
        return None
    key = cache_key("forgetting", answerer_key("base", lift), answerer_key(name, lift), config.seed)
    if key not in (before := kept(cache, [key])):
        began = time.monotonic()
        table = forgetting(load_answering_model(lift, "base"), load_answering_model(lift, name), report, config.seed)
        before = {key: Kept(json.dumps(table), time.monotonic() - began)}
        keep(cache, before)
    return dict(json.loads(before[key].text))


def _repository(built: Mapping[str, Any], inputs: Inputs, notes: list[str]) -> dict[str, Any]:
    not_covered = [f"files left out: {count} ({reason})" for reason, count in built["left_out"].items()]
    training = inputs.training
    if training and (not_taught := training["lessons_in_all"] - training["lessons"]):
        not_covered.append(
            f"{not_taught} of {training['lessons_in_all']} lessons, about the least central symbols, did not fit the "
            f"time; {inputs.left_out} test questions about them were not asked"
        )
    return {
        "name": built["repository"]["name"],
        "commit": built["repository"]["commit"],
        "web": built["repository"].get("web", ""),
        "symbols": built["symbols"],
        "facts": built["facts"],
        "not_covered": [*not_covered, *notes],
    }


def _costs(training: Mapping[str, Any]) -> dict[str, Any]:
    names = ("tokens_per_s", "examples_per_s", "minutes", "examples", "mean_tokens", "lessons", "exposures", "base")
    return {name: training[name] for name in names if name in training}
