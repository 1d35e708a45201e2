"""Maps over processes, and progress that adds up."""

import os
import platform
import time

import psutil
import pytest

from forklift.engine import keep_freed_memory, parallel_map, return_freed_memory, silent, track


def squared(number: int) -> int:
    return number * number


def whereabouts(_: int) -> int:
    return os.getpid()


def failing(number: int) -> int:
    return 1 // number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers):
    assert list(parallel_map(squared, range(20), workers)) == [number * number for number in range(20)]


def test_one_worker_is_this_process_and_two_are_not():
    assert set(parallel_map(whereabouts, range(3), 1)) == {os.getpid()}
    assert os.getpid() not in set(parallel_map(whereabouts, range(3), 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_in_a_worker_is_raised_here(workers):
    with pytest.raises(ZeroDivisionError):
        list(parallel_map(failing, [1, 0], workers))


def test_nothing_to_do():
    assert list(parallel_map(squared, [], 1)) == []
    assert list(parallel_map(squared, [], 2)) == []


def dying(number: int) -> int:
    if number == 1:
        os._exit(3)
    if number == 2:
        time.sleep(60)
    return number


def test_items_that_kill_or_hang_a_worker_give_nothing_and_the_others_go_on():
    started = time.monotonic()
    assert list(parallel_map(dying, range(6), 2, limit_s=5.0)) == [0, None, None, 3, 4, 5]
    assert time.monotonic() - started < 30


def test_results_are_not_made_long_before_they_are_taken():
    given = []

    def items():
        for number in range(100):
            given.append(number)
            yield number

    results = parallel_map(squared, items(), 2)
    assert next(results) == 0
    assert len(given) < 20
    results.close()


def test_progress_begins_at_none_and_ends_at_all():
    told = []
    assert list(track("abc", "spelling", lambda *row: told.append(row))) == ["a", "b", "c"]
    assert told == [("spelling", done, 3) for done in range(4)]
    told.clear()
    assert list(track([], "nothing", lambda *row: told.append(row))) == []
    assert told == [("nothing", 0, 0)]


def test_an_item_is_done_when_the_next_one_is_asked_for():
    told = []
    items = track([1, 2], "work", lambda what, done, total: told.append(done))
    next(items)
    assert told == [0]
    next(items)
    assert told == [0, 1]


def test_helpers_that_do_nothing_visible():
    assert silent("x", 1, 2) is None
    assert keep_freed_memory() is None


def test_freed_memory_goes_back_to_the_system():
    process = psutil.Process()
    pieces = [b"x" * (100_000 + n % 2) for n in range(2_000)]
    last, full = pieces[-1], process.memory_info().rss
    pieces.clear()  # all but the last, which lies on top of the others
    return_freed_memory()
    assert last
    if platform.libc_ver()[0] == "glibc":
        assert process.memory_info().rss < full - 150_000_000
