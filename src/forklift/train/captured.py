"""Training steps as CUDA graphs: forward and backward pass of a small batch are many kernels, which take a GPU
less time than Python needs to launch them one by one; a graph launches them at once (CUDA C++ Programming Guide,
"CUDA Graphs").
"""

from dataclasses import dataclass, fields
from typing import Any

import torch

from forklift.train.losses import MAX_GRAD_NORM, device_of, packed_loss
from forklift.train.memory import Inputs
from forklift.train.packed import Packed, attends_by_rows, pack

MULTIPLE = 128  # of tokens: few shapes, for each takes a graph
MOST_GRAPHS = 48

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Captured:
    graph: Any
    packed: Packed  # what it reads
    loss: torch.Tensor  # what it writes, beside the gradients


class CapturedSteps:
    """steps(inputs): the clipped gradient of the mean loss of a collated batch, set, not added; returns the loss.

    A batch of a new shape is computed as usual, and captured for those to come. `broken` becomes 1 where the gradient
    is no number: a fused optimizer that has it as its `found_inf` then changes nothing, so nobody waits for the loss.
    """

    def __init__(self, model: Any) -> None:
        """`model`: one on a GPU that attends by rows."""
        self._model = model
        self._trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._gradients = [torch.zeros_like(parameter) for parameter in self._trained]
        self.broken = torch.zeros((), device=device_of(model))
        self._captured: dict[Shape, _Captured | None] = {}
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream()

    def __call__(self, inputs: Inputs) -> torch.Tensor:
        for parameter, gradient in zip(self._trained, self._gradients, strict=True):
            parameter.grad = gradient  # the library forgets them after each step
        packed = pack(inputs, MULTIPLE)
        shape = (packed.ids.shape[1], len(packed.ends), len(packed.labels))
        if captured := self._captured.get(shape):
            for each in fields(packed):
                getattr(captured.packed, each.name).copy_(getattr(packed, each.name), non_blocking=True)
            captured.graph.replay()
            return captured.loss.clone()
        packed = packed.to(device_of(self._model))
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            loss = self._step(packed)
        torch.cuda.current_stream().wait_stream(self._stream)
        if shape not in self._captured and len(self._captured) < MOST_GRAPHS:
            self._captured[shape] = self._capture(packed)
        return loss

    def _step(self, packed: Packed) -> torch.Tensor:
        torch._foreach_zero_(self._gradients)
        with torch.autocast("cuda", torch.bfloat16):
            loss = packed_loss(self._model, packed)
        loss.backward()
        norm = torch.nn.utils.get_total_norm(self._gradients)
        self.broken.copy_(~norm.isfinite())
        torch.nn.utils.clip_grads_with_norm_(self._trained, MAX_GRAD_NORM, norm)
        return loss.detach()

    def _capture(self, packed: Packed) -> _Captured | None:
        """None where the model does what no graph can hold, or memory lacks: then such batches go on as usual."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
                loss = self._step(packed)
        except RuntimeError:
            return None
        return _Captured(graph, packed, loss)


def captured_steps(model: Any) -> CapturedSteps | None:
    """Steps of `model` as graphs; None where it is not on a GPU of its own, or pads its batches."""
    alone = not (torch.distributed.is_available() and torch.distributed.is_initialized())
    return CapturedSteps(model) if alone and device_of(model).type == "cuda" and attends_by_rows(model) else None
