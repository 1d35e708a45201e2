"""Direct preference optimisation (Rafailov et al. 2023): the gold answer against the model's own mistakes.

Beside the preference, the chosen answer's likelihood counts a little (as in Pang et al. 2024): otherwise the margin may
grow while both answers become less likely.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from forklift.config import TrainConfig
from forklift.errors import DatasetError
from forklift.grading import is_known
from forklift.index import open_index
from forklift.models import prefers_bf16
from forklift.tables import write_rows
from forklift.train.batching import IGNORED, Row, collate, encode_texts
from forklift.train.further import ask_about, judge, load_start, probe, saveable, speed_record
from forklift.train.job import Job, Trained
from forklift.train.losses import device_of, token_logprobs
from forklift.train.memory import Inputs
from forklift.train.preferences import MINED, Preference, mine, read_preferences
from forklift.train.sft import peak_tokens_per_s
from forklift.train.trainer import Objective, run
from forklift.train.watch import Watch

BETA = 0.1
LIKELIHOOD_WORTH = 0.2
EPOCHS = 2
LEARNING_RATE = {"none": 5e-6, "lora": 5e-5}


@dataclass(frozen=True, slots=True)
class Pair:
    """A preference in tokens, and how likely the start finds both answers."""

    chosen: Row
    rejected: Row
    margin: float = 0.0  # log-probability of the chosen less the rejected answer, under the start

    @property
    def tokens(self) -> int:
        return max(self.chosen.tokens, self.rejected.tokens)


def train_dpo(job: Job) -> Trained:
    """Goes on from the lift's sft model. Raises DatasetError, ModelError, WorkspaceError."""
    config, start = job.config, load_start(job.lift, "sft", job.config)
    asked = ask_about(job.lift, start.record, config.seed)
    with open_index(job.lift.index) as index:
        known = lru_cache(maxsize=None)(lambda name: is_known(name, index))
        mined = mine(probe(job, start, asked, known))
        write_rows(job.lift.preferences / MINED, mined, Preference)
        others, unusable = read_preferences(job.lift)
        pairs = encode_pairs([*mined, *others], start.tokenizer)
        fitting = [pair for pair in pairs if pair.tokens <= config.max_tokens]
        if not fitting:
            raise DatasetError(
                "there are no preferences to train on: the sft model made no mistakes in its sampled answers, and "
                f"{job.lift.preferences} holds no rows of others that fit; keep the sft model"
            )
        pad_id = start.tokenizer.pad_token_id
        fitting = with_margins(start.model, fitting, config.batch_size, pad_id)
        planned = _plan(len(fitting), config)
        left_out = {"too long": len(pairs) - len(fitting), "unusable": unusable}
        job.announce(
            f"preferring {len(fitting)} answers ({len(mined)} against mistakes of sft, {len(others)} from others) in "
            f"at most {len(planned)} steps{job.time_said()}"
            + "".join(f"; {count} {reason} and left out" for reason, count in left_out.items() if count)
        )
        watch = Watch(planned, job.left_s(), job.report, job.live, peak_tokens_per_s(start.model))
        objective = Objective(
            batch=lambda _model, rows, _step: ([collate_pairs(rows, pad_id)], {}),
            loss=preference_loss,
            weight=lambda inputs: float(len(inputs["margins"])),
            validate=judge(start, asked.validation, known, config.max_tokens, "both"),
            judge_first=True,
            patience=3,
        )
        curve = run(
            start.model,
            fitting,
            planned,
            objective,
            watch,
            directory=job.work,
            config=config,
            learning_rate=config.learning_rate or LEARNING_RATE[start.trains],
            trackers=job.trackers,
        )
    record = speed_record(start, curve, 2, watch.tokens)
    return Trained(saveable(start), start.tokenizer, {**record, "method": "dpo", "preferences": len(fitting)}, curve)


def encode_pairs(preferences: Sequence[Preference], tokenizer: Any) -> list[Pair]:
    """Both answers to each question as rows."""
    prompts = [preference.prompt for preference in preferences]
    chosen = encode_texts(prompts, [preference.chosen for preference in preferences], tokenizer)
    rejected = encode_texts(prompts, [preference.rejected for preference in preferences], tokenizer)
    return [Pair(*rows) for rows in zip(chosen, rejected, strict=True)]


def _plan(pairs: int, config: TrainConfig) -> list[list[int]]:
    """EPOCHS times all pairs, in random order."""
    rng = random.Random(f"dpo {config.seed}")
    order = [n for _ in range(EPOCHS) for n in rng.sample(range(pairs), pairs)]
    return [order[n : n + config.batch_size] for n in range(0, len(order), config.batch_size)]


def collate_pairs(pairs: Sequence[Pair], pad_id: int) -> Inputs:
    """Tensors of shape (pairs, 2, time): each chosen answer and the rejected one; and the start's margins."""
    rows = [row for pair in pairs for row in (pair.chosen, pair.rejected)]
    inputs = {name: tensor.unflatten(0, (len(pairs), 2)) for name, tensor in collate(rows, pad_id).items()}
    return {**inputs, "margins": torch.tensor([pair.margin for pair in pairs])}


@torch.no_grad()
def with_margins(model: Any, pairs: Sequence[Pair], batch_size: int, pad_id: int) -> list[Pair]:
    """The pairs with their margins under `model`."""
    model.eval()
    device = device_of(model)
    margins: list[float] = []
    for start in range(0, len(pairs), batch_size):
        inputs = collate_pairs(pairs[start : start + batch_size], pad_id)
        with torch.autocast(device.type, torch.bfloat16, enabled=prefers_bf16()):
            logprobs_P2, _ = _pair_logprobs(model, inputs)
        margins += (logprobs_P2[:, 0] - logprobs_P2[:, 1]).tolist()
    return [Pair(pair.chosen, pair.rejected, margin) for pair, margin in zip(pairs, margins, strict=True)]


def preference_loss(model: Any, inputs: Inputs) -> torch.Tensor:
    """The mean loss of a collated batch of pairs."""
    logprobs_P2, tokens_P2 = _pair_logprobs(model, inputs)
    gained_P = logprobs_P2[:, 0] - logprobs_P2[:, 1] - inputs["margins"].to(logprobs_P2.device)
    unlikely_P = -logprobs_P2[:, 0] / tokens_P2[:, 0]
    return (-logsigmoid(BETA * gained_P) + LIKELIHOOD_WORTH * unlikely_P).mean()


def _pair_logprobs(model: Any, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """The log-probability of each answer, and its tokens, both of shape (pairs, 2)."""
    flat = {name: tensor.flatten(0, 1) for name, tensor in inputs.items() if name != "margins"}
    labels_BC = flat.pop("labels")
    logprobs_BC = token_logprobs(model, flat, labels_BC)
    shape = inputs["labels"].shape[:2]
    tokens_B = (labels_BC != IGNORED).sum(-1).to(logprobs_BC.device)
    return logprobs_BC.sum(-1).view(shape), tokens_B.view(shape)
