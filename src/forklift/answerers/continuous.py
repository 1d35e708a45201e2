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

from forklift.answerers.decoder import FEW, Decoder
from forklift.answerers.generation import Prompt, choose, token_bytes
from forklift.answerers.grammar import bar
from forklift.answerers.row_attention import Step, Store, attend_by_rows
from forklift.answerers.wishes import GREEDY, Decoding

ROWS = 16  # answered at once
CACHE_BYTES = 1 << 30  # of keys and values
READ_TOKENS = 512  # of prompts in one step: more would keep the running answers waiting
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
        attend_by_rows(model)
        self._model, self._stop_ids, self._most_rows = model, stop_ids, rows
        self._decoder = decoder
        self._most_tokens = CACHE_BYTES // token_bytes(model)
        self._store = Store(model)
        self._rows: list[Row] = []  # in the order in which they came
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
            self._rows.remove(row)
            last = max(self._rows, key=lambda other: other.slot, default=row)
            if last.slot > row.slot:
                self._store.move(last.slot, row.slot, last.read)
                last.slot = row.slot
            if not self._rows:
                self._store.clear()

    @torch.inference_mode()
    def step(self) -> list[Row]:
        """Takes what is pending through the model. Returns the rows that got a token; those that have ended are out."""
        self._admit()
        pieces = sorted(self._pieces(), key=lambda piece: piece[0].slot)
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
        """What each row takes through the model: its last token, or as much of its prompt as there is time for, those
        of the prompts that came first."""
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
        step = Step(self._store, [(row.slot, row.read, len(ids)) for row, ids in pieces], self._model.dtype)
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
