"""Maps work over local processes and tells whoever listens how far it is."""

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Report = Callable[[str, int, int], None]
"""report(what, done, total): called as work proceeds; done == total ends it."""


def silent(what: str, done: int, total: int) -> None:
    """A Report that nobody sees."""


def track(items: Sequence[Item], what: str, report: Report) -> Iterator[Item]:
    """The items in order, reporting after each one has been dealt with."""
    report(what, 0, len(items))
    for done, item in enumerate(items, start=1):
        yield item
        report(what, done, len(items))


def parallel_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """`function` over `items` in worker processes, results in order. One worker runs in this process."""
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield from map(function, items)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(function, items, chunksize=1)


def keep_freed_memory() -> None:
    """Tells glibc to keep freed memory for reuse: training allocates the same large blocks over and over.

    Where there is no glibc nothing happens.
    """
    m_trim_threshold, m_mmap_threshold, one_gib = -1, -3, 1 << 30
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_mmap_threshold, one_gib)
        libc.mallopt(m_trim_threshold, one_gib)
