"""The forward and backward pass of a model like Llama on a CPU in few operations: the products, and compiled code.

The library's own layers are some forty small operations and as many backward, each of which passes over memory; on
CPUs with fast products they and keeping track of what to differentiate take longer than those
(docs/decisions/0016-fused-training.md). So all layers are one function here, whose gradient is written out. Weights,
and what goes between products, are bf16; sums over layers are float32.

Shapes: N tokens, A answer tokens, H numbers wide, V words.
"""

import logging
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.autograd import Function

from forklift.answerers.decoder import is_like_llama
from forklift.models import prefers_bf16
from forklift.train import crew
from forklift.train.packed import Packed


def can_train(model: Any) -> bool:
    """Whether `logits` can stand in for `model`, before it gets an adapter, and is faster in bf16."""
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
        import forklift.train.attention  # noqa: F401
    except Exception as error:
        logging.getLogger(__name__).warning("training goes by the library's layers, which takes longer: %s", error)
        return False
    return True


def take_over(model: Any) -> Any:
    """`model`, one of those, in bf16; from now on it trains so, also with a LoRA on its linear layers."""
    model.spare_memory = _Spare()
    return model.to(torch.bfloat16)


class _Spare(list["_Kept"]):
    """Memory for the next pass through a model, of which its copies have none."""

    def __deepcopy__(self, _: Any) -> "_Spare":
        return _Spare()


def suits(model: Any) -> bool:
    """Whether `model`, which may be wrapped, was taken over."""
    return hasattr(model, "spare_memory")


def logits(model: Any, packed: Packed) -> torch.Tensor:
    """What a model in bf16 says of each answer token of a packed batch: (A, vocabulary)."""
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    trained = [weight for weight in plain.parameters() if weight.requires_grad]
    said: torch.Tensor = _Layers.apply(plain, packed, *trained)
    return said


def loss(model: Any, packed: Packed) -> torch.Tensor:
    """Mean cross-entropy per answer token of a packed batch."""
    mean: torch.Tensor = _CrossEntropy.apply(logits(model, packed), packed.labels)
    return mean


def bits(tensor: torch.Tensor) -> NDArray[np.uint16]:
    """The memory of a contiguous tensor in bf16."""
    return tensor.detach().view(torch.uint16).numpy()


_ROOM = 256  # tokens by which memory grows
Gradients = dict[torch.Tensor, torch.Tensor]
"""Of weights."""


class _Layers(Function):
    """From the weights that are trained to logits."""

    @staticmethod
    def forward(ctx: Any, model: Any, packed: Packed, *weights: torch.Tensor) -> torch.Tensor:
        ctx.model, ctx.packed, ctx.weights = model, packed, weights
        ctx.kept = _memory(model, packed)
        return _forward(model, packed, ctx.kept)

    @staticmethod
    def backward(ctx: Any, wanted_AV: torch.Tensor) -> Any:
        gradients = _backward(ctx.model, ctx.packed, ctx.kept, wanted_AV.contiguous())
        ctx.model.spare_memory[:] = [ctx.kept]
        return None, None, *(gradients.get(weight) for weight in ctx.weights)


class _CrossEntropy(Function):
    """Mean over the tokens that have a label."""

    @staticmethod
    def forward(ctx: Any, said_AV: torch.Tensor, labels_A: torch.Tensor) -> torch.Tensor:
        from forklift.train.compiled import cross_entropy

        sums_A, losses_A = torch.empty(len(labels_A)), torch.empty(len(labels_A))
        cross_entropy(bits(said_AV), labels_A.numpy(), sums_A.numpy(), losses_A.numpy())
        ctx.count = int((labels_A >= 0).sum())
        ctx.save_for_backward(said_AV, labels_A, sums_A)
        return losses_A.sum() / ctx.count

    @staticmethod
    def backward(ctx: Any, wanted: torch.Tensor) -> Any:
        from forklift.train.compiled import cross_entropy_backward

        said_AV, labels_A, sums_A = ctx.saved_tensors
        gradient_AV, scale = torch.empty_like(said_AV), np.float32(float(wanted) / ctx.count)
        cross_entropy_backward(bits(said_AV), labels_A.numpy(), sums_A.numpy(), scale, bits(gradient_AV))
        return gradient_AV, None


class _Product:
    """Linear layers of one input, their outputs side by side: a larger product is faster by more than copying takes."""

    def __init__(self, *linear: Any) -> None:
        plain = [getattr(each, "base_layer", each) for each in linear]
        self.weights, self.biases = [each.weight for each in plain], [each.bias for each in plain]
        self.sizes = [each.out_features for each in plain]
        self.weight = self.weights[0] if len(plain) == 1 else torch.cat(self.weights)
        self.bias = None if self.biases[0] is None else torch.cat(self.biases)
        self.adapters = [_adapter(each) for each in linear]

    def into(self, out_NO: torch.Tensor, x_NI: torch.Tensor) -> None:
        if self.bias is None:
            torch.mm(x_NI, self.weight.t(), out=out_NO)
        else:
            torch.addmm(self.bias, x_NI, self.weight.t(), out=out_NO)
        for adapter, part in zip(self.adapters, out_NO.split(self.sizes, 1), strict=True):
            if adapter:
                down, up, scale = adapter
                part.addmm_(x_NI @ down.t(), up.t(), alpha=scale)

    def back(
        self, gradients: Gradients, x_NI: torch.Tensor, wanted_NO: torch.Tensor, out_NI: torch.Tensor, add: bool = False
    ) -> None:
        """Gradients of the weights, from that of the output, and, in or added to `out`, of the input."""
        if self.weights[0].requires_grad:
            gradients.update(zip(self.weights, (_transposed(wanted_NO) @ x_NI).split(self.sizes), strict=True))
        if self.bias is not None and self.biases[0].requires_grad:
            gradients.update(zip(self.biases, wanted_NO.sum(0).split(self.sizes), strict=True))
        if add:
            torch.addmm(out_NI, wanted_NO, self.weight, out=out_NI)
        else:
            torch.mm(wanted_NO, self.weight, out=out_NI)
        for adapter, part in zip(self.adapters, wanted_NO.split(self.sizes, 1), strict=True):
            if adapter:
                down, up, scale = adapter
                low_NR = (part @ up).mul_(scale)
                gradients[down] = low_NR.t() @ x_NI
                gradients[up] = (part.t() @ (x_NI @ down.t())).mul_(scale)
                out_NI.addmm_(low_NR, down)


def _adapter(linear: Any) -> tuple[torch.Tensor, torch.Tensor, float] | None:
    """The two matrices of a layer's LoRA (Hu et al. 2021) and what their product is multiplied by, where it has one."""
    if not hasattr(linear, "base_layer") or linear.disable_adapters:
        return None
    (name,) = linear.active_adapters
    return linear.lora_A[name].weight, linear.lora_B[name].weight, linear.scaling[name]


class _Kept:
    """What the backward pass needs: of each kind a tensor with a first dimension of layers, and the same for numpy."""

    def __init__(self, model: Any, room: int) -> None:
        layers, first = len(model.model.layers), model.model.layers[0]
        hidden, inner = model.config.hidden_size, first.mlp.gate_proj.out_features
        query, key = first.self_attn.q_proj.out_features, first.self_attn.k_proj.out_features
        widths = {"attention_in": hidden, "qkv": query + 2 * key, "heads": query}
        widths |= {"mlp_in": hidden, "gate": inner, "up": inner, "gated": inner}
        self.room = room  # tokens
        self.tensors = {name: torch.empty(layers, room, width, dtype=torch.bfloat16) for name, width in widths.items()}
        self.arrays = {name: bits(tensor) for name, tensor in self.tensors.items()}
        # before each norm: two of a layer, and the last; with the factor that it norms by
        self.sums = np.empty((2 * layers + 1, room, hidden), np.float32)
        self.factors = np.empty((2 * layers + 1, room), np.float32)
        self.divisors = np.empty((layers, query // first.self_attn.head_dim, room), np.float32)
        self.places: tuple[Any, ...]  # cosines, sines, ends of the rows, the factor of products of queries and keys
        self.inputs: list[_Product] = []  # of attention, for their weights are copied
        self.last_AH: torch.Tensor

    def of_layer(self, number: int, tokens: int) -> tuple[dict[str, torch.Tensor], dict[str, NDArray[np.uint16]]]:
        tensors = {name: tensor[number, :tokens] for name, tensor in self.tensors.items()}
        return tensors, {name: array[number, :tokens] for name, array in self.arrays.items()}


def _memory(model: Any, packed: Packed) -> _Kept:
    """Of a pass that has ended where that suffices: sizes differ from batch to batch, and between pieces of them memory
    would be lost."""
    tokens = packed.ids.shape[1]
    kept = model.spare_memory.pop() if model.spare_memory else None
    if kept is None or kept.room < tokens:
        kept = _Kept(model, tokens + -tokens % _ROOM)
    rotation = model.model.rotary_emb
    angles_ND = packed.positions[0][:, None] * rotation.inv_freq.float()
    cosines_ND, sines_ND = (wave * rotation.attention_scaling for wave in (angles_ND.cos(), angles_ND.sin()))
    scale = np.float32(model.model.layers[0].self_attn.scaling)
    kept.places = cosines_ND.numpy(), sines_ND.numpy(), packed.ends.numpy(), scale
    kept.inputs = []
    return kept


def _forward(model: Any, packed: Packed, kept: _Kept) -> torch.Tensor:
    from forklift.train.attention import attend
    from forklift.train.compiled import add_norm, swiglu, use_threads

    use_threads(torch.get_num_threads())
    inner, tokens = model.model, packed.ids.shape[1]
    x_NH = inner.embed_tokens.weight[packed.ids[0]].float().numpy()
    more_NH = torch.zeros(x_NH.shape, dtype=torch.bfloat16)
    last_NH = torch.empty_like(more_NH)
    more = bits(more_NH)

    def norm(number: int, norm: Any, normed_NH: NDArray[np.uint16]) -> None:
        before = x_NH if number == 0 else kept.sums[number - 1, :tokens]
        sums, factors = kept.sums[number, :tokens], kept.factors[number, :tokens]
        add_norm(before, more, bits(norm.weight), np.float32(norm.variance_epsilon), sums, normed_NH, factors)

    for number, layer in enumerate(inner.layers):
        tensors, arrays = kept.of_layer(number, tokens)
        attention, mlp = layer.self_attn, layer.mlp
        norm(2 * number, layer.input_layernorm, arrays["attention_in"])
        kept.inputs.append(_Product(attention.q_proj, attention.k_proj, attention.v_proj))
        kept.inputs[number].into(tensors["qkv"], tensors["attention_in"])
        attend(arrays["qkv"], *kept.places, arrays["heads"], kept.divisors[number])
        _Product(attention.o_proj).into(more_NH, tensors["heads"])
        norm(2 * number + 1, layer.post_attention_layernorm, arrays["mlp_in"])
        _Product(mlp.gate_proj).into(tensors["gate"], tensors["mlp_in"])
        _Product(mlp.up_proj).into(tensors["up"], tensors["mlp_in"])
        swiglu(arrays["gate"], arrays["up"], arrays["gated"])
        _Product(mlp.down_proj).into(more_NH, tensors["gated"])
    norm(len(kept.sums) - 1, inner.norm, bits(last_NH))
    kept.last_AH = last_NH[packed.before]
    return kept.last_AH @ model.lm_head.weight.t()


def _backward(model: Any, packed: Packed, kept: _Kept, wanted_AV: torch.Tensor) -> Gradients:
    from forklift.train.attention import attend_backward
    from forklift.train.compiled import add_norm_backward, swiglu_backward, use_threads

    use_threads(torch.get_num_threads())
    inner, tokens, gradients = model.model, packed.ids.shape[1], Gradients()
    if model.lm_head.weight.requires_grad:
        gradients[model.lm_head.weight] = _transposed(wanted_AV) @ kept.last_AH
    x_NH = torch.zeros(tokens, model.config.hidden_size)
    more_NH, normed_NH = (torch.zeros(x_NH.shape, dtype=torch.bfloat16) for _ in range(2))
    normed_NH.index_add_(0, packed.before, wanted_AV @ model.lm_head.weight)
    of = {name: tensor.new_empty(tokens, tensor.shape[-1]) for name, tensor in kept.tensors.items()}
    to = {name: bits(tensor) for name, tensor in of.items()}
    x, more, normed = x_NH.numpy(), bits(more_NH), bits(normed_NH)

    def norm(number: int, norm: Any) -> None:
        gradient_H = torch.empty_like(norm.weight)
        gradients[norm.weight] = gradient_H
        sums, factors = kept.sums[number, :tokens], kept.factors[number, :tokens]
        add_norm_backward(x, normed, sums, bits(norm.weight), factors, x, more, bits(gradient_H))

    norm(len(kept.sums) - 1, inner.norm)
    for number, layer in reversed([*enumerate(inner.layers)]):
        tensors, arrays = kept.of_layer(number, tokens)
        attention, mlp = layer.self_attn, layer.mlp
        _Product(mlp.down_proj).back(gradients, tensors["gated"], more_NH, of["gated"])
        swiglu_backward(to["gated"], arrays["gate"], arrays["up"], to["gate"], to["up"])
        _Product(mlp.gate_proj).back(gradients, tensors["mlp_in"], of["gate"], normed_NH)
        _Product(mlp.up_proj).back(gradients, tensors["mlp_in"], of["up"], normed_NH, add=True)
        norm(2 * number + 1, layer.post_attention_layernorm)
        _Product(attention.o_proj).back(gradients, tensors["heads"], more_NH, of["heads"])
        attend_backward(
            to["heads"], arrays["qkv"], *kept.places, arrays["heads"], kept.divisors[number], to["qkv"]
        )  # fmt: skip
        kept.inputs[number].back(gradients, tensors["attention_in"], of["qkv"], normed_NH)
        norm(2 * number, layer.input_layernorm)
    _back_to_embeddings(gradients, inner.embed_tokens.weight, packed.ids[0], x_NH)
    return gradients


def _back_to_embeddings(
    gradients: Gradients, embeddings: torch.Tensor, ids_N: torch.Tensor, wanted_NH: torch.Tensor
) -> None:
    if embeddings.requires_grad:
        if embeddings not in gradients:  # they are not the head's weights as well
            gradients[embeddings] = torch.zeros_like(embeddings)
        gradients[embeddings].index_add_(0, ids_N, wanted_NH.bfloat16())


def _transposed(x_NH: torch.Tensor) -> torch.Tensor:
    """In memory as well, for then the products with it are faster by more than this takes."""
    from forklift.train.compiled import transpose

    if x_NH.shape[1] % 4:
        return x_NH.t()
    out_HN = x_NH.new_empty(x_NH.shape[1], x_NH.shape[0])
    transpose(bits(x_NH).view(np.uint64), bits(out_HN))
    return out_HN
