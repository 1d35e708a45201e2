"""What a model says of the answers of a collated batch."""

from typing import Any

import torch
from torch.nn.functional import cross_entropy

from forklift.train.batching import IGNORED
from forklift.train.memory import Inputs


def answer_loss(model: Any, inputs: Inputs) -> tuple[torch.Tensor, Any]:
    """Mean cross-entropy per answer token of a collated batch, and the model's outputs."""
    labels_BC = inputs.pop("labels")
    # the logit before each label predicts it
    outputs = model(**inputs, logits_to_keep=labels_BC.shape[1] + 1, use_cache=False)
    logits_BCV = outputs.logits[:, :-1].float()
    loss = cross_entropy(logits_BCV.flatten(0, 1), labels_BC.flatten(), ignore_index=IGNORED)
    return loss, outputs


def token_logprobs(model: Any, inputs: Inputs, labels_BC: torch.Tensor) -> torch.Tensor:
    """The log-probability of each label, 0 where there is none."""
    outputs = model(**inputs, logits_to_keep=labels_BC.shape[1] + 1, use_cache=False)
    logits_BCV = outputs.logits[:, :-1].float()
    losses = cross_entropy(logits_BCV.flatten(0, 1), labels_BC.flatten(), ignore_index=IGNORED, reduction="none")
    return -losses.view_as(labels_BC)
