"""The next tokens of a few rows without torch, whose dispatch and products of single rows take most of such a step.

For models like Llama on the CPU. The code is compiled by numba when a second answer needs it on a machine, until
then and where numba is missing the model itself does the work.
"""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from forklift.answerers.packing import LIKE_LLAMA, linear_layers

FEW = 4  # rows: products of more are faster in torch
MAX_BYTES = 1 << 30  # of weights: packing the layers makes a second copy of them
_THREADS = 8  # more would wait for memory and for each other
_ROTATIONS = frozenset({"default", "linear", "llama3"})  # whose angles do not hang on the length

Coming = tuple[int, int, int]
"""One token of a row: the row's place in the store, how many tokens are kept there, the token that comes."""


class Decoder:
    """The weights of a model, ready for steps in which one token of each of a few rows comes."""

    def __init__(self, model: Any) -> None:
        """`model`: one that `decodes` allows. What is kept of its weights stays when its layers are packed."""
        inner, config = model.model, model.config
        self._embedding_VH, self._kept = inner.embed_tokens.weight.detach(), model.dtype
        layers = [linear_layers(layer) for layer in inner.layers]
        self._head_VH, *matrices = _shortened([each.weight.detach() for each in (model.lm_head, *chain(*layers))])
        self._matrices = [matrices[n : n + 7] for n in range(0, len(matrices), 7)]
        self._addresses_LM = np.array([[each.data_ptr() for each in layer] for layer in self._matrices])
        self._vectors_LW = np.stack([_vectors(layer) for layer in inner.layers])
        self._norm_H = inner.norm.weight.detach().float().numpy()
        self._frequencies_D = inner.rotary_emb.inv_freq.float().numpy()
        self._amplitude = np.float32(inner.rotary_emb.attention_scaling)
        self._epsilon = np.float32(config.rms_norm_eps)
        self._heads, self._inner = config.num_attention_heads, config.intermediate_size
        self._norms_heads = hasattr(inner.layers[0].self_attn, "q_norm")
        self._threads = min(torch.get_num_threads(), _THREADS)
        self._helpers = ThreadPoolExecutor(max(1, self._threads - 1), "decoder")
        self._one_step = Lock()
        self._code: Future[Callable[..., None] | None] | None = None
        self._expected = False

    def expect(self) -> None:
        """To be called before each answer. Brings the code beside all else; the first answer may be the only one of
        this process, which would wait for the compiler at its end, so for that one only code that is kept is brought.
        """
        self._bring(compiles=self._expected)
        self._expected = True

    def prepare(self) -> Future[Callable[..., None] | None]:
        """Begins to bring the code, compiling it where none is kept: that takes seconds, once on a machine."""
        return self._bring(compiles=True)

    @property
    def ready(self) -> bool:
        """Whether `logits` will not have to wait for code."""
        code = self._code
        return code is not None and code.done() and code.exception() is None and code.result() is not None

    def _bring(self, *, compiles: bool) -> Future[Callable[..., None] | None]:
        code = self._code
        if code is None or (compiles and code.done() and not code.exception() and code.result() is None):
            self._code = self._helpers.submit(_bring_code, (self._head_VH.dtype, self._kept), compiles)
        assert self._code
        return self._code

    def logits(self, rows: Sequence[Coming], store_L2PTGD: torch.Tensor) -> torch.Tensor:
        """The logits after the token that comes of each row; its keys and values are kept in the store."""
        step = self.prepare().result()
        assert step
        slots_R, positions_R, tokens_R = np.array(rows).T.copy()
        angles_RD = positions_R[:, None].astype(np.float32) * self._frequencies_D
        logits_RV = torch.empty(len(rows), len(self._head_VH))
        size = store_L2PTGD.shape[-1]
        arguments = (
            self._addresses_LM,
            self._vectors_LW,
            self._norm_H,
            _numbers(self._head_VH),
            self._norms_heads,
            self._epsilon,
            _numbers(store_L2PTGD),
            slots_R,
            positions_R,
            np.cos(angles_RD) * self._amplitude,
            np.sin(angles_RD) * self._amplitude,
            self._embedding_VH[torch.from_numpy(tokens_R)].float().numpy(),
            np.empty((len(rows), self._heads, size), np.float32),
            np.empty((len(rows), self._heads * size), np.float32),
            np.empty((len(rows), self._inner), np.float32),
            logits_RV.numpy(),
            np.zeros(1, np.int64),
            self._threads,
        )
        with self._one_step:  # the threads of two steps would wait for each other
            others = [self._helpers.submit(step, *arguments, thread) for thread in range(1, self._threads)]
            step(*arguments, 0)
            for other in others:
                other.result()
        return logits_RV


def decoder_of(model: Any) -> Decoder | None:
    """A decoder for `model`, whose linear layers are still plain; None where it is of another kind or too large."""
    return Decoder(model) if decodes(model) else None


def decodes(model: Any) -> bool:
    """Whether a Decoder can stand in for `model`."""
    size = sum(parameter.numel() * parameter.itemsize for parameter in model.parameters())
    return os.name == "posix" and size <= MAX_BYTES and is_like_llama(model)


def is_like_llama(model: Any) -> bool:
    """Whether `model`, on the CPU, is one whose layers our own code knows, with plain linear layers."""
    config = model.config
    if model.device.type != "cpu" or model.dtype not in (torch.bfloat16, torch.float32):
        return False
    if config.model_type not in LIKE_LLAMA or config.hidden_act != "silu" or getattr(config, "sliding_window", None):
        return False
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if len(linear) != 7 * len(model.model.layers) + 1:
        return False
    rotation, first = model.model.rotary_emb, model.model.layers[0]
    biased = (first.self_attn.o_proj, first.mlp.gate_proj, first.mlp.up_proj, first.mlp.down_proj, model.lm_head)
    return (
        rotation.rope_type in _ROTATIONS
        and 2 * len(rotation.inv_freq) == first.self_attn.head_dim
        and all(type(module) is nn.Linear and module.weight.is_contiguous() for module in linear)
        and all(module.weight.dtype == model.dtype for module in linear)
        and all(module.bias is None for module in biased)
    )


def _vectors(layer: Any) -> NDArray[np.float32]:
    """Norms before attention and MLP; biases of queries, keys and values; norms of a query head and of a key head."""
    attention = layer.self_attn
    vectors = [layer.input_layernorm.weight, layer.post_attention_layernorm.weight]
    for linear in (attention.q_proj, attention.k_proj, attention.v_proj):
        vectors.append(linear.weight.new_zeros(linear.out_features) if linear.bias is None else linear.bias)
    if hasattr(attention, "q_norm"):
        vectors += [attention.q_norm.weight, attention.k_norm.weight]
    return torch.cat([each.detach() for each in vectors]).float().numpy()


def _shortened(matrices: list[torch.Tensor]) -> list[torch.Tensor]:
    """Weights in bf16 where no bit is lost by it: models saved so are read in float32 where that computes faster, and
    half as much would come from memory."""
    short = [each.bfloat16() for each in matrices]
    return short if all(torch.equal(a.to(b.dtype), b) for a, b in zip(short, matrices, strict=True)) else matrices


def _numbers(tensor: torch.Tensor) -> NDArray[Any]:
    """The memory of a tensor for numpy, which has no bf16 and gets the bits."""
    return (tensor.view(torch.uint16) if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _bring_code(dtypes: Sequence[torch.dtype], compiles: bool) -> Callable[..., None] | None:
    """The code of a step for weights, and keys and values, of `dtypes`, None where none is kept and it is not to be
    compiled; logs why when there can be none."""
    try:
        from forklift.answerers.decoding import compile_step, is_kept

        numbers = (np.uint16 if dtype == torch.bfloat16 else np.float32 for dtype in dtypes)
        return compile_step(*numbers) if compiles or is_kept() else None
    except Exception as error:
        logging.getLogger(__name__).warning("single answers are written without compiled code: %s", error)
        raise
