"""Helpers of the tests of `deploy`: a model that says what it is told to, and a real server on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from fastapi import FastAPI

from forklift.answerers.wishes import Piece, Wish
from forklift.answerers.writing import Stops
from forklift.deploy.server import bind


class Scripted:
    """Answers with fixed pieces, one token each; keeps what it was asked. `gate` holds it back while clear."""

    max_tokens = 100

    def __init__(self, *pieces: str, pause_s: float = 0.0, error: Exception | None = None) -> None:
        self.name = "scripted"
        self.pieces = pieces
        self.pause_s = pause_s
        self.error = error
        self.read: list[list[dict] | str] = []
        self.calls: list[Wish] = []
        self.gate = threading.Event()
        self.gate.set()
        self.cancelled = threading.Event()

    def encode(self, messages: list[dict]) -> list[int]:
        self.read.append(messages)
        return [*range(sum(len(message["content"].split()) for message in messages))]

    def encode_text(self, text: str) -> list[int]:
        self.read.append(text)
        return [*range(len(text.split()))]

    def count_text_tokens(self, text: str) -> int:
        return len(text.split())

    def writer(self, rows: int) -> "ScriptedWriter":
        return ScriptedWriter(self, rows)


class ScriptedWriter:
    """Writes what a `Scripted` says, `rows` answers at once."""

    def __init__(self, model: Scripted, rows: int) -> None:
        self.model, self.rows = model, rows
        self.written: dict[int, int] = {}  # pieces of each answer
        self.wishes: list[Wish] = []
        self.stops: dict[int, Stops] = {}

    def begin(self, wish: Wish) -> int:
        key = len(self.wishes)
        self.wishes.append(wish)
        self.written[key], self.stops[key] = 0, Stops(wish.stops)
        return key

    def drop(self, key: int) -> None:
        if self.written.pop(key, None) is not None:
            self.model.cancelled.set()

    def step(self) -> list[tuple[int, Piece]]:
        begun = [key for key in [*self.written][: self.rows] if not self.written[key]]
        self.model.calls += [self.wishes[key] for key in begun]
        self.model.gate.wait(30)
        time.sleep(self.model.pause_s)
        return [(key, self.next_piece(key)) for key in [*self.written][: self.rows]]

    def next_piece(self, key: int) -> Piece:
        said, most = self.model.pieces, self.wishes[key].max_tokens
        number = self.written[key]
        if number == len(said) and self.model.error:
            raise self.model.error
        self.written[key] += 1
        text, met = self.stops[key].feed(said[number]) if number < len(said) else ("", False)
        tokens = min(number + 1, len(said))
        if met or number >= len(said) or tokens == most:
            del self.written[key]
            stopped = met or number >= len(said)
            return Piece(text if met else text + self.stops[key].rest(), tokens, "stop" if stopped else "length")
        return Piece(text, tokens, "")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real server of `app` on a free port; gives its URL."""
    with closing(bind("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.closing.set()
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive()


def wait_until(condition, seconds: float = 10.0) -> None:
    """Waits for `condition()`; fails the test when it stays false."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)
