"""AdamW for weights in bf16 on the CPU: clipping, step and rounding in one pass over memory."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from forklift.train.layers import bits
from forklift.train.losses import MAX_GRAD_NORM


class ClippingAdamW(torch.optim.Optimizer):
    """Adam without weight decay, on weights that are exact to float32: `rest` holds the bits beyond bf16.

    A step first scales the gradients of all weights so that their norm is at most MAX_GRAD_NORM.
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr, "betas": (0.9, 0.999), "eps": 1e-8})
        self._memory: dict[torch.nn.Parameter, list[NDArray[Any]]] = {}

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Changes the weights by their gradients."""
        from forklift.train.compiled import adamw, sum_of_squares, use_threads

        use_threads(torch.get_num_threads())
        changed = [
            (self._numbers(weight), bits(weight.grad.contiguous()).ravel(), self._made_of(group, weight))
            for group in self.param_groups
            for weight in group["params"]
            if weight.grad is not None
        ]
        squares = sum(sum_of_squares(gradient) for _, gradient, _ in changed)
        scale = np.float32(min(1.0, MAX_GRAD_NORM / (math.sqrt(squares) + 1e-6)))
        for numbers, gradient, made_of in changed:
            adamw(*numbers, gradient, scale, *made_of)

    def _numbers(self, weight: torch.nn.Parameter) -> list[NDArray[Any]]:
        """The memory of a weight and of what is kept of it."""
        if weight not in self._memory:
            state = self.state[weight]
            if not state:
                state["step"] = torch.zeros(())
                state["rest"] = torch.zeros_like(weight, dtype=torch.int16)
                state["exp_avg"] = torch.zeros_like(weight, dtype=torch.float32)
                state["exp_avg_sq"] = torch.zeros_like(weight, dtype=torch.float32)
            kept = [state[name].numpy().ravel() for name in ("rest", "exp_avg", "exp_avg_sq")]
            self._memory[weight] = [bits(weight).ravel(), *kept]
        return self._memory[weight]

    def _made_of(self, group: Mapping[str, Any], weight: torch.nn.Parameter) -> list[np.float32]:
        """What the next step is made of, beside the gradient."""
        self.state[weight]["step"] += 1
        step, (beta1, beta2) = float(self.state[weight]["step"]), group["betas"]
        parts = group["lr"] / (1 - beta1**step), 1 / math.sqrt(1 - beta2**step), beta1, beta2, group["eps"]
        return [np.float32(part) for part in parts]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As any optimizer, but what is kept of a weight stays in its own precision."""
        super().load_state_dict(state_dict)
        self._memory.clear()
        weights = (weight for group in self.param_groups for weight in group["params"])
        for number, weight in enumerate(weights):
            for name, kept in state_dict["state"].get(number, {}).items():
                self.state[weight][name] = kept.clone()


def adamw_for(parameters: list[torch.nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """AdamW without weight decay, in the precision of the weights it changes."""
    if all(each.dtype == torch.bfloat16 and each.device.type == "cpu" for each in parameters):
        return ClippingAdamW(parameters, lr)
    return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.0, fused=True)
