"""Questions -> token batches: what a model is fed, and in which order."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from statistics import linear_regression
from typing import Any

import torch

from forklift.records import Question
from forklift.train import crew

SAMPLE_ROWS = 1000  # encoded before planning
WIDTHS = 16  # a batch is a multiple of so many tokens wide: of few shapes, memory freed by one fits the next
IGNORED = -100  # torch's label for "no loss here"


@dataclass(frozen=True, slots=True)
class Row:
    """One training row: the conversation up to the answer, and the answer with its end token."""

    prompt_ids: list[int]
    completion_ids: list[int]

    @property
    def tokens(self) -> int:
        return len(self.prompt_ids) + len(self.completion_ids)


Rows = Sequence[Row] | Mapping[int, Row]
"""Rows by number."""


def encode(questions: Sequence[Question], tokenizer: Any) -> list[Row]:
    """A row for each question, in the tokenizer's own chat format."""
    said = [(*question.history, question.prompt) for question in questions]
    return _encode(said, [question.completion for question in questions], tokenizer)


def encode_texts(asked: Sequence[str], answers: Sequence[str], tokenizer: Any) -> list[Row]:
    """A row for each question and its answer."""
    return _encode([(text,) for text in asked], answers, tokenizer)


def _encode(said: Sequence[Sequence[str]], answers: Sequence[str], tokenizer: Any) -> list[Row]:
    """`said`: what user and assistant said in turn, the user first and last."""
    if not said:
        return []
    conversations = [
        [{"role": role, "content": text} for role, text in zip(cycle(("user", "assistant")), texts, strict=False)]
        for texts in said
    ]
    prompts = [
        tokenizer.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        for conversation in conversations
    ]
    completions = [answer + tokenizer.eos_token for answer in answers]
    prompt_ids = tokenizer(prompts, add_special_tokens=False)["input_ids"]
    completion_ids = tokenizer(completions, add_special_tokens=False)["input_ids"]
    return [Row(*ids) for ids in zip(prompt_ids, completion_ids, strict=True)]


def estimate_tokens(questions: Sequence[Question], tokenizer: Any, seed: int) -> tuple[list[float], list[Row]]:
    """How many tokens each question's row has, by its characters; and the rows of the sample that tells the rate.

    The estimate is the line of least squares through at most SAMPLE_ROWS encoded rows.
    """
    numbers = random.Random(seed).sample(range(len(questions)), min(SAMPLE_ROWS, len(questions)))
    sample = encode([questions[n] for n in numbers], tokenizer)
    characters = [sum(map(len, (*q.history, q.prompt, q.completion))) for q in questions]
    sizes, counts = [characters[n] for n in numbers], [row.tokens for row in sample]
    if len(set(sizes)) < 2:
        return [float(counts[0])] * len(questions), sample
    rate, start = linear_regression(sizes, counts)
    return [max(1.0, start + rate * size) for size in characters], sample


def batches(rounds: Sequence[Sequence[int]], batch_size: int, seed: int) -> list[list[int]]:
    """Row numbers in batches: one round after the other, each in random order.

    Going through the rounds in turn keeps the exposures of all facts balanced at every moment. A batch mixes rows as
    the round does: batches of rows of one length are batches of one kind, and what each teaches undoes the last.
    """
    rng = random.Random(seed)
    ordered = [n for numbers in rounds for n in rng.sample(numbers, len(numbers))]
    return [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]


def steps_of(planned: Sequence[list[int]]) -> list[list[int]]:
    """The row numbers of each step: as many batches as there are processes."""
    return [list(chain(*planned[n : n + crew.size()])) for n in range(0, len(planned), crew.size())]


class BatchSampler:
    """The planned batches, in their order, as torch's DataLoader and Accelerate expect them."""

    def __init__(self, planned: Sequence[list[int]]) -> None:
        self.planned = planned
        self.batch_size = max(map(len, planned))
        self.drop_last = False

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.planned)

    def __len__(self) -> int:
        return len(self.planned)


def collate(rows: Sequence[Row], pad_id: int) -> dict[str, torch.Tensor]:
    """Tensors of shape (batch, time), padded on the left so that all answers end together.

    Labels cover the answers only, and little more than the longest of them: a model asked for that many logits
    (`logits_to_keep`) computes few others.
    """
    width = _rounded_up(max(row.tokens for row in rows))
    longest = min(_rounded_up(max(len(row.completion_ids) for row in rows)), width - 1)
    pads = [width - row.tokens for row in rows]
    ids = [[pad_id] * pad + row.prompt_ids + row.completion_ids for pad, row in zip(pads, rows, strict=True)]
    mask_BT = torch.tensor([[0] * pad + [1] * row.tokens for pad, row in zip(pads, rows, strict=True)])
    labels = [[IGNORED] * (longest - len(row.completion_ids)) + row.completion_ids for row in rows]
    return {
        "input_ids": torch.tensor(ids),
        "attention_mask": mask_BT,
        "position_ids": (mask_BT.cumsum(-1) - 1).clamp(min=0),
        "labels": torch.tensor(labels),
    }


def _rounded_up(tokens: int) -> int:
    return -(-tokens // WIDTHS) * WIDTHS
