"""AdamW for weights in bf16 on the CPU: clipping, step and rounding in one pass over memory."""

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from forklift.train.layers import bits
from forklift.train.losses import MAX_GRAD_NORM

_PART = 1 << 20  # weights that a thread takes at a time
_THREADS = 8


class ClippingAdamW(torch.optim.Optimizer):
    """Adam without weight decay, on weights that are exact to float32: `rest` holds the bits beyond bf16.

    A step first scales the gradients of all weights so that their norm is at most MAX_GRAD_NORM.
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "betas": (0.9, 0.999), "eps": 1e-8})
        self._threads = ThreadPoolExecutor(min(torch.get_num_threads(), _THREADS), "adamw")

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Changes the weights by their gradients."""
        from forklift.train.compiled import adamw, sum_of_squares

        parts = [
            part for group in self.param_groups for weight in group["params"] for part in self._parts(group, weight)
        ]
        squares = sum(self._threads.map(lambda part: sum_of_squares(part[4]), [part for part, _ in parts]))
        scale = np.float32(min(1.0, MAX_GRAD_NORM / (math.sqrt(squares) + 1e-6)))
        list(self._threads.map(lambda each: adamw(*each[0], scale, *each[1]), parts))

    def _parts(self, group: Mapping[str, Any], weight: torch.nn.Parameter) -> Iterable[tuple[Any, Any]]:
        """Of a weight with a gradient, the numbers that a thread changes at a time, and what the step is made of."""
        if weight.grad is None:
            return
        state, (beta1, beta2) = self.state[weight], group["betas"]
        if not state:
            state["step"] = torch.zeros(())
            state["rest"] = torch.zeros_like(weight, dtype=torch.int16)
            state["exp_avg"] = torch.zeros_like(weight, dtype=torch.float32)
            state["exp_avg_sq"] = torch.zeros_like(weight, dtype=torch.float32)
        state["step"] += 1
        step = float(state["step"])
        made_of = group["lr"] / (1 - beta1**step), 1 / math.sqrt(1 - beta2**step), beta1, beta2, group["eps"]
        kept = [state[name].numpy().ravel() for name in ("rest", "exp_avg", "exp_avg_sq")]
        numbers = [bits(weight).ravel(), *kept, bits(weight.grad.contiguous()).ravel()]
        for start in range(0, weight.numel(), _PART):
            yield [each[start : start + _PART] for each in numbers], tuple(map(np.float32, made_of))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As any optimizer, but what is kept of a weight stays in its own precision."""
        super().load_state_dict(state_dict)
        weights = (weight for group in self.param_groups for weight in group["params"])
        for number, weight in enumerate(weights):
            for name, kept in state_dict["state"].get(number, {}).items():
                self.state[weight][name] = kept.clone()


def adamw_for(parameters: list[torch.nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """AdamW without weight decay, in the precision of the weights it changes."""
    if all(each.dtype == torch.bfloat16 and each.device.type == "cpu" for each in parameters):
        return ClippingAdamW(parameters, lr)
    return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.0, fused=True)
