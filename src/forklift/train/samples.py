"""Answers sampled from a model once, graded and kept in the lift: what reinforcement learning asks about, and what
preference training holds against the model."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forklift.answerers.wishes import Decoding
from forklift.engine import Report
from forklift.records import Question
from forklift.tables import read_rows, write_rows
from forklift.train.rollouts import Rollout, roll_out
from forklift.workspace import read_json, write_json

GROUP = 4  # answers to a question
SLICE = 16  # questions, after which what was sampled is kept
TEMPERATURE = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled answer: a row of preferences/samples.parquet."""

    question_id: str
    prompt: str
    gold: str
    answer: str
    keys: float  # 1 right, 0 abstained, -1 wrong or names that exist nowhere
    bleu: float
    invented: float


def sample_answers(
    path: Path,
    key: str,
    policy: Callable[[], Any],
    tokenizer: Any,
    questions: Sequence[Question],
    known: Callable[[str], bool],
    *,
    max_tokens: int,
    left_s: Callable[[], float],
    seed: int,
    report: Report,
) -> list[Sample]:
    """GROUP answers to each of `questions`, or to as many of the first as fit the time.

    They are kept in `path`; what is there of the same `key` is not sampled again. `policy()`: the model, a `snapshot`.
    """
    stamp = path.with_suffix(".json")
    fresh = not (path.is_file() and stamp.is_file() and read_json(stamp)["key"] == key)
    samples = [] if fresh else read_rows(path, Sample)
    done = len({sample.question_id for sample in samples})
    if done >= len(questions):
        return samples
    model = policy()
    for start in range(done, len(questions), SLICE):
        if samples and left_s() <= 0:
            break
        part = questions[start : start + SLICE]
        decoding = Decoding(TEMPERATURE, seed=hash_seed(seed, start))
        rollouts = roll_out(model, tokenizer, part, known, decoding=decoding, max_tokens=max_tokens, group=GROUP)
        samples += map(_sample, rollouts)
        write_rows(path, samples, Sample)
        write_json(stamp, {"key": key})
        report("sampling answers", min(start + SLICE, len(questions)), len(questions))
    report("sampling answers", len(questions), len(questions))
    return samples


def hash_seed(seed: int, step: int) -> int:
    """A seed of its own for each step."""
    return seed * 1_000_003 + step


def _sample(rollout: Rollout) -> Sample:
    values = asdict(rollout.reward)
    figures = {name: values[name] for name in ("keys", "bleu", "invented")}
    return Sample(rollout.question.id, rollout.question.prompt, rollout.question.completion, rollout.text, **figures)
