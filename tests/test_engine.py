"""Maps over processes, and progress that adds up."""

import os

import pytest

from forklift.engine import keep_freed_memory, parallel_map, silent, track


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
