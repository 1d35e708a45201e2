"""Rows of a batch side by side, without padding: only attention knows where one ends and the next begins.

So a batch can mix rows of any length at the cost of their tokens, and mixed batches teach better (docs/log.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask, sdpa_mask

from forklift.train.batching import IGNORED, WIDTHS
from forklift.train.memory import Inputs

_NAME = "forklift_rows"
_FLASH = (8, 0)  # the first CUDA capability with a kernel that attends by rows


@dataclass(frozen=True, slots=True)
class Packed:
    """The N tokens of a batch of R rows, and its A answer tokens; N and A are rounded up: of few shapes, memory freed
    by one batch fits the next."""

    ids: torch.Tensor  # (1, N)
    positions: torch.Tensor  # (1, N), within each row
    ends: torch.Tensor  # (R + 1) where each row begins, and where the last ends
    before: torch.Tensor  # (A) the tokens after which an answer token comes
    labels: torch.Tensor  # (A) those answer tokens; IGNORED beyond them
    no_mask: torch.Tensor  # the library makes a mask where there is none, and rows have their own

    def to(self, device: torch.device) -> "Packed":
        """All of it on `device`."""
        return replace(self, **{each.name: getattr(self, each.name).to(device) for each in fields(self)})


Spans = Sequence[tuple[int, int, torch.Tensor]]
"""Of each row: its first token, one past its last, and what is added to its scores."""


def pack(inputs: Inputs, multiple: int = WIDTHS) -> Packed:
    """A collated batch without its padding, N and A multiples of `multiple`. What fills it up stands after the last
    row, where no row sees it."""
    kept_BT = inputs["attention_mask"].bool()
    labels_BC = inputs["labels"]
    labels_BT = pad(labels_BC, (kept_BT.shape[1] - labels_BC.shape[1], 0), value=IGNORED)
    labels_N = labels_BT[kept_BT]
    lengths = kept_BT.sum(-1).tolist()
    more = -len(labels_N) % multiple
    lengths[-1] += more
    answers_A = (labels_N != IGNORED).nonzero()[:, 0]
    return Packed(
        pad(inputs["input_ids"][kept_BT], (0, more))[None],
        pad(inputs["position_ids"][kept_BT], (0, more))[None],
        torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=kept_BT.device),
        pad(answers_A - 1, (0, -len(answers_A) % multiple)),
        pad(labels_N[answers_A], (0, -len(answers_A) % multiple), value=IGNORED),
        torch.empty(1, 1, 1, 1, device=kept_BT.device),
    )


def packed_logits(model: Any, packed: Packed) -> torch.Tensor:
    """What a model that attends by rows says of each answer token: (A, vocabulary)."""
    logits_1AV: torch.Tensor = model(
        input_ids=packed.ids,
        attention_mask=packed.no_mask,
        position_ids=packed.positions,
        use_cache=False,
        logits_to_keep=packed.before,
        packed_rows=packed.ends if packed.ends.is_cuda else _spans(packed.ends),
    ).logits
    return logits_1AV[0]


def let_attend_by_rows(model: Any) -> None:
    """Lets `model` attend by rows where rows are packed, and as usual elsewhere; nothing where it attends in another
    way than by softmax over all or the last tokens, or the GPU is too old for the kernel."""
    if torch.cuda.is_available() and torch.cuda.get_device_capability() < _FLASH:
        return
    config = model.config.get_text_config()
    other_kinds = {*(getattr(config, "layer_types", None) or ())} - {"full_attention", "sliding_attention"}
    own_way = other_kinds or getattr(config, "attn_logit_softcapping", None)
    if own_way or not (model._supports_sdpa and model._supports_attention_backend):
        return
    AttentionInterface.register(_NAME, _attention)
    # the backward pass of PyTorch's fused attention is slow on CPUs
    AttentionMaskInterface.register(_NAME, sdpa_mask if torch.cuda.is_available() else eager_mask)
    model.set_attn_implementation(_NAME)


def attends_by_rows(model: Any) -> bool:
    """Whether `model`, which may be wrapped, does."""
    return bool(getattr(model, "module", model).config._attn_implementation == _NAME)


def _spans(ends: torch.Tensor) -> Spans:
    return [(start, end, _causal(end - start)) for start, end in pairwise(ends.tolist())]


def _attention(
    _module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    packed_rows: Spans | torch.Tensor | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as transformers' models call it, over the packed rows where there are any."""
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if packed_rows is None:
        return _attend(query, key, value, attention_mask, scale).transpose(1, 2), None
    if isinstance(packed_rows, torch.Tensor):
        return _attend_by_flash(query, key, value, packed_rows, scale, sliding_window), None
    parts = []
    for start, end, mask_QT in packed_rows:
        if sliding_window and end - start > sliding_window:
            far = torch.ones_like(mask_QT, dtype=torch.bool).tril(-sliding_window)
            mask_QT = mask_QT.masked_fill(far, float("-inf"))
        q, k, v = (each[:, :, start:end] for each in (query, key, value))
        parts.append(_attend(q, k, v, mask_QT[None, None], scale))
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _attend_by_flash(
    q_1HND: torch.Tensor,
    k_1GND: torch.Tensor,
    v_1GND: torch.Tensor,
    ends: torch.Tensor,
    scale: float,
    sliding_window: int | None,
) -> torch.Tensor:
    """Attention on a GPU by the kernel that is told where rows begin (Dao 2023), in bf16: (1, N, H, D)."""
    from torch.nn.attention.varlen import varlen_attn

    share, longest = q_1HND.shape[1] // k_1GND.shape[1], q_1HND.shape[2]
    keys = (each.repeat_interleave(share, dim=1) if share > 1 else each for each in (k_1GND, v_1GND))
    q, k, v = (each[0].transpose(0, 1).to(torch.bfloat16).contiguous() for each in (q_1HND, *keys))
    window = (sliding_window - 1, 0) if sliding_window else (-1, 0)
    attended = varlen_attn(q, k, v, ends, ends, longest, longest, scale=scale, window_size=window)
    assert isinstance(attended, torch.Tensor)
    return attended[None].to(v_1GND.dtype)


def _attend(
    q_BHQD: torch.Tensor, k_BGTD: torch.Tensor, v_BGTD: torch.Tensor, mask_B1QT: torch.Tensor | None, scale: float
) -> torch.Tensor:
    """Softmax attention; query heads that share a key head are more queries of that head."""
    if q_BHQD.is_cuda:
        if mask_B1QT is not None:  # what stands before a row sees itself: the gradient of seeing nothing is no number
            mask_B1QT = mask_B1QT | ~mask_B1QT.any(-1, keepdim=True)
        return scaled_dot_product_attention(
            q_BHQD, k_BGTD, v_BGTD, mask_B1QT, is_causal=mask_B1QT is None, scale=scale, enable_gqa=True
        )
    groups, queries = k_BGTD.shape[1], q_BHQD.shape[2]
    q_BGND = q_BHQD.unflatten(1, (groups, -1)).flatten(2, 3)
    scores_BGNT = (q_BGND * scale) @ k_BGTD.transpose(-1, -2)
    if mask_B1QT is not None:
        scores_BGNT = (scores_BGNT.unflatten(2, (-1, queries)) + mask_B1QT[:, :, None]).flatten(2, 3)
    weights_BGNT = scores_BGNT.softmax(-1, dtype=torch.float32).to(q_BHQD.dtype)
    return (weights_BGNT @ v_BGTD).unflatten(2, (-1, queries)).flatten(1, 2)


def _causal(tokens: int) -> torch.Tensor:
    """What is added to the scores of a row: nothing for a token itself and those before it."""
    return torch.full((tokens, tokens), float("-inf")).triu(1)
