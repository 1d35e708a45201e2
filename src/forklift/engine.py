"""Maps work over local processes and tells whoever listens how far it is."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4  # items a worker, that are worked on or waited for: more results would pile up in memory
Report = Callable[[str, int, int], None]
"""report(what, done, total): called as work proceeds; done == total ends it."""


Live = Callable[[Mapping[str, float]], None]
"""live(figures): told now and then how a training goes: step, loss, validation_accuracy, tokens_per_s, peak_share,
memory_gib, and whatever else the method knows."""


def silent(what: str, done: int, total: int) -> None:
    """A Report that nobody sees."""


def unheard(message: str) -> None:
    """Takes a line for people that nobody reads."""


def nobody(figures: Mapping[str, float]) -> None:
    """A Live that nobody sees."""


def track(items: Sequence[Item], what: str, report: Report) -> Iterator[Item]:
    """The items in order, reporting after each one has been dealt with."""
    report(what, 0, len(items))
    for done, item in enumerate(items, start=1):
        yield item
        report(what, done, len(items))


def parallel_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None, limit_s: float = inf
) -> Iterator[Result | None]:
    """`function` over `items` in worker processes, results in order, only a few ahead of whoever takes them.

    One worker runs in this process. Of several, one that dies over an item or takes longer than `limit_s` for it is
    replaced, and the result is None.
    """
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield from map(function, items)
        return
    crew = [Worker(function, limit_s) for _ in range(count)]
    results: dict[int, Result | None] = {}
    numbered, given, due, more = enumerate(items), 0, 0, True
    try:
        while more or due < given:
            for worker in crew:
                if more and worker.number is None and given - due < AHEAD * count:
                    number, item = next(numbered, (None, None))
                    more = number is not None
                    if number is not None:
                        given = number + 1
                        worker.give(number, cast(Item, item))
            for worker in wait_for(crew):
                number = cast(int, worker.number)
                results[number] = worker.take()
            while due in results:
                yield results.pop(due)
                due += 1
    finally:
        for worker in crew:
            worker.stop()


class Worker(Generic[Item, Result]):
    """A process that applies a function to one item at a time."""

    def __init__(self, function: Callable[[Item], Result], limit_s: float) -> None:
        self.function, self.limit_s = function, limit_s
        self.number: int | None = None  # of the item that it works on
        self.deadline = inf
        self.start()

    def start(self) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, self.function), daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

    def give(self, number: int, item: Item) -> None:
        self.number, self.deadline = number, time.monotonic() + self.limit_s
        with contextlib.suppress(OSError):  # dead already: seen when its answer is taken
            self.connection.send(item)

    def take(self) -> Result | None:
        """The result; None when the process died or is out of time. Raises what the function raised."""
        self.number = None
        answer = None
        with contextlib.suppress(EOFError, OSError):
            answer = self.connection.recv() if self.connection.poll() else None
        if answer is None:
            self.stop()
            self.start()
            return None
        done, result = answer
        if not done:
            raise result
        return cast(Result, result)


def wait_for(crew: Sequence[Worker[Item, Result]]) -> list[Worker[Item, Result]]:
    """The workers that have answered, died or run out of time; waits for the first one."""
    busy = [worker for worker in crew if worker.number is not None]
    if not busy:
        return []
    left_s = min(worker.deadline for worker in busy) - time.monotonic()
    ready = wait([worker.connection for worker in busy], None if left_s == inf else max(left_s, 0.0))
    now = time.monotonic()
    return [worker for worker in busy if worker.connection in ready or worker.deadline <= now]


def serve(connection: Connection, function: Callable[[Item], Result]) -> None:
    """What a worker process does until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            item = connection.recv()
            try:
                answer: tuple[bool, Any] = (True, function(item))
            except Exception as error:
                answer = (False, error)
            connection.send(answer)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for reuse: training allocates the same large blocks over and over.

    Where there is no glibc nothing happens.
    """
    m_trim_threshold, m_mmap_threshold, one_gib = -1, -3, 1 << 30
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_mmap_threshold, one_gib)
        libc.mallopt(m_trim_threshold, one_gib)


def return_freed_memory() -> None:
    """Gives the system back what was freed: glibc keeps it, a fifth of all after a model's weights were packed.

    Where there is no glibc nothing happens.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
