"""A desk in front of each model: requests wait in line, the model answers one at a time in its own thread."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

WAITING_LIMIT = 32

_Piece = str | Exception | None  # None: the answer has ended


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """Too many requests wait for the model already."""


@dataclass
class Ask:
    """What is asked of a model; `tokens` and `cut` tell afterwards how the answer went."""

    messages: list[dict[str, str]]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: Sequence[str] = ()
    tokens: int = 0  # of the answer so far
    cut: bool = False  # at a stop sequence


class Desk:
    """Takes questions for one model. `closing` is set when the server wants to stop."""

    def __init__(self, model: "LanguageModel", closing: threading.Event, waiting_limit: int = WAITING_LIMIT) -> None:
        self.model = model
        self._closing = closing
        self._waiting_limit = waiting_limit
        self._present = 0  # waiting or being answered
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")

    async def answer(self, ask: Ask) -> AsyncGenerator[str]:
        """The answer piece by piece. The first piece is "" and comes as soon as there is a place in line.

        Closing the generator ends the generation. Raises Busy, and whatever the model raises.
        """
        if self._present > self._waiting_limit:
            raise Busy
        self._present += 1
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[_Piece] = asyncio.Queue()
        gone = threading.Event()
        try:
            yield ""
            self._thread.submit(self._work, ask, gone, lambda piece: _put(loop, pieces, piece))
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            gone.set()
            self._present -= 1

    def _work(self, ask: Ask, gone: threading.Event, put: Callable[[_Piece], None]) -> None:
        """Runs in the model's thread; nobody listens any more once `gone` is set."""
        try:
            for piece in self._generate(ask, lambda: gone.is_set() or self._closing.is_set()):
                put(piece)
            put(None)
        except Exception as error:
            put(error)

    def _generate(self, ask: Ask, unwanted: Callable[[], bool]) -> Iterator[str]:
        if unwanted():
            return

        def stopped() -> bool:  # asked once for every token of the answer
            if unwanted():
                return True
            ask.tokens += 1
            return False

        deltas = self.model.stream(
            ask.messages,
            max_tokens=ask.max_tokens,
            temperature=ask.temperature,
            top_p=ask.top_p,
            seed=ask.seed,
            stopped=stopped,
        )
        ask.cut = yield from until(deltas, ask.stop)


def _put(loop: asyncio.AbstractEventLoop, pieces: asyncio.Queue[_Piece], piece: _Piece) -> None:
    with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
        loop.call_soon_threadsafe(pieces.put_nowait, piece)


def until(deltas: Iterable[str], stops: Sequence[str]) -> Generator[str, None, bool]:
    """The deltas up to the first of `stops`, which may span deltas. Returns whether one was met."""
    held = ""
    for delta in deltas:
        held += delta
        ends = [at for stop in stops if (at := held.find(stop)) >= 0]
        if ends:
            yield held[: min(ends)]
            return True
        safe = len(held) - _begun(held, stops)
        if safe:
            yield held[:safe]
            held = held[safe:]
    if held:
        yield held
    return False


def _begun(text: str, stops: Sequence[str]) -> int:
    """Length of the longest end of `text` that some stop sequence begins with."""
    lengths = (n for stop in stops for n in range(min(len(stop) - 1, len(text)), 0, -1))
    return max((n for n in lengths if any(text.endswith(stop[:n]) for stop in stops)), default=0)
