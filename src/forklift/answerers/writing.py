"""Several answers of one model at once, as text: pieces come as soon as they are whole characters and no stop sequence
can begin in them any more."""

from collections.abc import Sequence
from typing import Any

from forklift.answerers.continuous import ROWS, Batch, Row
from forklift.answerers.decoder import Decoder
from forklift.answerers.wishes import Piece, Wish

_BROKEN = "\ufffd"  # how half of a character reads


class Writer:
    """Writes answers with a language model. Not for several threads at once."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        stop_ids: frozenset[int],
        rows: int = ROWS,
        decoder: Decoder | None = None,
    ) -> None:
        self._batch = Batch(model, stop_ids, rows, decoder)
        self._tokenizer, self._stop_ids = tokenizer, stop_ids
        self._drafts: dict[int, _Draft] = {}
        self._begun = 0

    @property
    def running(self) -> int:
        """Answers that are being written."""
        return self._batch.running

    @property
    def waiting(self) -> int:
        """Answers that will begin when others end."""
        return self._batch.waiting

    def begin(self, wish: Wish) -> int:
        """Takes in an answer. Returns the key of its pieces."""
        draft = _Draft(wish, self._tokenizer)
        self._begun += 1
        self._drafts[self._begun] = draft
        self._batch.join(draft.row)
        return self._begun

    def drop(self, key: int) -> None:
        """Ends an answer that nobody waits for any more."""
        if draft := self._drafts.pop(key, None):
            self._batch.leave(draft.row)

    def step(self) -> list[tuple[int, Piece]]:
        """Takes the model one step further. Returns what came to which answer; those that have ended are forgotten."""
        keys = {id(draft.row): key for key, draft in self._drafts.items()}
        pieces = []
        for row in self._batch.step():
            key = keys[id(row)]
            piece = self._drafts[key].piece(row.answer[-1] in self._stop_ids, self._batch.ended(row))
            if piece.finish:
                self.drop(key)
            pieces.append((key, piece))
        return pieces


class _Draft:
    """One answer: its tokens in the batch, and how far they have become text."""

    def __init__(self, wish: Wish, tokenizer: Any) -> None:
        allows = None if wish.allows is None else self._allows
        grammar = wish.grammar.deep_copy() if wish.grammar else None
        self.row = Row(wish.prompt, wish.max_tokens, wish.decoding, allows, grammar)
        self._wish, self._tokenizer = wish, tokenizer
        self._text = ""  # of all tokens that have become text
        self._settled = self._begin = 0  # tokens that have; those before `_begin` are not decoded again
        self._stops = Stops(wish.stops)

    def piece(self, stopped: bool, ended: bool) -> Piece:
        """What the last token brought. `stopped`: it is none of the answer's but ends it."""
        tokens = len(self.row.answer) - stopped
        new = "" if stopped else self._new_text()
        self._text += new
        text, met = self._stops.feed(new)
        if met:
            return Piece(text, tokens, "stop")
        if not ended:
            return Piece(text, tokens, "")
        is_whole = stopped and not (self.row.grammar and self.row.grammar.is_error())
        return Piece(text + self._stops.rest(), tokens, "stop" if is_whole else "length")

    def _new_text(self, more: Sequence[int] = ()) -> str:
        """The text of the tokens that have not become text yet, and of `more`; "" while a character is not whole.

        Decoded with the tokens before them, because some tokenizers write the first token of a text otherwise.
        """
        ids = self.row.answer
        before = self._decoded(ids[self._begin : self._settled])
        now = self._decoded([*ids[self._begin :], *more])
        if now.endswith(_BROKEN) or len(now) <= len(before):
            return ""
        if not more:
            self._begin, self._settled = self._settled, len(ids)
        return now[len(before) :]

    def _decoded(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True)) if ids else ""

    def _allows(self, token: int) -> bool:
        assert self._wish.allows
        return self._wish.allows(self._text, self._new_text([token]))


class Stops:
    """Cuts a text that comes in pieces at the first of some sequences, which may span pieces."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""

    def feed(self, piece: str) -> tuple[str, bool]:
        """What can be passed on, and whether a stop sequence was met."""
        held = self._held + piece
        ends = [at for stop in self._stops if (at := held.find(stop)) >= 0]
        if ends:
            return held[: min(ends)], True
        safe = len(held) - self._begun(held)
        self._held = held[safe:]
        return held[:safe], False

    def rest(self) -> str:
        """What was held back, once no more comes."""
        return self._held

    def _begun(self, text: str) -> int:
        """Length of the longest end of `text` that some stop sequence begins with."""
        lengths = (n for stop in self._stops for n in range(min(len(stop) - 1, len(text)), 0, -1))
        return max((n for n in lengths if any(text.endswith(stop[:n]) for stop in self._stops)), default=0)
