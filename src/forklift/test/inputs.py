"""What a test works on: who answers, which questions, and what is known about how the model was trained."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from forklift.answerers import answerer_key, local_answerers, make_answerer
from forklift.config import ScoreConfig
from forklift.endpoint import Endpoint, parse_endpoint
from forklift.errors import ConfigError, DatasetError, ForkLiftError
from forklift.index import Index
from forklift.records import Question
from forklift.tables import read_rows
from forklift.test.external import read_questions
from forklift.test.run import Answerers, by_split, seen_and_unseen
from forklift.test.statistics import our_answerer
from forklift.workspace import Lift, read_json, read_manifest


@dataclass(frozen=True)
class Inputs:
    """Everything a test reads before it asks."""

    answerers: Answerers
    unavailable: Mapping[str, str]  # why, by the name of an answerer that was asked for
    groups: Mapping[str, Sequence[Question]]  # what is drawn from evenly: the splits, and each external file
    external: Mapping[str, Sequence[Question]]  # by file stem
    ours: str | None  # the answerer the report is about
    training: Mapping[str, Any]  # of ours; empty when no trained model answers
    left_out: int  # test questions about facts that ours was not taught
    judge: Endpoint | None  # who judges answers to the external questions
    notes: Sequence[str]  # what was wrong with the inputs, for people


def read_inputs(lift: Lift, config: ScoreConfig, index: Index) -> Inputs:
    """Reads what a test of `lift` needs. Raises ConfigError, DatasetError, WorkspaceError."""
    judge = parse_endpoint(config.judge) if config.judge else None
    answerers, unavailable = _answerers(lift, config.against or (*local_answerers(lift), *_deleted(lift)))
    ours = our_answerer(answerers.keys)
    training = _training(lift, (ours or "sft").partition("+")[0])
    rows = read_rows(lift.dataset / "data" / "test.parquet", Question)
    taught = [frozenset(training[name]) for name in ("trained_facts", "trained_lessons")] if training else []
    asked, left_out = seen_and_unseen(rows, *taught) if taught else (rows, 0)
    external, notes = _external(config.questions, index)
    if not asked and not external:
        raise DatasetError(f"{lift.dataset} has no test questions about what was taught: train on more of it")
    groups = {**by_split(asked), **{f"E {stem}": rows for stem, rows in external.items()}}
    return Inputs(answerers, unavailable, groups, external, ours, training, left_out, judge, notes)


def loss_curve(lift: Lift, ours: str | None) -> list[dict[str, float]]:
    """The training log of our answerer's model; empty when there is none."""
    path = lift.model((ours or "").partition("+")[0]) / "curve.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def _answerers(lift: Lift, names: Sequence[str]) -> tuple[Answerers, dict[str, str]]:
    """Those of `names` that are there, and why the others are not. A name that nobody could have is an error."""
    keys, unavailable = {}, {}
    for name in dict.fromkeys(names):
        try:
            keys[name] = answerer_key(name, lift)
        except ConfigError:
            raise
        except ForkLiftError as error:
            unavailable[name] = str(error)
    if not keys:
        raise ConfigError(f"no answerer can answer: {'; '.join(unavailable.values())}")
    return Answerers({name: partial(make_answerer, name, lift) for name in keys}, keys), unavailable


def _deleted(lift: Lift) -> list[str]:
    """Models that were trained, says the manifest, and are there no more."""
    trained = [stage.removeprefix("train:") for stage in read_manifest(lift)["stages"] if stage.startswith("train:")]
    return [name for name in trained if not lift.model(name).is_dir()]


def _training(lift: Lift, name: str) -> dict[str, Any]:
    """How the model called `name` was trained; empty when it is not there."""
    path = lift.model(name) / "training.json"
    return dict(read_json(path)) if path.is_file() else {}


def _external(paths: Sequence[str], index: Index) -> tuple[dict[str, list[Question]], list[str]]:
    """The questions of each file by its stem. Two files of one name would hide each other."""
    found: dict[str, list[Question]] = {}
    notes: list[str] = []
    for path in map(Path, paths):
        if path.stem in found:
            raise ConfigError(f"two question files are called {path.stem!r}: rename one, scores are kept by that name")
        found[path.stem], said = read_questions(path, index)
        notes += said
    return found, notes
