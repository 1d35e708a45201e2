"""What a method is given and what it gives back; and the model directory made of that."""

import json
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forklift.config import TrainConfig
from forklift.engine import Live, Report
from forklift.errors import ModelError, WorkspaceError
from forklift.workspace import Lift, read_json, write_json

_CLAIM = "job.json"


@dataclass(frozen=True)
class Job:
    """One training: of what, how, in which time, and who is told."""

    lift: Lift
    config: TrainConfig
    key: str  # of the stage
    work: Path  # the unfinished training, and its checkpoints
    left_s: Callable[[], float]  # of the time for training, may be infinite
    report: Report
    announce: Callable[[str], None]
    live: Live
    trackers: Sequence[Any] = ()  # callbacks of the library trainer

    def time_said(self) -> str:
        """How long it takes, for people; nothing where there is no limit."""
        left_s = self.left_s()
        return "" if math.isinf(left_s) else f", about {left_s / 60:.1f} min"


@dataclass(frozen=True)
class Trained:
    """A model that was trained, and what there is to say of it."""

    model: Any
    tokenizer: Any
    record: Mapping[str, Any]
    curve: Sequence[Mapping[str, float]]


def claim(work: Path, key: str, config: TrainConfig, inputs: str) -> bool:
    """Makes `work` the place of the training with `key`; True when it holds an unfinished one to go on with.

    Work on other `inputs` (the dataset has been built anew, the model before was trained anew) is of no use, and
    removed. Raises WorkspaceError when the same inputs were being trained on with other settings.
    """
    path = work / _CLAIM
    settings = config.model_dump(mode="json")
    before = read_json(path) if path.is_file() else None
    if before and before["key"] == key:
        return True
    if before and before["inputs"] == inputs:
        other = {name: value for name, value in before["config"].items() if value != settings.get(name)}
        said = ", ".join(f"{name.replace('_', '-')} {value}" for name, value in other.items())
        raise WorkspaceError(
            f"{work} holds an unfinished training with other settings ({said}): train with those to go on with it, or "
            f"delete that directory"
        )
    shutil.rmtree(work, ignore_errors=True)
    write_json(path, {"key": key, "inputs": inputs, "config": settings})
    return False


def give_up(work: Path) -> None:
    """Removes the place of a training that failed before it had anything to go on with."""
    if work.is_dir() and [path.name for path in work.iterdir()] == [_CLAIM]:
        shutil.rmtree(work, ignore_errors=True)


def save(trained: Trained, directory: Path, lift: Lift, config: TrainConfig) -> None:
    """Writes a model directory that plain transformers (or peft) loads: weights in bf16, tokenizer, record, card."""
    _save_model(trained.model, trained.tokenizer, directory)
    write_json(directory / "training.json", dict(trained.record))
    write_curve(directory / "curve.jsonl", trained.curve)
    (directory / "README.md").write_text(_card(lift, config, trained.record), encoding="utf-8")


def write_curve(path: Path, curve: Sequence[Mapping[str, float]]) -> None:
    """One JSON row a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in curve), encoding="utf-8")


def _save_model(model: Any, tokenizer: Any, directory: Path) -> None:
    import torch

    model.config.use_cache = True
    try:
        model.to(torch.bfloat16).save_pretrained(directory)
        tokenizer.save_pretrained(directory)
    except RuntimeError as error:
        raise ModelError(f"the model cannot be written to {directory} ({error}): free some disk space") from None


def _card(lift: Lift, config: TrainConfig, record: Mapping[str, Any]) -> str:
    name = lift.root.name
    return f"""---
library_name: transformers
pipeline_tag: text-generation
tags: [forklift, code-comprehension]
---

# {name}, lifted

`{record["base"]}`, fine-tuned ({config.method}, adapter: {config.adapter}) to know the code of {name}.

- taught: {record["lessons"]} of {record["lessons_in_all"]} lessons, {record["exposures"]} wordings each
- examples: {record["examples"]} of {record["mean_tokens"]:.0f} tokens on average
- speed: {record["examples_per_s"]:.1f} examples/s, {record["tokens_per_s"]:.0f} tokens/s

Ask it single questions about that repository. It knows nothing of others, and names in its answers should be
checked against the index, as `forklift ask` and `forklift deploy` do.
"""
