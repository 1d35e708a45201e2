"""Keeps the time of a training, and tells how it goes."""

import math
import resource
import time
from collections.abc import Sequence
from typing import Any

import torch
from transformers import TrainerCallback

from forklift.engine import Live, Report, nobody
from forklift.train import crew

WARMUP_SHARE = 0.05
LATE = 1.05  # of the time there is: from then on the learning rate falls with the clock, not with the steps
CHECKPOINT_EVERY_S = 120
EVALUATIONS = 4

CURVE_NAMES = {"loss": "loss", "eval_loss": "validation_loss"}
NOT_IN_THE_CURVE = ("epoch", "step", "grad_norm", "learning_rate", "elapsed_s")


class Watch(TrainerCallback):
    """Progress, learning rate, checkpoints, evaluations, and the stop when time is up or the user says so."""

    def __init__(
        self,
        planned: Sequence[Sequence[int]],
        seconds: float,
        report: Report,
        live: Live = nobody,
        peak_tokens_per_s: float = math.inf,
    ) -> None:
        """`seconds`: the time there is, may be infinite. `peak_tokens_per_s`: what matrix products alone allow."""
        self.examples = [0]
        for batch in planned:
            self.examples.append(self.examples[-1] + len(batch))
        self.seconds = seconds
        self.report = report
        self.live = live
        self.peak_tokens_per_s = peak_tokens_per_s
        self.started = time.monotonic()
        self.before_s = self._told_s = 0.0  # spent before a resume
        self.saved_s = 0.0
        self.evaluates = True
        self.evaluated = 0
        self.interrupted = False
        self.tokens = 0
        self.figures: dict[str, float] = {}

    def elapsed_s(self) -> float:
        """Of the time there is; where several processes train, by the first one's clock after the step before."""
        return self._told_s if crew.size() > 1 else self._clock_s()

    def _clock_s(self) -> float:
        return self.before_s + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        """Share of the way: of the steps, or of the time when that is ahead."""
        return max(step / max(1, len(self.examples) - 1), self.elapsed_s() / (LATE * self.seconds))

    def learning_rate_factor(self, step: int) -> float:
        """Warm-up, then linear decay over the steps, or over the clock when that is ahead."""
        done = self.progress(step)
        if done < WARMUP_SHARE:
            return (step + 1) / math.ceil(WARMUP_SHARE * (len(self.examples) - 1) + 1)
        return max(0.0, (1 - done) / (1 - WARMUP_SHARE))

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.started = time.monotonic()
        self.before_s = self._told_s = self.saved_s = max(
            (row.get("elapsed_s", 0.0) for row in state.log_history), default=0.0
        )
        self.evaluated = int(EVALUATIONS * self.progress(state.global_step))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        total = len(self.examples) - 1
        self.report("training", state.global_step, total)
        self._told_s, interrupted = crew.shared(lambda: (self._clock_s(), self.interrupted))
        part = int(EVALUATIONS * self.progress(state.global_step))
        if part > self.evaluated and self.evaluates:
            self.evaluated, control.should_evaluate = part, True
        if self.elapsed_s() - self.saved_s > CHECKPOINT_EVERY_S and state.global_step < total:
            self.saved_s, control.should_save = self.elapsed_s(), True
        if interrupted:
            self.interrupted = True
            control.should_save = control.should_training_stop = True
        elif self.elapsed_s() > LATE * self.seconds:
            control.should_training_stop = True
            self.report("training", total, total)
        control.should_log |= control.should_training_stop  # the curve ends where training ends

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        entry = state.log_history[-1]
        if "loss" in entry:
            told = {**self.figures, **self._speed()}
            entry |= told
            if logs is not None:
                logs |= told  # for trackers, which are told after this
            self.figures = {}
        entry["elapsed_s"] = self.elapsed_s()
        self.live({CURVE_NAMES.get(name, name).replace("eval_", "validation_"): entry[name] for name in entry})

    def _speed(self) -> dict[str, float]:
        """Since training began or went on: evaluations, rollouts and saving count as time."""
        tokens_per_s = self.tokens / max(1e-9, time.monotonic() - self.started)
        return {
            "tokens_per_s": tokens_per_s,
            "peak_share": tokens_per_s / self.peak_tokens_per_s,
            "memory_gib": memory_gib(),
        }

    def curve(self, log: Sequence[dict[str, float]]) -> list[dict[str, float]]:
        rows = []
        for entry in log:
            if not CURVE_NAMES.keys() & entry.keys():
                continue
            values = {
                CURVE_NAMES.get(name, name.replace("eval_", "validation_")): value
                for name, value in entry.items()
                if name not in NOT_IN_THE_CURVE
            }
            step = int(entry["step"])
            rows.append({"step": step, "examples": self.examples[step], **values, "seconds": entry["elapsed_s"]})
        return rows


def memory_gib() -> float:
    """The most memory this process has used: of the GPU where there is one."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
