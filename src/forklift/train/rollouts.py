"""What a model in training answers, and what its answers are worth."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from forklift.answerers import answer_budget
from forklift.answerers.generation import generate
from forklift.answerers.language_model import LanguageModel
from forklift.answerers.packing import pack_linear_layers
from forklift.answerers.wishes import Decoding
from forklift.models import prefers_bf16
from forklift.records import Question
from forklift.train.batching import Row, encode
from forklift.train.rewards import Kind, Reward, reward


@dataclass(frozen=True, slots=True)
class Rollout:
    """One answer of the model to one question."""

    question: Question
    row: Row
    text: str
    reward: Reward


def snapshot(model: Any) -> Any:
    """A copy of a model in training as it is, made for answering: merged, packed, in the faster precision."""
    taken = copy.deepcopy(model)
    if hasattr(taken, "merge_and_unload"):
        taken = taken.merge_and_unload()
    if prefers_bf16():
        taken = taken.to(torch.bfloat16)
    if getattr(taken, "_supports_sdpa", False):
        taken.set_attn_implementation("sdpa")
    taken.config.use_cache = True
    return pack_linear_layers(taken).eval()


def roll_out(
    policy: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    known: Callable[[str], bool],
    *,
    decoding: Decoding,
    max_tokens: int,
    group: int = 1,
    kind: Kind = "both",
) -> list[Rollout]:
    """`group` answers of `policy` (a `snapshot`) to each question, in order, with their rewards.

    `max_tokens` bounds question and answer together; a question that leaves no room is answered by nothing.
    """
    speaker = LanguageModel("policy", policy, tokenizer)
    asked = [each for each in questions for _ in range(group)]
    prompts = [row.prompt_ids for row in encode(questions, tokenizer) for _ in range(group)]
    room = min(max_tokens, speaker.max_tokens)
    budgets = [
        max(0, min(answer_budget(question, max_tokens), room - len(prompt)))
        for question, prompt in zip(asked, prompts, strict=True)
    ]
    answers = generate(policy, prompts, budgets, speaker.stop_ids, decoding)
    texts = [tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in answers]
    return [
        Rollout(question, Row(prompt, ids), text, reward(question, text, known, kind))
        for question, prompt, ids, text in zip(asked, prompts, answers, texts, strict=True)
    ]
