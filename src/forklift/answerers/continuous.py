"""Continuous batching: answers begin and end between the steps of one batch.

A step takes one token of every answer and a piece of the prompts still to be read through the model together (Yu et
al., "Orca", 2022; Agrawal et al., "Sarathi-Serve", 2024). The tokens stand side by side without padding; only
attention knows of rows, each of which has its own place for keys and values.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from llguidance import LLMatcher
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from forklift.answerers.decoder import FEW, Decoder
from forklift.answerers.generation import Prompt, choose, key_shape, token_bytes
from forklift.answerers.grammar import bar
from forklift.answerers.wishes import GREEDY, Decoding
from forklift.errors import ModelError

ROWS = 16  # answered at once
CACHE_BYTES = 1 << 30  # of keys and values
READ_TOKENS = 256  # of prompts in one step: more would keep the running answers waiting
_GROWTH = 256  # tokens by which places grow
_KEPT = 1024  # tokens of room that are not given back
_INTERFACE = "forklift"
_NO_MASK = torch.empty(1, 1, 1, 1)  # a mask is made when there is none, and we have our own
_REFUSALS = 40  # of single tokens, then all that may come next are looked up


@dataclass(eq=False, slots=True)
class Row:
    """One answer: what it goes on from, how long it may get, how its tokens are chosen."""

    prompt: Prompt
    budget: int
    decoding: Decoding = GREEDY
    allows: Callable[[int], bool] | None = None  # whether a token may come next
    grammar: LLMatcher | None = None  # of this answer alone
    answer: list[int] = field(default_factory=list)
    read: int = 0  # tokens of prompt and answer whose keys and values are kept
    slot: int = -1
    generator: torch.Generator = field(default_factory=torch.Generator)

    def __post_init__(self) -> None:
        self.generator.manual_seed(self.decoding.seed)

    @property
    def pending(self) -> Sequence[int]:
        """Tokens that the model has not seen."""
        if self.read >= len(self.prompt):
            return self.answer[self.read - len(self.prompt) :]
        return (*self.prompt[self.read :], *self.answer)

    @property
    def room(self) -> int:
        return len(self.prompt) + self.budget


class Batch:
    """The answers that a model is giving. Not for several threads at once."""

    def __init__(self, model: Any, stop_ids: frozenset[int], rows: int = ROWS, decoder: Decoder | None = None) -> None:
        """`model`: a causal language model of transformers, in eval mode; `decoder`: one with the same weights, which
        takes over once it is ready. Raises ModelError when the model keeps anything else between tokens than keys and
        values."""
        _attend_by_rows(model)
        self._model, self._stop_ids, self._most_rows = model, stop_ids, rows
        self._decoder = decoder
        self._most_tokens = CACHE_BYTES // token_bytes(model)
        self._store = _Store(model)
        self._rows: list[Row] = []  # in the order of their places
        self._waiting: deque[Row] = deque()

    @property
    def running(self) -> int:
        return len(self._rows)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def join(self, row: Row) -> None:
        """Takes in a row, which begins when there is a place for it."""
        if self._decoder:
            self._decoder.expect()
        self._waiting.append(row)

    @torch.inference_mode()
    def leave(self, row: Row) -> None:
        """Ends a row, or does nothing when it has ended."""
        if row in self._waiting:
            self._waiting.remove(row)
        elif row in self._rows:
            last = self._rows.pop()
            if last is not row:
                self._store.move(last.slot, row.slot, last.read)
                self._rows[row.slot], last.slot = last, row.slot
            if not self._rows:
                self._store.clear()

    @torch.inference_mode()
    def step(self) -> list[Row]:
        """Takes what is pending through the model. Returns the rows that got a token; those that have ended are out."""
        self._admit()
        pieces = list(self._pieces())
        if not pieces:
            return []
        logits_RV = self._logits(pieces)
        ready = [row for row, _ in pieces if not row.pending]
        for row, logits_V in zip(ready, logits_RV, strict=True):
            if row.grammar:
                bar(row.grammar, logits_V, self._stop_ids)
        for row, token in zip(ready, _chosen(ready, logits_RV), strict=True):
            row.answer.append(token)
            if row.grammar:
                row.grammar.consume_token(token)
            if self.ended(row):
                self.leave(row)
        return ready

    def ended(self, row: Row) -> bool:
        return len(row.answer) >= row.budget or row.answer[-1] in self._stop_ids

    def _admit(self) -> None:
        while self._waiting and len(self._rows) < self._most_rows:
            room = max(self._store.room, self._waiting[0].room)
            if self._rows and room * (len(self._rows) + 1) > self._most_tokens:
                return
            row = self._waiting.popleft()
            row.slot = len(self._rows)
            self._rows.append(row)
            self._store.reserve(len(self._rows), room, self._most_rows)

    def _pieces(self) -> Iterator[tuple[Row, Sequence[int]]]:
        """What each row takes through the model: its last token, or as much of its prompt as there is time for."""
        left = READ_TOKENS
        for row in self._rows:
            pending = row.pending
            piece = pending[:left] if len(pending) > 1 else pending
            left -= len(piece) if len(pending) > 1 else 0
            if piece:
                yield row, piece

    def _logits(self, pieces: Sequence[tuple[Row, Sequence[int]]]) -> torch.Tensor:
        """Takes the pieces through the model. Returns the logits after the rows of which nothing is pending then."""
        decoder = self._decoder
        if not decoder or not decoder.ready or len(pieces) > FEW or any(len(row.pending) > 1 for row, _ in pieces):
            return self._forward(pieces)
        coming = [(row.slot, row.read, token) for row, (token,) in pieces]
        for row, _ in pieces:
            row.read += 1
        return decoder.logits(coming, self._store.kept_L2PTGD)

    def _forward(self, pieces: Sequence[tuple[Row, Sequence[int]]]) -> torch.Tensor:
        """`_logits` by the model itself."""
        device = self._model.device
        step = _Step(self._store, [(row.slot, row.read, len(ids)) for row, ids in pieces], self._model.dtype)
        ids_1N = torch.tensor([[token for _, ids in pieces for token in ids]], device=device)
        ends, last = [], -1
        for row, ids in pieces:
            row.read += len(ids)
            last += len(ids)
            ends += [] if row.pending else [last]
        output = self._model(
            input_ids=ids_1N,
            attention_mask=_NO_MASK.to(device),
            position_ids=step.positions_N[None],
            use_cache=False,
            logits_to_keep=torch.tensor(ends, dtype=torch.long, device=device),
            by_rows=step,
        )
        return output.logits[0].float()


def _chosen(rows: Sequence[Row], logits_RV: torch.Tensor) -> list[int]:
    """The next token of each row; rows that choose alike together."""
    alike: dict[tuple[float, float], list[int]] = {}
    for n, row in enumerate(rows):
        alike.setdefault((row.decoding.temperature, row.decoding.top_p), []).append(n)
    tokens = [0] * len(rows)
    for numbers in alike.values():
        drawn_B = torch.cat([torch.rand(1, generator=rows[n].generator) for n in numbers])
        chosen_B = choose(
            logits_RV if len(numbers) == len(rows) else logits_RV[numbers], rows[numbers[0]].decoding, drawn_B
        )
        for n, token in zip(numbers, chosen_B.tolist(), strict=True):
            tokens[n] = _allowed(rows[n], token, logits_RV[n])
    return tokens


def _allowed(row: Row, token: int, logits_V: torch.Tensor) -> int:
    """`token`, or when the row does not allow it another drawn from those that it allows, if it allows any."""
    if row.allows is None or row.allows(token):
        return token

    def draw(logits_V: torch.Tensor) -> int:
        return int(choose(logits_V[None], row.decoding, torch.rand(1, generator=row.generator)))

    left_V = logits_V.clone()
    for _ in range(_REFUSALS):
        left_V[token] = float("-inf")
        if not left_V.isfinite().any():
            break
        token = draw(left_V)
        if row.allows(token):
            return token
    possible = logits_V.isfinite().nonzero()[:, 0].tolist()
    refused = [token for token in possible if not row.allows(token)]
    if len(refused) < len(possible):
        logits_V[refused] = float("-inf")
    return draw(logits_V)


class _Store:
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


class _Step:
    """What attention needs to know of one step: which tokens belong to which row."""

    def __init__(self, store: _Store, pieces: Sequence[tuple[int, int, int]], dtype: torch.dtype) -> None:
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
            mask_QT = _causal(start, count, window, q_NHD) if start or (window and end > window) else None
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


def _causal(start: int, count: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
    """Which of `start` + `count` tokens the last `count` attend to."""
    queries_Q1 = torch.arange(start, start + count, device=like.device)[:, None]
    keys_T = torch.arange(start + count, device=like.device)
    seen_QT = keys_T <= queries_Q1
    return seen_QT & (keys_T > queries_Q1 - window) if window else seen_QT


def _attend_by_rows(model: Any) -> None:
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
    by_rows: _Step | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of transformers' models, over the rows of a step where there is one."""
    if by_rows is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    q_NHD, k_NGD, v_NGD = (each[0].transpose(0, 1) for each in (query, key, value))
    out_NHD = by_rows.attend(module.layer_idx, q_NHD, k_NGD, v_NGD, scale, options.get("sliding_window"))
    return out_NHD[None], None
