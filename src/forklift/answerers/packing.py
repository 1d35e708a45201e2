"""Linear layers with their weights in the order in which the processor multiplies them.

Otherwise oneDNN rearranges them in each product, which takes as long as the product itself where a batch is small.
"""

from typing import Any

import torch
from torch import nn


class PackedLinear(nn.Module):
    """A linear layer for inference on the CPU. Gives what the layer it is made from gives, up to rounding."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())
        self.bias = linear.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(input, self.packed, self.bias, "none", [], "")


def pack_linear_layers(model: Any) -> Any:
    """`model` with all its linear layers packed, in place; as it is where it isn't on the CPU or oneDNN is missing.

    It can answer from then on, but not be trained or saved.
    """
    if model.device.type != "cpu" or not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return model
    for name, module in list(model.named_modules()):
        if type(module) is nn.Linear:
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, PackedLinear(module))
    return model
