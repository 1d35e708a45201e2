"""The baselines without a language model: fitted in seconds, kept like any other model."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from forklift.answerers.hmm import fit_hmm, save_hmm
from forklift.answerers.naive import fit_naive, save_naive
from forklift.config import TrainConfig
from forklift.engine import Report, track
from forklift.errors import DatasetError
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import Lift, finished_stage, record_stage, replacing, require_stage, stage_key

VERSION = 1


def train_baselines(
    lift: Lift,
    config: TrainConfig,
    report: Report,
    announce: Callable[[str], None],
    methods: tuple[str, ...] = ("naive", "hmm"),
) -> None:
    """Fits the baselines into models/<method>/, except those that are up to date.

    Of `config` only the seed counts. Raises DatasetError, WorkspaceError.
    """
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")
    configs = {method: _only_seed(method, config) for method in methods}
    keys = {method: stage_key(VERSION, configs[method], built["key"]) for method in methods}
    stale = [method for method in methods if not _is_done(lift, method, keys[method])]
    for method in methods:
        if method not in stale:
            announce(f"{lift.model(method)} is up to date")
    if not stale:
        return
    rows = read_rows(lift.dataset / "data" / "train.parquet", Question)
    questions = [question for question in rows if question.direction != "reading"]  # facts before them are no wording
    if not questions:
        raise DatasetError(f"{lift.dataset} has no training questions: build it from a repository with more code")
    for method in track(stale, "fitting the baselines", report):
        started = time.monotonic()
        with replacing(lift.model(method)) as partial:
            partial.mkdir()
            FITS[method](questions, config.seed, partial)
        record_stage(lift, f"train:{method}", keys[method], configs[method], seconds=time.monotonic() - started)


def _only_seed(method: str, config: TrainConfig) -> TrainConfig:
    return TrainConfig.model_validate({"method": method, "seed": config.seed if method == "hmm" else 0})


def _is_done(lift: Lift, method: str, key: str) -> bool:
    done = finished_stage(lift, f"train:{method}")
    return done is not None and done["key"] == key and lift.model(method).is_dir()


def _fit_naive(questions: list[Question], _seed: int, directory: Path) -> None:
    save_naive(fit_naive(questions), directory)


def _fit_hmm(questions: list[Question], seed: int, directory: Path) -> None:
    save_hmm(fit_hmm(questions, seed), directory)


FITS: Mapping[str, Callable[[list[Question], int, Path], None]] = {"naive": _fit_naive, "hmm": _fit_hmm}
