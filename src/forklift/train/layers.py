"""The forward and backward pass of a model like Llama on a CPU in few operations: the products, and compiled code.

The library's own layers are some forty small operations and as many backward, each of which passes over memory; on
CPUs with fast products they take longer than those (docs/decisions/0016-fused-training.md). Here weights, and what
goes between products, are bf16; sums over layers are float32.
"""

import logging
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.autograd import Function
from transformers import PreTrainedModel

from forklift.answerers.decoder import is_like_llama
from forklift.models import prefers_bf16
from forklift.train import crew
from forklift.train.packed import Packed


def can_train(model: Any) -> bool:
    """Whether `logits` can stand in for `model` once its weights are in bf16, and is faster."""
    return (
        prefers_bf16()
        and crew.size() == 1
        and is_like_llama(model)
        and not hasattr(model.model.layers[0].self_attn, "q_norm")
        and not getattr(model.config, "attention_dropout", 0)
        and _has_code()
    )


@cache
def _has_code() -> bool:
    """Whether the compiled code can be had; logs why when there is none: no numba, no place to keep code in."""
    try:
        import forklift.train.compiled  # noqa: F401
    except Exception as error:
        logging.getLogger(__name__).warning("training goes by the library's layers, which takes longer: %s", error)
        return False
    return True


def suits(model: Any) -> bool:
    """Whether `model`, which may be wrapped, is one of those and trains so."""
    return isinstance(model, PreTrainedModel) and model.dtype == torch.bfloat16 and can_train(model)


def logits(model: Any, packed: Packed) -> torch.Tensor:
    """What a model in bf16 says of each answer token of a packed batch: (A, vocabulary)."""
    inner = model.model
    angles_ND = packed.positions[0][:, None] * inner.rotary_emb.inv_freq.float()
    amplitude = inner.rotary_emb.attention_scaling
    places = ((angles_ND.cos() * amplitude).numpy(), (angles_ND.sin() * amplitude).numpy(), packed.ends.numpy())
    x_NH = inner.embed_tokens(packed.ids[0]).float()
    more_NH = torch.zeros_like(x_NH, dtype=torch.bfloat16)
    for layer in inner.layers:
        attention, mlp = layer.self_attn, layer.mlp
        x_NH, normed_NH = _normed(layer.input_layernorm, x_NH, more_NH)
        heads = (linear(normed_NH) for linear in (attention.q_proj, attention.k_proj, attention.v_proj))
        more_NH = attention.o_proj(_Attention.apply(*heads, places, attention.scaling))
        x_NH, normed_NH = _normed(layer.post_attention_layernorm, x_NH, more_NH)
        more_NH = mlp.down_proj(_SwiGLU.apply(mlp.gate_proj(normed_NH), mlp.up_proj(normed_NH)))
    _, normed_NH = _normed(inner.norm, x_NH, more_NH)
    said: torch.Tensor = model.lm_head(normed_NH[packed.before])
    return said


def bits(tensor: torch.Tensor) -> NDArray[np.uint16]:
    """The memory of a contiguous tensor in bf16."""
    return tensor.detach().view(torch.uint16).numpy()


def _normed(norm: Any, x_NH: torch.Tensor, more_NH: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    summed: tuple[torch.Tensor, torch.Tensor] = _AddNorm.apply(x_NH, more_NH, norm.weight, norm.variance_epsilon)
    return summed


class _AddNorm(Function):
    @staticmethod
    def forward(ctx: Any, x_NH: Any, more_NH: Any, weight_H: Any, epsilon: float) -> Any:
        from forklift.train.compiled import add_norm

        sum_NH, normed_NH, factor_N = torch.empty_like(x_NH), torch.empty_like(more_NH), x_NH.new_empty(len(x_NH))
        add_norm(
            x_NH.numpy(), bits(more_NH), bits(weight_H), np.float32(epsilon),
            sum_NH.numpy(), bits(normed_NH), factor_N.numpy(),
        )  # fmt: skip
        ctx.save_for_backward(sum_NH, weight_H, factor_N)
        return sum_NH, normed_NH

    @staticmethod
    def backward(ctx: Any, later_NH: Any, wanted_NH: Any) -> Any:
        from forklift.train.compiled import add_norm_backward

        sum_NH, weight_H, factor_N = ctx.saved_tensors
        x_NH, more_NH, gradient_H = torch.empty_like(sum_NH), torch.empty_like(wanted_NH), torch.empty_like(weight_H)
        add_norm_backward(
            later_NH.numpy(), bits(wanted_NH), sum_NH.numpy(), bits(weight_H), factor_N.numpy(),
            x_NH.numpy(), bits(more_NH), bits(gradient_H),
        )  # fmt: skip
        return x_NH, more_NH, gradient_H, None


class _SwiGLU(Function):
    @staticmethod
    def forward(ctx: Any, gate: Any, up: Any) -> Any:
        from forklift.train.compiled import swiglu

        ctx.save_for_backward(gate, up)
        out = torch.empty_like(gate)
        swiglu(*(bits(each).ravel() for each in (gate, up, out)))
        return out

    @staticmethod
    def backward(ctx: Any, wanted: Any) -> Any:
        from forklift.train.compiled import swiglu_backward

        gate, up = ctx.saved_tensors
        gradients = torch.empty_like(gate), torch.empty_like(up)
        swiglu_backward(*(bits(each).ravel() for each in (wanted, gate, up, *gradients)))
        return gradients


class _Attention(Function):
    @staticmethod
    def forward(ctx: Any, q_NH: Any, k_NK: Any, v_NK: Any, places: Any, scale: float) -> Any:
        from forklift.train.compiled import attend

        size = 2 * places[0].shape[1]
        out_NH, sums_QN = torch.empty_like(q_NH), torch.empty(q_NH.shape[1] // size, len(q_NH))
        attend(*map(bits, (q_NH, k_NK, v_NK)), *places, np.float32(scale), bits(out_NH), sums_QN.numpy())
        ctx.save_for_backward(q_NH, k_NK, v_NK, out_NH, sums_QN)
        ctx.places, ctx.scale = places, np.float32(scale)
        return out_NH

    @staticmethod
    def backward(ctx: Any, wanted_NH: Any) -> Any:
        from forklift.train.compiled import attend_backward

        *heads, out_NH, sums_QN = ctx.saved_tensors
        gradients = [torch.empty_like(each) for each in heads]
        attend_backward(
            bits(wanted_NH), *map(bits, heads), *ctx.places, ctx.scale,
            bits(out_NH), sums_QN.numpy(), *map(bits, gradients),
        )  # fmt: skip
        return *gradients, None, None
