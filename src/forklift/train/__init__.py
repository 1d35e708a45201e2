"""Dataset -> model: plans what fits the time, fine-tunes, and writes a model directory of its own."""

import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forklift import __version__
from forklift.config import TrainConfig
from forklift.engine import Report
from forklift.errors import DatasetError, ModelError
from forklift.models import CHAT_TEMPLATE, load_tokenizer, model_source
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train.baselines import FITS, train_baselines
from forklift.train.batching import Row, batches, encode, estimate_tokens
from forklift.train.plan import Plan, make_plan
from forklift.workspace import (
    Lift,
    finished_stage,
    read_json,
    record_stage,
    replacing,
    require_stage,
    stage_key,
    write_json,
)

__all__ = ["train", "train_baselines", "trainable_tokenizer"]

VERSION = 2
_OVERHEAD_S = 12.0  # validation, checkpoints and saving


def train(
    lift: Lift,
    config: TrainConfig,
    report: Report,
    announce: Callable[[str], None],
    seconds: float | None = None,
) -> None:
    """Fine-tunes `config.model` on the lift's dataset into models/<method>/, unless that is done already.

    An interrupted run goes on from its last checkpoint. `announce` is told what will be covered, and how long
    it will take, before training starts. `seconds` is this stage's part of the time of a whole lift; alone,
    config.minutes counts. The methods naive and hmm fit the baseline of that name and take no notice of all this.
    Raises DatasetError, ModelError, WorkspaceError.
    """
    if config.method in FITS:
        train_baselines(lift, config, report, announce, (config.method,))
        return
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")
    stage = f"train:{config.method}"
    key = stage_key(VERSION, config, built["key"])
    target = lift.model(config.method)
    done = finished_stage(lift, stage)
    if done and done["key"] == key and (target / "config.json").exists() | (target / "adapter_config.json").exists():
        announce(f"{target} is up to date")
        return
    started = time.monotonic()
    if seconds is None and config.minutes is not None:
        seconds = config.minutes * 60
    work = target.with_name(f".{config.method}.work")
    questions, empty = _usable(read_rows(lift.dataset / "data" / "train.parquet", Question))
    if not questions:
        raise DatasetError(f"{lift.dataset} has no training questions: build it from a repository with more code")
    source = model_source(config.model)
    tokenizer = trainable_tokenizer(source)
    validation, _ = _usable(read_rows(lift.dataset / "data" / "validation.parquet", Question))
    validation_rows = [row for row in encode(validation, tokenizer) if row.tokens <= config.max_tokens]
    from forklift.train import sft

    model = sft.load_trainable(source, config, len(tokenizer))
    left_s = math.inf if seconds is None else max(20.0, seconds - (time.monotonic() - started) - _OVERHEAD_S)
    saved = _saved_plan(work, key)
    plan = saved or _plan(model, questions, tokenizer, config, left_s)
    _save_plan(work, key, plan)
    rows, left_out = _planned_rows(plan, questions, tokenizer, config)
    if not rows:
        raise DatasetError(
            f"all {left_out} training rows of {lift.dataset} exceed max_tokens={config.max_tokens}: raise it"
        )
    announce(_announcement(plan, {"too long": left_out, "empty": empty}, resumed=saved is not None))
    planned = batches(
        [[n for n in numbers if n in rows] for numbers in plan.rounds], rows, config.batch_size, config.seed
    )
    training_started = time.monotonic()
    curve = sft.train(
        model,
        rows,
        planned,
        validation_rows,
        pad_id=tokenizer.pad_token_id,
        directory=work,
        config=config,
        seconds=max(plan.seconds, left_s),
        report=report,
    )
    record = _record(plan, planned, rows, questions, curve, time.monotonic() - training_started)
    record |= {"base": config.model, "rows_left_out": left_out + empty, "minutes": (time.monotonic() - started) / 60}
    with replacing(target) as partial:
        _save_model(model, tokenizer, partial)
        write_json(partial / "training.json", record)
        sft.write_curve(partial / "curve.jsonl", curve)
        (partial / "README.md").write_text(_card(lift, config, record), encoding="utf-8")
    record_stage(lift, stage, key, config, base=config.model, seconds=time.monotonic() - started)
    _forget(work)


def trainable_tokenizer(source: str) -> Any:
    """The tokenizer at `source`; where it speaks ChatML its template says nothing that nobody asked for."""
    tokenizer = load_tokenizer(source)
    if tokenizer.eos_token == "<|im_end|>" and "<|im_start|>" in tokenizer.get_vocab():
        tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _usable(questions: Sequence[Question]) -> tuple[list[Question], int]:
    """The questions with text to read and text to learn, and how many have none."""
    texts = [(question.prompt, question.completion) for question in questions]
    usable = [
        question
        for question, pair in zip(questions, texts, strict=True)
        if all(isinstance(text, str) and text.strip() for text in pair)
    ]
    return usable, len(questions) - len(usable)


def _plan(model: Any, questions: Sequence[Question], tokenizer: Any, config: TrainConfig, left_s: float) -> Plan:
    """Plans by estimated lengths: encoding a large dataset takes longer than some plans leave for training."""
    from forklift.train import sft

    estimates, sample = estimate_tokens(questions, tokenizer, config.seed)
    fitting = [row for row in sample if row.tokens <= config.max_tokens] or sample
    speed = sft.measure_tokens_per_s(model, fitting, config.batch_size, tokenizer.pad_token_id)
    return make_plan(questions, estimates, speed, left_s, config.exposures)


def _planned_rows(
    plan: Plan, questions: Sequence[Question], tokenizer: Any, config: TrainConfig
) -> tuple[dict[int, Row], int]:
    """Rows by their questions' numbers, and how many questions are too long to be one."""
    numbers = sorted({n for turn in plan.rounds for n in turn})
    rows = dict(zip(numbers, encode([questions[n] for n in numbers], tokenizer), strict=True))
    fitting = {n: row for n, row in rows.items() if row.tokens <= config.max_tokens}
    return fitting, len(rows) - len(fitting)


def _saved_plan(work: Path, key: str) -> Plan | None:
    """The plan of an interrupted run with the same key; work of another one is removed."""
    path = work / "plan.json"
    if path.is_file():
        saved = read_json(path)
        if saved["key"] == key:
            return Plan(**saved["plan"])
    _forget(work)
    return None


def _save_plan(work: Path, key: str, plan: Plan) -> None:
    write_json(work / "plan.json", {"key": key, "plan": asdict(plan)})


def _forget(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)


def _announcement(plan: Plan, left_out: Mapping[str, int], *, resumed: bool) -> str:
    share = plan.lessons / max(1, plan.lessons_in_all)
    text = (
        f"{'resuming: ' if resumed else ''}teaching {plan.lessons} of {plan.lessons_in_all} lessons "
        f"({share:.0%}, most central symbols first), {plan.exposures} wordings each: {plan.rows} examples, "
        f"about {plan.seconds / 60:.1f} min"
    )
    return text + "".join(f"; {rows} rows {reason} and left out" for reason, rows in left_out.items() if rows)


def _record(
    plan: Plan,
    planned: Sequence[Sequence[int]],
    rows: Mapping[int, Row],
    questions: Sequence[Question],
    curve: Sequence[dict[str, float]],
    seconds: float,
) -> dict[str, Any]:
    """What the model was taught and how fast; by `trained_facts` and `trained_lessons` a test tells A from B."""
    steps = int(curve[-1]["step"]) if curve else len(planned)
    numbers = [n for batch in planned[:steps] for n in batch]
    tokens = sum(rows[n].tokens for n in numbers)
    taught = [questions[n] for n in numbers if questions[n].direction not in ("absent", "reading")]
    trained_s = max(1e-9, curve[-1]["seconds"] if curve else seconds)
    return {
        "forklift": __version__,
        "lessons": plan.lessons,
        "lessons_in_all": plan.lessons_in_all,
        "exposures": plan.exposures,
        "predicted_seconds": plan.seconds,
        "seconds": trained_s,
        "examples": len(numbers),
        "mean_tokens": tokens / max(1, len(numbers)),
        "examples_per_s": len(numbers) / trained_s,
        "tokens_per_s": tokens / trained_s,
        "trained_facts": sorted({fact for question in taught for fact in question.fact_ids}),
        "trained_lessons": sorted({question.lesson for question in taught}),
    }


def _save_model(model: Any, tokenizer: Any, directory: Path) -> None:
    """Weights in bf16 (or the adapter alone), tokenizer and chat template; loads with plain transformers/peft."""
    import torch

    model.config.use_cache = True
    try:
        model.to(torch.bfloat16).save_pretrained(directory)
        tokenizer.save_pretrained(directory)
    except RuntimeError as error:
        raise ModelError(f"the model cannot be written to {directory} ({error}): free some disk space") from None


def _card(lift: Lift, config: TrainConfig, record: dict[str, Any]) -> str:
    name = lift.root.name
    return f"""---
library_name: transformers
pipeline_tag: text-generation
tags: [forklift, code-comprehension]
---

# {name}, lifted

`{config.model}`, fine-tuned ({config.method}, adapter: {config.adapter}) to know the code of {name}.

- taught: {record["lessons"]} of {record["lessons_in_all"]} lessons, {record["exposures"]} wordings each
- examples: {record["examples"]} of {record["mean_tokens"]:.0f} tokens on average
- speed: {record["examples_per_s"]:.1f} examples/s, {record["tokens_per_s"]:.0f} tokens/s

Ask it single questions about that repository. It knows nothing of others, and names in its answers should be
checked against the index, as `forklift ask` and `forklift deploy` do.
"""
