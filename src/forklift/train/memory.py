"""Backward passes in the memory there is."""

from collections.abc import Callable, Iterator, Sequence

import torch

from forklift.errors import ModelError
from forklift.train.batching import IGNORED

Inputs = dict[str, torch.Tensor]


def answer_tokens(inputs: Inputs) -> float:
    """How many tokens of a collated batch have a label."""
    return float((inputs["labels"] != IGNORED).sum())


def backward_in_parts(
    pieces: Sequence[Inputs],
    parts: int,
    backward: Callable[[Inputs, float], torch.Tensor],
    reset: Callable[[], None],
    weight: Callable[[Inputs], float] = answer_tokens,
) -> tuple[torch.Tensor, int]:
    """The gradient of a batch in collated pieces, each cut into `parts`, or into as many more as memory asks for.

    backward(part, share) adds the gradient of `share` times the part's mean loss, and returns that; `share` is the
    part's of what `weight` counts in the batch, so cutting changes neither loss nor gradient. `reset` forgets the
    gradients of an attempt that failed. Returns the batch's mean loss, and how many parts a piece took. Raises
    ModelError when a single row does not fit.
    """
    whole = sum(map(weight, pieces))
    rows = max(piece["input_ids"].shape[0] for piece in pieces)
    while True:
        try:
            cut = [part for piece in pieces for part in _cut(piece, min(parts, piece["input_ids"].shape[0]))]
            losses = [backward(part, weight(part) / whole) for part in cut]
            return torch.stack(losses).sum(), parts
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        reset()
        if parts >= rows:
            width = max(piece["input_ids"].shape[-1] for piece in pieces)
            raise ModelError(
                f"out of memory with one row of {width} tokens: use a smaller --model, --adapter lora, or a smaller "
                "max_tokens"
            )
        parts *= 2


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed, on a GPU (its own class) or on the CPU (a RuntimeError of PyTorch's allocator)."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _cut(inputs: Inputs, parts: int) -> Iterator[Inputs]:
    pieces = {name: tensor.tensor_split(parts) for name, tensor in inputs.items()}
    return ({name: tensors[turn] for name, tensors in pieces.items()} for turn in range(parts))
