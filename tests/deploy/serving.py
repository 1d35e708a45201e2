"""Helpers of the tests of `deploy`: a model that says what it is told to, and a real server on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from fastapi import FastAPI

from forklift.deploy.server import bind


class Scripted:
    """Answers with fixed pieces, one token each; keeps what it was asked. `gate` holds it back while clear."""

    max_tokens = 100

    def __init__(self, *pieces: str, pause_s: float = 0.0, error: Exception | None = None) -> None:
        self.name = "scripted"
        self.pieces = pieces
        self.pause_s = pause_s
        self.error = error
        self.calls: list[dict] = []
        self.gate = threading.Event()
        self.gate.set()
        self.cancelled = threading.Event()

    def count_tokens(self, messages: list[dict]) -> int:
        return sum(len(message["content"].split()) for message in messages)

    def count_text_tokens(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: list[dict], *, max_tokens: int, stopped, **options) -> Iterator[str]:
        self.calls.append({"messages": messages, "max_tokens": max_tokens, **options})
        self.gate.wait(30)
        for piece in self.pieces[:max_tokens]:
            if stopped():
                self.cancelled.set()
                return
            yield piece
            time.sleep(self.pause_s)
        if self.error:
            raise self.error


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
