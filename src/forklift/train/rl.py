"""Reinforcement learning: the model answers, the grader judges, and what beats the other answers to the same question
becomes likelier.

Group-relative advantages (GRPO, Shao et al. 2024) without the division by their deviation and with one mean over all
tokens (Dr. GRPO, Liu et al. 2025): neither easy questions nor short answers weigh more. Each step's answers are drawn
from the model as it is, so there is no ratio to clip. Groups whose answers are worth the same teach nothing and are
left out before anything is computed for them (DAPO, Yu et al. 2025).
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

import torch

from forklift.answerers.wishes import Decoding
from forklift.config import TrainConfig
from forklift.errors import DatasetError
from forklift.grading import is_known
from forklift.index import open_index
from forklift.records import Question
from forklift.train.batching import IGNORED, collate
from forklift.train.further import Asked, Start, ask_about, judge, load_start, probe, saveable, speed_record
from forklift.train.job import Job, Trained
from forklift.train.losses import token_logprobs
from forklift.train.memory import Inputs, answer_tokens
from forklift.train.rewards import Kind, mean_components
from forklift.train.rollouts import Rollout, roll_out, snapshot
from forklift.train.samples import Sample, hash_seed
from forklift.train.sft import peak_tokens_per_s
from forklift.train.trainer import Objective, run
from forklift.train.watch import Watch

QUESTIONS = 8  # a step
GROUP = 8  # answers to a question
TEMPERATURE = 1.0
STEPS = 60  # without a limit of time
PIECE = 16  # rows of which the logits are held at once
LEARNING_RATE = {"none": 2e-5, "lora": 2e-4}


def train_rl(job: Job) -> Trained:
    """Goes on from the lift's sft model. Raises DatasetError, ModelError, WorkspaceError."""
    config, start = job.config, load_start(job.lift, "sft", job.config)
    asked = ask_about(job.lift, start.record, config.seed)
    with open_index(job.lift.index) as index:
        known = lru_cache(maxsize=None)(lambda name: is_known(name, index))
        questions = uncertain(probe(job, start, asked, known), asked.train, config.reward)
        planned = _plan(questions, config)
        job.announce(
            f"reinforcing with reward {config.reward}: {len(questions)} questions that sft answers now right, now "
            f"wrong; at most {len(planned)} steps of {QUESTIONS} questions, {GROUP} answers each" + job.time_said()
        )
        watch = Watch(planned, job.left_s(), job.report, job.live, peak_tokens_per_s(start.model))
        curve = run(
            start.model,
            questions,
            planned,
            _objective(start, asked, known, config),
            watch,
            directory=job.work,
            config=config,
            learning_rate=config.learning_rate or LEARNING_RATE[start.trains],
            trackers=job.trackers,
        )
    record = speed_record(start, curve, GROUP, watch.tokens)
    return Trained(saveable(start), start.tokenizer, {**record, "method": "rl", "reward": config.reward}, curve)


def uncertain(samples: Sequence[Sample], questions: Sequence[Question], kind: Kind) -> list[Question]:
    """The questions whose sampled answers are not worth the same, and the other wordings of what they ask for."""
    worth: Mapping[str, set[float]] = defaultdict(set)
    for sample in samples:
        worth[sample.question_id].add(sample.bleu if kind == "bleu" else sample.keys)
    mixed = [question for question in questions if len(worth.get(question.id, ())) > 1]
    lessons = {question.lesson for question in mixed if question.fact_ids}
    ids = {question.id for question in mixed}
    found = [question for question in questions if question.id in ids or question.lesson in lessons]
    if not found:
        raise DatasetError("all sampled answers are worth the same: there is nothing to reinforce; keep the sft model")
    return found


def _plan(questions: Sequence[Question], config: TrainConfig) -> list[list[int]]:
    """STEPS batches of question numbers: all questions in random order, again and again."""
    rng, order = random.Random(f"rl {config.seed}"), list[int]()
    while len(order) < STEPS * QUESTIONS:
        order += rng.sample(range(len(questions)), len(questions))
    return [order[n : n + QUESTIONS] for n in range(0, STEPS * QUESTIONS, QUESTIONS)]


def _objective(start: Start, asked: Asked, known: Callable[[str], bool], config: TrainConfig) -> Objective:
    tokenizer = start.tokenizer

    def batch(model: Any, questions: Sequence[Question], step: int) -> tuple[list[Inputs], Mapping[str, float]]:
        rollouts = roll_out(
            snapshot(model),
            tokenizer,
            questions,
            known,
            decoding=Decoding(TEMPERATURE, seed=hash_seed(config.seed, step)),
            max_tokens=config.max_tokens,
            group=GROUP,
            kind=config.reward,
        )
        scored = advantages([each.reward.total for each in rollouts], GROUP)
        learnt = [
            (each, worth) for each, worth in zip(rollouts, scored, strict=True) if worth and each.row.completion_ids
        ]
        figures = mean_components([each.reward for each in rollouts]) | {
            "groups_used": len({id(each.question) for each, _ in learnt}) / len(questions),
            "answer_tokens": fmean(len(each.row.completion_ids) for each in rollouts),
        }
        return pieces(learnt, tokenizer.pad_token_id), figures

    return Objective(
        batch=batch,
        loss=policy_loss,
        weight=answer_tokens,
        validate=judge(start, asked.validation, known, config.max_tokens, config.reward),
        judge_first=True,
        patience=3,  # rewards of few answers are noisy
        log_every=1,
    )


def advantages(rewards: Sequence[float], group: int) -> list[float]:
    """How much better each answer is than the mean of its group; 0 throughout a group of equals."""
    found: list[float] = []
    for start in range(0, len(rewards), group):
        rewards_G = rewards[start : start + group]
        alike = max(rewards_G) - min(rewards_G) < 1e-6
        found += [0.0 if alike else value - fmean(rewards_G) for value in rewards_G]
    return found


def pieces(learnt: Sequence[tuple[Rollout, float]], pad_id: int) -> list[Inputs]:
    """Answers with their advantages as tensors, rows of similar length together."""
    ordered = sorted(learnt, key=lambda pair: pair[0].row.tokens)
    found = []
    for start in range(0, len(ordered), PIECE):
        part = ordered[start : start + PIECE]
        inputs = collate([rollout.row for rollout, _ in part], pad_id)
        found.append({**inputs, "advantages": torch.tensor([worth for _, worth in part])})
    return found


def policy_loss(model: Any, inputs: Inputs) -> torch.Tensor:
    """Minus the mean over all answer tokens of advantage times log-probability: its gradient is the policy's."""
    labels_BC, advantages_B = inputs.pop("labels"), inputs.pop("advantages")
    logprobs_BC = token_logprobs(model, inputs, labels_BC)
    return -(advantages_B.to(logprobs_BC.device)[:, None] * logprobs_BC).sum() / (labels_BC != IGNORED).sum()
