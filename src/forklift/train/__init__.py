"""Dataset -> model: plans what fits the time, trains by one method, and writes a model directory of its own."""

import math
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from forklift.config import TrainConfig
from forklift.engine import Live, Report, nobody
from forklift.errors import ModelError
from forklift.train import crew
from forklift.train.baselines import FITS, train_baselines
from forklift.train.job import Job, Trained, claim, give_up, save
from forklift.train.lessons import train_lessons, trainable_tokenizer
from forklift.train.trackers import tracker_callbacks
from forklift.workspace import Lift, finished_stage, record_stage, replacing, require_stage, stage_key

__all__ = ["train", "train_baselines", "trainable_tokenizer"]

VERSION = 5
START = "sft"  # the model that rl and dpo go on from
_OVERHEAD_S = 12.0  # loading, checkpoints and saving


def train(
    lift: Lift,
    config: TrainConfig,
    report: Report,
    announce: Callable[[str], None],
    seconds: float | None = None,
    live: Live = nobody,
) -> None:
    """Trains by `config.method` on the lift's dataset into models/<method>/, unless that is done already.

    sft starts from `config.model`, rl and dpo from the lift's sft. An interrupted run goes on from its last checkpoint.
    `announce` is told what will be covered, and how long it will take, before training starts; `live` how it goes.
    `seconds` is this stage's part of the time of a whole lift; alone, config.minutes counts. The methods naive and hmm
    fit the baseline of that name and take no notice of all this. Processes of `accelerate launch` train sft together;
    the first one writes.
    Raises DatasetError, ModelError, WorkspaceError.
    """
    if config.method in FITS:
        train_baselines(lift, config, report, announce, (config.method,))
        return
    tracker, inputs = config.tracker, _inputs(lift, config)
    config = _of_method(config)
    stage, target = f"train:{config.method}", lift.model(config.method)
    key = stage_key(VERSION, config, inputs)
    if crew.size() > 1 and config.method != START:
        raise ModelError(f"{config.method} trains in one process: run it without accelerate launch")
    if crew.shared(lambda: _is_done(lift, stage, key, target)):
        announce(f"{target} is up to date")
        return
    started = time.monotonic()
    if seconds is None:
        seconds = math.inf if config.minutes is None else config.minutes * 60
    tracker = tracker if crew.is_first() else "none"
    trackers = tracker_callbacks(tracker, lift.logs / config.method, f"{lift.root.name} {config.method}")
    work = target.with_name(f".{config.method}.work")
    crew.shared(lambda: claim(work, key, config, inputs))

    def left_s() -> float:
        return max(20.0, seconds - (time.monotonic() - started) - _OVERHEAD_S)

    try:
        trained = _METHODS[config.method](Job(lift, config, key, work, left_s, report, announce, live, trackers))
    except BaseException:
        if crew.is_first():
            give_up(work)
        raise
    if not crew.is_first():
        return
    minutes = (time.monotonic() - started) / 60
    trained = Trained(trained.model, trained.tokenizer, {**trained.record, "minutes": minutes}, trained.curve)
    with replacing(target) as partial:
        save(trained, partial, lift, config)
    record_stage(lift, stage, key, config, base=trained.record["base"], seconds=time.monotonic() - started)
    shutil.rmtree(work, ignore_errors=True)


def _is_done(lift: Lift, stage: str, key: str, target: Path) -> bool:
    """Whether the model of this key is there."""
    done = finished_stage(lift, stage)
    saved = any((target / name).exists() for name in ("config.json", "adapter_config.json"))
    return bool(done and done["key"] == key and saved)


def _inputs(lift: Lift, config: TrainConfig) -> str:
    """The key of what the method learns from."""
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")
    if config.method == START:
        return str(built["key"])
    before = require_stage(lift, f"train:{START}", f"forklift train {lift.root} --method {START}")
    return f"{before['key']} {_preferences(lift)}" if config.method == "dpo" else str(before["key"])


def _preferences(lift: Lift) -> str:
    """What tells one state of the preference rows that others wrote from another."""
    from forklift.train.preferences import preference_files

    return " ".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in preference_files(lift))


def _of_method(config: TrainConfig) -> TrainConfig:
    """`config` with what the method takes no notice of as it is by default, so that it changes no key."""
    ignored = {
        "sft": ("reward",),
        "rl": ("model", "exposures", "replay"),
        "dpo": ("model", "exposures", "replay", "reward"),
    }
    default = TrainConfig()
    return config.model_copy(update={name: getattr(default, name) for name in (*ignored[config.method], "tracker")})


def _train_rl(job: Job) -> Trained:
    from forklift.train.rl import train_rl

    return train_rl(job)


def _train_dpo(job: Job) -> Trained:
    from forklift.train.dpo import train_dpo

    return train_dpo(job)


_METHODS: Mapping[str, Callable[[Job], Trained]] = {"sft": train_lessons, "rl": _train_rl, "dpo": _train_dpo}
