"""Attention over rows whose tokens stand side by side in a step, and the keys and values that are kept of them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from forklift.answerers.generation import key_shape
from forklift.errors import ModelError

_GROWTH = 256  # tokens by which places grow
_KEPT = 1024  # tokens of room that are not given back
_INTERFACE = "forklift"


class Store:
    """Keys and values of every layer: a place for each row, all with the same room."""

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config()
        self.device = model.device
        self._layers, self._token = config.num_hidden_layers, key_shape(config)
        self._options = {"dtype": model.dtype, "device": model.device}
        self.kept_L2PTGD = self._empty(0, 0)

    @property
    def room(self) -> int:
        return self.kept_L2PTGD.shape[3]

    def layer(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values: places, room, heads, size of a head."""
        return self.kept_L2PTGD[number, 0], self.kept_L2PTGD[number, 1]

    def reserve(self, rows: int, tokens: int, most_rows: int) -> None:
        """Makes places for so many rows of so many tokens; what is kept stays."""
        had_rows, had_tokens = self.kept_L2PTGD.shape[2:4]
        if rows <= had_rows and tokens <= had_tokens:
            return
        rows = had_rows if rows <= had_rows else min(max(rows, 2 * had_rows), most_rows)
        before = self.kept_L2PTGD
        self.kept_L2PTGD = self._empty(rows, max(had_tokens, -(-tokens // _GROWTH) * _GROWTH))
        self.kept_L2PTGD[:, :, :had_rows, :had_tokens] = before

    def move(self, source: int, target: int, tokens: int) -> None:
        self.kept_L2PTGD[:, :, target, :tokens] = self.kept_L2PTGD[:, :, source, :tokens]

    def clear(self) -> None:
        """Gives back what a long prompt took; nothing may be kept."""
        if self.room > _KEPT:
            self.kept_L2PTGD = self._empty(0, 0)

    def _empty(self, rows: int, tokens: int) -> torch.Tensor:
        # zeros: what is masked is still multiplied, by 0, and must be a number
        return torch.zeros(self._layers, 2, rows, tokens, *self._token, **self._options)


class Step:
    """What attention needs to know of one step: which tokens belong to which row."""

    def __init__(self, store: Store, pieces: Sequence[tuple[int, int, int]], dtype: torch.dtype) -> None:
        """`pieces`: place of the row, tokens kept of it, tokens that come now."""
        self._store = store
        places = [(slot * store.room + n) for slot, start, count in pieces for n in range(start, start + count)]
        positions = [n for _, start, count in pieces for n in range(start, start + count)]
        self.positions_N = torch.tensor(positions, device=store.device)
        self._places_N = torch.tensor(places, device=store.device)
        self._pieces: list[tuple[int, int, int, int]] = []  # of several tokens each, with the number of the first
        single: list[tuple[int, int, int]] = []
        first = 0
        for slot, start, count in pieces:
            if count > 1:
                self._pieces.append((first, slot, start, count))
            else:
                single.append((first, slot, start))
            first += count
        self._singles = _Singles(single, dtype, store.device) if single else None
        self._masks: dict[tuple[int, int, int | None], torch.Tensor] = {}

    def attend(
        self,
        layer: int,
        q_NHD: torch.Tensor,
        k_NGD: torch.Tensor,
        v_NGD: torch.Tensor,
        scale: float,
        window: int | None,
    ) -> torch.Tensor:
        """What each token attends to: itself and the tokens of its row before it, at most `window` of them."""
        keys, values = self._store.layer(layer)
        keys.flatten(0, 1).index_copy_(0, self._places_N, k_NGD)
        values.flatten(0, 1).index_copy_(0, self._places_N, v_NGD)
        if self._singles and not self._pieces:
            return self._singles.attend(q_NHD, keys, values, scale, window)
        out_NHD = torch.empty_like(q_NHD)
        if self._singles:
            numbers = self._singles.numbers_S
            out_NHD[numbers] = self._singles.attend(q_NHD[numbers], keys, values, scale, window)
        for first, slot, start, count in self._pieces:
            end = start + count
            mask_QT = self._mask(start, count, window, q_NHD) if start or (window and end > window) else None
            out_NHD[first : first + count] = scaled_dot_product_attention(
                q_NHD[None, first : first + count].transpose(1, 2),
                keys[None, slot, :end].transpose(1, 2),
                values[None, slot, :end].transpose(1, 2),
                attn_mask=mask_QT,
                is_causal=mask_QT is None,
                scale=scale,
                enable_gqa=True,
            )[0].transpose(0, 1)
        return out_NHD

    def _mask(self, start: int, count: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
        """Added to the scores of the last `count` of `start` + `count` tokens, the same in every layer."""
        key = (start, count, window)
        if key not in self._masks:
            queries_Q1 = torch.arange(start, start + count, device=like.device)[:, None]
            keys_T = torch.arange(start + count, device=like.device)
            seen_QT = keys_T <= queries_Q1
            if window:
                seen_QT &= keys_T > queries_Q1 - window
            self._masks[key] = like.new_zeros(seen_QT.shape).masked_fill_(~seen_QT, float("-inf"))
        return self._masks[key]


class _Singles:
    """The rows of a step from which one token comes, side by side."""

    def __init__(self, rows: Sequence[tuple[int, int, int]], dtype: torch.dtype, device: torch.device) -> None:
        """`rows`: number of the token, place of the row, tokens kept of it."""
        self.numbers_S = torch.tensor([number for number, _, _ in rows], device=device)
        slots = [slot for _, slot, _ in rows]
        self._slots_S = None if slots == [*range(len(slots))] else torch.tensor(slots, device=device)
        self._places = max(slots) + 1
        ends = [0] * self._places
        for _, slot, start in rows:
            ends[slot] = start + 1
        self._end = max(ends)
        self._ends_P11 = torch.tensor(ends, device=device)[:, None, None]
        self._dtype = dtype
        self._masks: dict[int | None, torch.Tensor | None] = {}

    def attend(
        self, q_SHD: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scale: float, window: int | None
    ) -> torch.Tensor:
        """Query heads that share a key head are the queries of that head: its keys are read once."""
        q_PHD = q_SHD
        if self._slots_S is not None:
            q_PHD = q_SHD.new_zeros(self._places, *q_SHD.shape[1:])
            q_PHD[self._slots_S] = q_SHD
        q_PGRD = q_PHD.unflatten(1, (keys.shape[2], -1))
        out_PGRD = scaled_dot_product_attention(
            q_PGRD,
            keys[: self._places, : self._end].transpose(1, 2),
            values[: self._places, : self._end].transpose(1, 2),
            attn_mask=self._mask(window),
            scale=scale,
        )
        out_PHD = out_PGRD.flatten(1, 2)
        return out_PHD if self._slots_S is None else out_PHD[self._slots_S]

    def _mask(self, window: int | None) -> torch.Tensor | None:
        """Added to the scores, the same in every layer; None where all is attended to."""
        if window not in self._masks:
            places_T = torch.arange(self._end, device=self._ends_P11.device)
            seen_P1T = places_T < self._ends_P11
            if window:
                seen_P1T &= places_T >= self._ends_P11 - window
            seen_P1T[self._ends_P11[:, 0, 0] == 0] = True  # a place without a token in this step: nobody reads it
            unseen = torch.zeros(seen_P1T.shape, dtype=self._dtype, device=seen_P1T.device)
            mask_P11T = unseen.masked_fill_(~seen_P1T, float("-inf"))[:, None]
            self._masks[window] = None if bool(seen_P1T.all()) else mask_P11T
        return self._masks[window]


def attend_by_rows(model: Any) -> None:
    """Lets `model` attend by rows where a step asks for it, and as before elsewhere. Raises ModelError."""
    config = model.config.get_text_config()
    kinds = {*(getattr(config, "layer_types", None) or ()), "full_attention"}
    if kinds - {"full_attention", "sliding_attention"} or not getattr(model, "_supports_sdpa", False):
        raise ModelError(f"models like this ({config.model_type}) cannot be served here: see forklift deploy --to vllm")
    AttentionInterface.register(_INTERFACE, _attention)
    AttentionMaskInterface.register(_INTERFACE, sdpa_mask)
    model.set_attn_implementation(_INTERFACE)


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    by_rows: Step | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of transformers' models, over the rows of a step where there is one."""
    if by_rows is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    q_NHD, k_NGD, v_NGD = (each[0].transpose(0, 1) for each in (query, key, value))
    out_NHD = by_rows.attend(module.layer_idx, q_NHD, k_NGD, v_NGD, scale, options.get("sliding_window"))
    return out_NHD[None], None
