"""Backward passes in the memory there is."""

from collections.abc import Callable, Iterator

import torch

from forklift.errors import ModelError
from forklift.train.batching import IGNORED

Inputs = dict[str, torch.Tensor]


def backward_in_parts(
    inputs: Inputs, parts: int, backward: Callable[[Inputs, float], torch.Tensor], reset: Callable[[], None]
) -> tuple[torch.Tensor, int]:
    """The gradient of a collated batch, cut into `parts`, or into as many more as memory asks for.

    backward(part, share) adds the gradient of `share` times the part's mean loss, and returns that; `share` is the
    part's of the batch's answer tokens, so cutting changes neither loss nor gradient. `reset` forgets the gradients of
    an attempt that failed. Returns the batch's mean loss, and how many parts it took. Raises ModelError when a single
    row does not fit.
    """
    rows, width = inputs["input_ids"].shape
    while True:
        try:
            losses = [backward(part, share) for part, share in _cut(inputs, min(parts, rows))]
            return torch.stack(losses).sum(), parts
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        reset()
        if parts >= rows:
            raise ModelError(
                f"out of memory with one row of {width} tokens: use a smaller --model, --adapter lora, or a smaller "
                "max_tokens"
            )
        parts *= 2


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed, on a GPU (its own class) or on the CPU (a RuntimeError of PyTorch's allocator)."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _cut(inputs: Inputs, parts: int) -> Iterator[tuple[Inputs, float]]:
    if parts == 1:
        yield dict(inputs), 1.0
        return
    answers = (inputs["labels"] != IGNORED).sum().item()
    pieces = {name: tensor.tensor_split(parts) for name, tensor in inputs.items()}
    for turn in range(parts):
        part = {name: tensors[turn] for name, tensors in pieces.items()}
        yield part, (part["labels"] != IGNORED).sum().item() / answers
