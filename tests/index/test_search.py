"""What the words of a question add up to is what SQLite finds for all of them at once."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from forklift.index.search import FACTS, MOST_WORDS, SECTIONS, SYMBOLS, UNTESTED, Searched, _heaviest

WORDS = "stock stocks how test_price item raises round_price of the shop nowhere _ state".split()


def by_sqlite(database, table: Searched, words, limit):
    query = f"""
    SELECT id, -bm25({table.search}, {table.columns}) * worth AS weight
    FROM {table.search} JOIN (SELECT id, {table.worth} AS worth FROM {table.rows}) ON id = {table.search}.rowid
    WHERE {table.search} MATCH ? AND weight > 0 ORDER BY weight DESC, id LIMIT ?
    """
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query, (" OR ".join(f'"{word}"' for word in words), limit)).fetchall()


@pytest.mark.parametrize("table", [SYMBOLS, UNTESTED, SECTIONS, FACTS])
@pytest.mark.parametrize("words", [WORDS, WORDS[::-1], WORDS[:1], WORDS[-2:-1], ["stock", "stock"]])
@pytest.mark.parametrize("limit", [1, 5, 10_000])
def test_words_add_up(shop_lift, shop_index, table, words, limit):
    found, wanted = shop_index._scored(table, words, limit), by_sqlite(shop_lift.index, table, words, limit)
    assert [number for number, _ in found] == [number for number, _ in wanted]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in wanted], rel=1e-12)


def test_something_is_found_in_every_table(shop_index):
    assert all(shop_index._scored(table, WORDS, 5) for table in (SYMBOLS, UNTESTED, SECTIONS, FACTS))


def test_the_first_words_count(shop_index):
    words = [f"absent{number}" for number in range(MOST_WORDS)]
    assert shop_index._scored(FACTS, [*words, "stock"], 5) == []
    assert shop_index._scored(FACTS, [*words[1:], "stock"], 5)


@pytest.mark.parametrize(("limit", "best"), [(0, []), (1, [3]), (2, [3, 1]), (3, [3, 1, 4]), (9, [3, 1, 4, 0])])
def test_the_heaviest_come_first_and_equals_in_order(limit, best):
    assert _heaviest(np.array([1.0, 2.0, 0.0, 3.0, 2.0]), limit).tolist() == best
