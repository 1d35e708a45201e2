"""Layers for inference on the CPU: weights in the order in which the processor multiplies them, few operations.

Otherwise oneDNN rearranges weights in each product, which takes as long as the product itself where a batch is small,
and what a layer does beside its products takes as long as they do.
"""

from typing import Any

import torch
from torch import nn
from torch.linalg import vector_norm
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

LIKE_LLAMA = frozenset({"llama", "mistral", "qwen2", "qwen3"})


class PackedLinear(nn.Module):
    """A linear layer for inference on the CPU. Gives what the layer it is made from gives, up to rounding."""

    def __init__(self, *linear: nn.Linear) -> None:
        """`linear`: several give their outputs side by side."""
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(torch.cat([each.weight.detach() for each in linear]))
        biases = [each.bias.detach() for each in linear if each.bias is not None]
        self.bias = torch.cat(biases) if biases else None

    def forward(self, input: torch.Tensor, then: str = "none") -> torch.Tensor:
        """`then`: what is done with each output, in the words of oneDNN."""
        return torch.ops.mkldnn._linear_pointwise(input, self.packed, self.bias, then, [], "")

    def joined(self, input: torch.Tensor, other: torch.Tensor, how: str) -> torch.Tensor:
        """The outputs with `other` added to them ("add") or multiplied by it ("mul")."""
        return torch.ops.mkldnn._linear_pointwise.binary(input, other, self.packed, self.bias, how)


class PackedNorm(nn.Module):
    """Root mean square normalisation. Gives what the module it is made from gives, up to rounding."""

    def __init__(self, norm: Any) -> None:
        super().__init__()
        self.weight, self.epsilon = norm.weight.detach(), torch.tensor(norm.variance_epsilon)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        length = vector_norm(wide, dim=-1, keepdim=True)
        factor = torch.addcmul(self.epsilon, length, length, value=1 / x.shape[-1]).rsqrt_()
        return (wide * factor).to(x.dtype).mul_(self.weight)


class PackedLayer(nn.Module):
    """A layer of a model like Llama. Gives what the layer it is made from gives, up to rounding."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        attention, (q, k, v, output, gate, up, down) = layer.self_attn, linear_layers(layer)
        self.before_attention, self.before_mlp = map(
            PackedNorm, (layer.input_layernorm, layer.post_attention_layernorm)
        )
        self.inputs = PackedLinear(q, k, v)
        self.output, self.gate, self.up, self.down = map(PackedLinear, (output, gate, up, down))
        self.norms = [*map(PackedNorm, (attention.q_norm, attention.k_norm))] if hasattr(attention, "q_norm") else []
        self.heads = [linear.out_features // attention.head_dim for linear in (q, k)]
        self.window = getattr(attention, "sliding_window", getattr(attention.config, "sliding_window", None))
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            delattr(attention, name)
        self.attention = attention  # its numbers are what functions that attend ask for

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        position_embeddings: Any = None,
        **options: Any,
    ) -> torch.Tensor:
        attention, (queries, keys) = self.attention, self.heads
        made = self.inputs(self.before_attention(hidden_states)).unflatten(-1, (-1, attention.head_dim))
        q, k, v = made.split([queries, keys, keys], dim=-2)
        if self.norms:
            q, k = (norm(each) for norm, each in zip(self.norms, (q, k), strict=True))
            turned = _rotated(torch.cat([q, k], dim=-2), *position_embeddings)
        else:
            turned = _rotated(made[..., : queries + keys, :], *position_embeddings)
        q, k, v = (each.transpose(1, 2) for each in (turned[..., :queries, :], turned[..., queries:, :], v))
        if past_key_values is not None:
            k, v = past_key_values.update(k, v, attention.layer_idx)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(attention.config._attn_implementation, sdpa_attention_forward)
        seen, _ = attend(
            attention, q, k, v, attention_mask, scaling=attention.scaling, sliding_window=self.window, **options
        )
        x = self.output.joined(seen.flatten(2), hidden_states, "add")
        normed = self.before_mlp(x)
        return self.down.joined(self.up.joined(normed, self.gate(normed, "swish"), "mul"), x, "add")


def _rotated(x_BTGD: torch.Tensor, cosines_BTD: torch.Tensor, sines_BTD: torch.Tensor) -> torch.Tensor:
    """Each pair of a number and that half a head later, turned by the angle of its place."""
    half = x_BTGD.shape[-1] // 2
    first, second = x_BTGD[..., :half], x_BTGD[..., half:]
    cosines_BT1D, sines_BT1D = cosines_BTD.unsqueeze(-2), sines_BTD.unsqueeze(-2)
    turned_BTGD = x_BTGD * cosines_BT1D
    turned_BTGD[..., :half].addcmul_(second, sines_BT1D[..., :half], value=-1)
    turned_BTGD[..., half:].addcmul_(first, sines_BT1D[..., half:])
    return turned_BTGD


def linear_layers(layer: Any) -> tuple[Any, ...]:
    """Those of a layer of a model like Llama: to queries, keys, values, from them, gate, up, down."""
    attention, mlp = layer.self_attn, layer.mlp
    inputs = (attention.q_proj, attention.k_proj, attention.v_proj)
    return *inputs, attention.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj


def can_pack(dtype: torch.dtype) -> bool:
    """Whether oneDNN packs weights of `dtype` on this processor: bf16 needs AVX-512, or AVX2 that converts."""
    if not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return False
    return dtype != torch.bfloat16 or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def pack_linear_layers(model: Any) -> Any:
    """`model` with all its linear layers packed, in place; as it is where it isn't on the CPU or oneDNN can't do it.

    It can answer from then on, but not be trained or saved.
    """
    if model.device.type != "cpu" or not can_pack(model.dtype):
        return model
    if model.config.model_type in LIKE_LLAMA and model.config.hidden_act == "silu":
        layers = model.model.layers
        for n, layer in enumerate(layers):
            if all(type(linear) is nn.Linear for linear in linear_layers(layer)):
                layers[n] = PackedLayer(layer)
    for name, module in list(model.named_modules()):
        if type(module) is nn.Linear:
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, PackedLinear(module))
    return model
