"""Supervised fine-tuning of as many lessons as fit the time."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forklift import __version__
from forklift.config import TrainConfig
from forklift.errors import DatasetError
from forklift.models import CHAT_TEMPLATE, load_tokenizer, model_source
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train import crew
from forklift.train.batching import Row, batches, encode, encode_texts, estimate_tokens, steps_of
from forklift.train.fit import require_memory
from forklift.train.job import Job, Trained
from forklift.train.plan import Plan, make_plan
from forklift.workspace import Lift, read_json, write_json

MEASURED_ROWS = 200  # training's speed is measured on


def train_lessons(job: Job) -> Trained:
    """Fine-tunes the job's model on the lift's questions. Raises DatasetError, ModelError, WorkspaceError."""
    from forklift.train import sft
    from forklift.train.replay import replayed
    from forklift.train.watch import Watch

    lift, config = job.lift, job.config
    questions, empty = usable_questions(lift, "train")
    if not questions:
        raise DatasetError(f"{lift.dataset} has no training questions: build it from a repository with more code")
    require_memory(config)
    source = model_source(config.model)
    tokenizer = trainable_tokenizer(source)
    model = sft.load_trainable(source, config, len(tokenizer))
    pairs: list[tuple[str, str]] = []
    if config.replay:
        pairs = crew.shared(lambda: replayed(model, tokenizer, config.model, config.seed, job.left_s(), job.report))
    left_s = crew.shared(job.left_s)
    saved = crew.shared(lambda: _saved_plan(job.work))
    plan = saved or crew.shared(lambda: _plan(model, questions, pairs, tokenizer, config, left_s))
    if crew.is_first():
        write_json(job.work / "plan.json", asdict(plan))
    rows, left_out = _planned_rows(plan, questions, pairs, tokenizer, config)
    if not rows:
        raise DatasetError(
            f"all {left_out} training rows of {lift.dataset} exceed max_tokens={config.max_tokens}: raise it"
        )
    job.announce(_announcement(plan, {"too long": left_out, "empty": empty}, resumed=saved is not None))
    planned = batches([[n for n in numbers if n in rows] for numbers in plan.rounds], config.batch_size, config.seed)
    curve = sft.train(
        model,
        rows,
        planned,
        _validation(lift, tokenizer, config, _facts(_taught(questions, (n for turn in plan.rounds for n in turn)))),
        pad_id=tokenizer.pad_token_id,
        directory=job.work,
        config=config,
        watch=Watch(steps_of(planned), max(plan.seconds, left_s), job.report, job.live, sft.peak_tokens_per_s(model)),
        trackers=job.trackers,
    )
    record = _record(plan, steps_of(planned), rows, questions, curve)
    return Trained(model, tokenizer, {**record, "base": config.model, "rows_left_out": left_out + empty}, curve)


def usable_questions(lift: Lift, split: str) -> tuple[list[Question], int]:
    """The questions of the file called `split` with text to read and text to learn, and how many have none."""
    return _usable(read_rows(lift.dataset / "data" / f"{split}.parquet", Question))


def _validation(lift: Lift, tokenizer: Any, config: TrainConfig, taught: frozenset[str]) -> list[Row]:
    """Rows in other wordings about what is taught: of the rest nothing can be known."""
    questions = [
        question for question in usable_questions(lift, "validation")[0] if taught.issuperset(question.fact_ids)
    ]
    return [row for row in encode(questions, tokenizer) if row.tokens <= config.max_tokens]


def _taught(questions: Sequence[Question], numbers: Iterable[int]) -> list[Question]:
    """The questions that teach what they ask for: not those about nothing, or with facts to read before them."""
    rows = (questions[n] for n in numbers if n < len(questions))
    return [row for row in rows if row.direction not in ("absent", "reading")]


def _facts(questions: Sequence[Question]) -> frozenset[str]:
    return frozenset(fact for question in questions for fact in question.fact_ids)


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


def _plan(
    model: Any,
    questions: Sequence[Question],
    pairs: Sequence[tuple[str, str]],
    tokenizer: Any,
    config: TrainConfig,
    left_s: float,
) -> Plan:
    """Plans by estimated lengths: encoding a large dataset takes longer than some plans leave for training.

    The numbers of `pairs`, which are replayed, follow those of the questions.
    """
    from forklift.train import sft

    estimates, sample = estimate_tokens(questions, tokenizer, config.seed)
    estimates += [float(row.tokens) for row in _replay_rows(pairs, tokenizer)]
    replay = (range(len(questions), len(estimates)), config.replay)
    # a step costs something whatever its rows, so the speed is measured on rows like those that the time is for
    alike = make_plan(questions, estimates, sft.peak_tokens_per_s(model) / 4, left_s, config.exposures, replay)
    numbers = [n for turn in alike.rounds for n in turn if n < len(questions)]
    picked = random.Random(config.seed).sample(numbers, min(MEASURED_ROWS, len(numbers)))
    rows = encode([questions[n] for n in picked], tokenizer)
    fitting = [row for row in rows if row.tokens <= config.max_tokens] or sample
    speed = sft.measure_tokens_per_s(model, fitting, config.batch_size, tokenizer.pad_token_id)
    return make_plan(questions, estimates, crew.size() * speed, left_s, config.exposures, replay)


def _planned_rows(
    plan: Plan, questions: Sequence[Question], pairs: Sequence[tuple[str, str]], tokenizer: Any, config: TrainConfig
) -> tuple[dict[int, Row], int]:
    """Rows by the numbers that the plan has for them, and how many questions are too long to be one."""
    numbers = sorted({n for turn in plan.rounds for n in turn if n < len(questions)})
    rows = dict(zip(numbers, encode([questions[n] for n in numbers], tokenizer), strict=True))
    rows |= dict(enumerate(_replay_rows(pairs, tokenizer), start=len(questions)))
    fitting = {n: row for n, row in rows.items() if row.tokens <= config.max_tokens}
    return fitting, len(rows) - len(fitting)


def _replay_rows(pairs: Sequence[tuple[str, str]], tokenizer: Any) -> list[Row]:
    return encode_texts([prompt for prompt, _ in pairs], [answer for _, answer in pairs], tokenizer)


def _saved_plan(work: Path) -> Plan | None:
    """The plan of an interrupted run."""
    path = work / "plan.json"
    return Plan(**read_json(path)) if path.is_file() else None


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
) -> dict[str, Any]:
    """What the model was taught and how fast; by `trained_facts` and `trained_lessons` a test tells A from B."""
    steps = int(curve[-1]["step"])
    numbers = [n for batch in planned[:steps] for n in batch]
    tokens = sum(rows[n].tokens for n in numbers)
    taught = _taught(questions, numbers)
    trained_s = max(1e-9, curve[-1]["seconds"])
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
        "trained_facts": sorted(_facts(taught)),
        "trained_lessons": sorted({question.lesson for question in taught}),
    }
