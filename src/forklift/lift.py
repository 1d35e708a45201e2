"""The pipeline in its order: build, train, test; deploy comes after, when asked for."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forklift.build import build
from forklift.config import BuildConfig, RecruitConfig, ScoreConfig, TrainConfig
from forklift.engine import Live, Report, nobody
from forklift.index import checkout
from forklift.test import test
from forklift.train import train, train_baselines
from forklift.workspace import create_lift, locked

TEST_SHARE = 0.2  # of the whole time


def lift(
    repo: str,
    root: Path,
    build_config: BuildConfig,
    train_config: TrainConfig,
    score_config: ScoreConfig,
    minutes: float | None,
    report: Report,
    announce: Callable[[str], None],
    how: RecruitConfig | None = None,
    live: Live = nobody,
) -> dict[str, Any]:
    """Lifts `repo` (a directory or git URL) into `root` within `minutes`, and returns its scores.

    Training gets what building left over, less TEST_SHARE for the test. Raises ForkLiftError.
    """
    started = time.monotonic()
    space = create_lift(root)
    with locked(space):
        build(checkout(repo, space.source, report), space, build_config, report, announce, how)
        train_baselines(space, train_config, report, announce)
        if minutes is None:
            train(space, train_config, report, announce, live=live)
            return test(space, score_config, report, announce)

        def left_s() -> float:
            return minutes * 60 - (time.monotonic() - started)

        train(space, train_config, report, announce, max(30.0, left_s() - TEST_SHARE * minutes * 60), live)
        return test(space, score_config, report, announce, max(20.0, left_s()))
