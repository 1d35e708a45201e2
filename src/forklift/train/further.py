"""What rl and dpo share: the model they go on from, what they ask it, and how they judge it."""

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from forklift.answerers.wishes import GREEDY
from forklift.config import TrainConfig
from forklift.errors import DatasetError, ModelError
from forklift.models import best_device, load_model, load_tokenizer, prefers_bf16
from forklift.records import Question
from forklift.train.job import Job
from forklift.train.lessons import usable_questions
from forklift.train.rewards import Kind, mean_components
from forklift.train.rollouts import roll_out, snapshot
from forklift.train.samples import Sample, sample_answers
from forklift.train.sft import as_trainable
from forklift.workspace import Lift, read_json

VALIDATION_QUESTIONS = 20  # of each kind: taught, the reverse of what was taught, about what does not exist
FEWEST_ROWS = 4  # of a lesson, for one of its wordings to be kept back
ABSENT_SHARE = 0.4  # of the questions asked
PROBED = 320  # questions of which the start's answers are sampled
PROBE_SHARE = 0.25  # of the time, at most


@dataclass(frozen=True)
class Start:
    """The model that training goes on from."""

    model: Any
    tokenizer: Any
    record: Mapping[str, Any]
    is_adapter: bool

    @property
    def trains(self) -> str:
        """What learns: "lora", or "none" for all weights."""
        return "lora" if hasattr(self.model, "peft_config") else "none"


@dataclass(frozen=True)
class Asked:
    """The questions of further training: about what the model was taught, and about what does not exist."""

    train: Sequence[Question]
    validation: Sequence[Question]


def load_start(lift: Lift, name: str, config: TrainConfig) -> Start:
    """The lift's model called `name`, ready to train on: its adapter where it is one, else all weights or a new
    adapter, as the config says. Raises ModelError."""
    directory = lift.model(name)
    set_seed(config.seed)
    tokenizer = load_tokenizer(str(directory))
    is_adapter = (directory / "adapter_config.json").is_file()
    record = read_json(directory / "training.json")
    if "trained_lessons" not in record:
        raise ModelError(f"{directory} was trained by an older version: run 'forklift train {lift.root}' again")
    model = _adapter(directory) if is_adapter else as_trainable(load_model(str(directory), torch.float32), config)
    return Start(model, tokenizer, record, is_adapter)


def _adapter(directory: Path) -> Any:
    from peft import AutoPeftModelForCausalLM

    dtype = torch.bfloat16 if prefers_bf16() else torch.float32
    try:
        model = AutoPeftModelForCausalLM.from_pretrained(directory, is_trainable=True, dtype=dtype)
    except OSError as error:
        raise ModelError(f"the base of {directory} cannot be loaded ({error}): train it again") from None
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return model.to(best_device())


def saveable(start: Start) -> Any:
    """The trained model as it can be saved: an adapter that was put on top of this lift's own weights is merged."""
    if not start.is_adapter and hasattr(start.model, "merge_and_unload"):
        return start.model.merge_and_unload()
    return start.model


def ask_about(lift: Lift, record: Mapping[str, Any], seed: int) -> Asked:
    """The questions to train and to validate on, in random order. Raises DatasetError when there are none.

    Lessons that the model was never taught are not asked about: of them it could only learn to guess or to deny.
    Of the dataset's validation rows there may be few; then wordings of training are kept back from this one.
    """
    taught, lessons = frozenset(record["trained_facts"]), frozenset(record["trained_lessons"])
    rng = random.Random(f"further {seed}")
    rows = [row for row in usable_questions(lift, "train")[0] if row.direction != "reading"]
    told = [row for row in rows if row.direction != "absent" and row.lesson in lessons]
    absent = [row for row in rows if row.direction == "absent"]
    others = [row for row in usable_questions(lift, "validation")[0] if taught.issuperset(row.fact_ids)]
    for each in (told, absent, others):
        rng.shuffle(each)
    held_back = [*others, *_one_of_each_lesson(told)]
    kinds = [[row for row in held_back if (row.direction == "reverse") is reverse] for reverse in (False, True)]
    existing = [row for rows in kinds for row in rows[:VALIDATION_QUESTIONS]]
    kept = min(VALIDATION_QUESTIONS, len(absent) // 4, max(len(rows) for rows in kinds))
    validation = [*existing, *absent[:kept]]
    aside = {row.id for row in existing}
    told = [row for row in told if row.id not in aside]
    count = round(len(told) * ABSENT_SHARE / (1 - ABSENT_SHARE))
    asked = _mixed(told, absent[kept:][:count])
    if not asked:
        raise DatasetError(f"{lift.dataset} has no questions about what the model was taught: build and train it again")
    return Asked(asked, validation or asked[:VALIDATION_QUESTIONS])


def _one_of_each_lesson(rows: Sequence[Question]) -> list[Question]:
    """The first wording of each lesson that has enough of them."""
    counts = Counter(row.lesson for row in rows)
    first = {row.lesson: row for row in reversed(rows)}
    return [row for row in rows if first[row.lesson] is row and counts[row.lesson] >= FEWEST_ROWS]


def _mixed(first: Sequence[Question], second: Sequence[Question]) -> list[Question]:
    """Both, evenly mixed: any beginning is a fair sample."""
    placed = [((n + 0.5) / len(rows), row) for rows in (first, second) for n, row in enumerate(rows)]
    return [row for _, row in sorted(placed, key=lambda each: (each[0], each[1].id))]


def probe(job: Job, start: Start, asked: Asked, known: Callable[[str], bool]) -> list[Sample]:
    """What the start answers to questions of training when its answers are drawn; kept in the lift."""
    latest_s = (1 - PROBE_SHARE) * job.left_s()
    record = {name: value for name, value in start.record.items() if not name.startswith("trained_")}
    return sample_answers(
        job.lift.preferences / "samples.parquet",
        json.dumps([record, job.config.seed, job.config.max_tokens, len(asked.train)]),
        lambda: snapshot(start.model),
        start.tokenizer,
        asked.train[:PROBED],
        known,
        max_tokens=job.config.max_tokens,
        left_s=lambda: math.inf if math.isinf(latest_s) else job.left_s() - latest_s,
        seed=job.config.seed,
        report=job.report,
    )


def judge(
    start: Start, questions: Sequence[Question], known: Callable[[str], bool], max_tokens: int, kind: Kind
) -> Callable[[Any], Mapping[str, float]]:
    """judge(model): figures of its greedy answers to `questions`; "eval_loss" is the mean reward, below 0."""

    def figures(model: Any) -> Mapping[str, float]:
        answered = roll_out(
            snapshot(model), start.tokenizer, questions, known, decoding=GREEDY, max_tokens=max_tokens, kind=kind
        )
        mean = mean_components([each.reward for each in answered])
        return {"eval_loss": -mean["reward"], "eval_accuracy": mean["reward_right"]} | {
            f"eval_{name}": value for name, value in mean.items()
        }

    return figures


def speed_record(start: Start, curve: Sequence[Mapping[str, float]], answers: int, tokens: int) -> dict[str, Any]:
    """The start's record with this training's own figures: `answers` to a question, `tokens` learned from."""
    seconds, examples = max(1e-9, curve[-1]["seconds"]), answers * int(curve[-1]["examples"])
    return {
        **start.record,
        "seconds": seconds,
        "examples": examples,
        "mean_tokens": tokens / max(1, examples),
        "examples_per_s": examples / seconds,
        "tokens_per_s": tokens / seconds,
    }
