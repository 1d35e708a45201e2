"""The desk in front of the models: takes what is asked, and one thread writes all answers side by side.

One thread for all models: two at once would fight for the same cores.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forklift.answerers.wishes import Piece, Wish, Writes

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

AT_ONCE = 16  # answers of one model
WAITING_LIMIT = 64  # answers that wait for their turn


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """Too many answers are waited for already."""


class Closing(Exception):  # noqa: N818 - a state, not a fault
    """The server stops before the answer is complete."""


@dataclass(eq=False)
class _Order:
    """What one request waits for. Made in its event loop, served by the thread."""

    model: str
    wishes: Sequence[Wish]
    loop: asyncio.AbstractEventLoop
    pieces: asyncio.Queue[tuple[int, Piece] | Exception] = field(default_factory=asyncio.Queue)
    gone: bool = False  # nobody waits any more
    keys: dict[int, int] = field(default_factory=dict)  # of the writer -> number of the wish

    def put(self, what: tuple[int, Piece] | Exception) -> None:
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            self.loop.call_soon_threadsafe(self.pieces.put_nowait, what)


class Desk:
    """Takes what is asked of some models. Setting `closing` ends the answers that are being written."""

    def __init__(
        self,
        models: "Mapping[str, LanguageModel]",
        closing: threading.Event,
        *,
        at_once: int = AT_ONCE,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        """`at_once`: answers of one model that are written side by side; `waiting_limit`: those that may wait."""
        self.models = models
        self.at_once = at_once
        self._closing, self._waiting_limit = closing, waiting_limit
        self._present = dict.fromkeys(models, 0)  # answers written or waited for; the event loop's alone
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="models")
        self._lock = threading.Lock()  # of the next two
        self._working = False
        self._inbox: deque[_Order] = deque()
        self._writers: dict[str, Writes] = {}  # the thread's alone
        self._orders: list[_Order] = []

    def present(self, model: str) -> int:
        """Answers of `model` that are being written or waited for."""
        return self._present[model]

    async def answer(self, model: str, wishes: Sequence[Wish]) -> AsyncGenerator[tuple[int, Piece]]:
        """The pieces of what is wished for, each with the number of its wish; ends when all have ended.

        The first is empty and comes as soon as there is a place in line. Closing the generator ends the writing. Raises
        Busy, Closing, and whatever the model raises.
        """
        if self._present[model] + len(wishes) > self.at_once + self._waiting_limit:
            raise Busy
        order = _Order(model, wishes, asyncio.get_running_loop())
        self._present[model] += len(wishes)
        try:
            yield 0, Piece("", 0, "")
            self._take(order)
            left = len(wishes)
            while left:
                piece = await order.pieces.get()
                if isinstance(piece, Exception):
                    raise piece
                left -= bool(piece[1].finish)
                yield piece
        finally:
            order.gone = True
            self._present[model] -= len(wishes)

    def _take(self, order: _Order) -> None:
        with self._lock:
            self._inbox.append(order)
            if not self._working:
                self._working = True
                self._thread.submit(self._work)

    # what the thread does

    def _work(self) -> None:
        """Until nothing is left to write."""
        while self._begin():
            self._let_go()
            for model in {order.model for order in self._orders}:
                self._step(model)

    def _begin(self) -> bool:
        """Begins what has come in. Returns whether there is anything to write."""
        with self._lock:
            coming = [*self._inbox]
            self._inbox.clear()
            self._working = bool(coming or self._orders)
        for order in coming:
            try:
                writer = self._writer(order.model)
                order.keys = {writer.begin(wish): number for number, wish in enumerate(order.wishes)}
                self._orders.append(order)
            except Exception as error:
                order.put(error)
        return self._working

    def _writer(self, model: str) -> "Writes":
        if model not in self._writers:
            self._writers[model] = self.models[model].writer(self.at_once)
        return self._writers[model]

    def _let_go(self) -> None:
        """Drops what nobody waits for, and everything when the server closes."""
        closing = self._closing.is_set()
        for order in [order for order in self._orders if closing or order.gone]:
            order.put(Closing())
            self._drop(order)

    def _drop(self, order: _Order) -> None:
        for key in order.keys:
            self._writers[order.model].drop(key)
        self._orders.remove(order)

    def _step(self, model: str) -> None:
        orders = [order for order in self._orders if order.model == model]
        whose = {key: order for order in orders for key in order.keys}
        try:
            for key, piece in self._writers[model].step():
                order = whose[key]
                order.put((order.keys[key], piece))
                if piece.finish:
                    del order.keys[key]
        except Exception as error:
            del self._writers[model]  # what it was in the middle of is lost
            for order in orders:
                order.put(error)
                order.keys = {}
        self._orders = [order for order in self._orders if order.keys]
