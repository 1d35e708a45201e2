"""What a model says of the answers of a collated batch."""

from typing import Any

import torch
from torch.nn.functional import cross_entropy

from forklift.train import layers
from forklift.train.batching import IGNORED
from forklift.train.memory import Inputs
from forklift.train.packed import Packed, attends_by_rows, pack, packed_logits

MAX_GRAD_NORM = 1.0


def answer_logits(model: Any, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model says of each answer token of a collated batch, (A, vocabulary) in fp32, and those tokens (A), with
    some that are IGNORED among them."""
    if attends_by_rows(model):
        packed = pack(inputs).to(device_of(model))  # packed on the CPU: a GPU would wait for each of the sizes
        say = layers.logits if layers.suits(model) else packed_logits
        return say(model, packed).float(), packed.labels
    inputs = on_device(inputs, model)
    labels_BC = inputs["labels"]
    told = {name: tensor for name, tensor in inputs.items() if name != "labels"}
    # the logit before each label predicts it
    logits_BCV = model(**told, logits_to_keep=labels_BC.shape[1] + 1, use_cache=False).logits[:, :-1]
    return logits_BCV.flatten(0, 1).float(), labels_BC.flatten()


def packed_loss(model: Any, packed: Packed) -> torch.Tensor:
    """Mean cross-entropy per answer token of a packed batch that is where the model is."""
    return cross_entropy(packed_logits(model, packed).float(), packed.labels, ignore_index=IGNORED)


def on_device(inputs: Inputs, model: Any) -> Inputs:
    """The tensors of a batch where the model is."""
    return {name: tensor.to(device_of(model)) for name, tensor in inputs.items()}


def device_of(model: Any) -> torch.device:
    """Where the model's weights are."""
    device: torch.device = next(model.parameters()).device
    return device


def answer_loss(model: Any, inputs: Inputs) -> torch.Tensor:
    """Mean cross-entropy per answer token of a collated batch."""
    if layers.suits(model):
        return layers.loss(model, pack(inputs))
    return cross_entropy(*answer_logits(model, inputs), ignore_index=IGNORED)


def token_logprobs(model: Any, inputs: Inputs, labels_BC: torch.Tensor) -> torch.Tensor:
    """The log-probability of each label of a collated batch, 0 where there is none; where the model is."""
    logits_AV, labels_A = answer_logits(model, {**inputs, "labels": labels_BC})
    losses_A = cross_entropy(logits_AV, labels_A, ignore_index=IGNORED, reduction="none")
    logprobs_BC = losses_A.new_zeros(labels_BC.shape)
    logprobs_BC[(labels_BC != IGNORED).to(losses_A.device)] = -losses_A[labels_A != IGNORED]
    return logprobs_BC
