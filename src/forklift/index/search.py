"""Full-text search: BM25 over names split into words, paths and docs, over sections of documents, and over sentences of
facts (SQLite FTS5).

BM25 is a sum over the words of a question, and questions share most of their words. So SQLite is asked once for each
word which rows it finds and what it adds to them, and the sums are made here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from forklift.index.words import query_words

MOST_WORDS = 32
HITS_KEPT = 1 << 25  # at most, if every word found every row of its table


@dataclass(frozen=True, slots=True)
class Searched:
    """A table that words are searched in."""

    search: str  # the FTS5 table
    columns: str  # how much its columns weigh
    rows: str  # the table with its rows
    worth: str  # what BM25 is multiplied by; 0 is never found


SYMBOLS = Searched("search", "8.0, 4.0, 2.0, 1.0", "symbols", "(0.1 + rank) * (1.0 - 0.6 * is_test)")
"""Columns weigh as name, words, path, doc. Central symbols go up, tests down."""
UNTESTED = Searched("search", "8.0, 4.0, 2.0, 1.0", "symbols", "(0.1 + rank) * (NOT is_test)")
SECTIONS = Searched("section_search", "6.0, 2.0, 1.0, 2.0, 1.0", "sections", "1.0")
"""Columns weigh as heading, headings above, text, names, path."""
FACTS = Searched("fact_search", "2.0, 1.0", "facts", "0.5 + rank")
"""Columns weigh as subject, all words of the sentence."""
TABLES = (SYMBOLS, SECTIONS, FACTS)
STATEMENT = "relation, subject, sentence, path, line, symbol_id"


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact as one sentence, with its evidence."""

    relation: str
    subject: str
    sentence: str
    path: str
    line: int
    symbol_id: int | None  # the symbol it is about; None for a file or a parameter


class TextSearch:
    """What an index answers about words."""

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def _found(self, table: Searched, text: str, limit: int) -> list[int]:
        """Ids of the rows that a user's words speak of, best first. Never a syntax error."""
        return [one for one, _ in self._scored(table, query_words(text), limit)]

    def _scored(self, table: Searched, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Ids of the rows that any of `words` finds, best first, each with its weight; only the first words count."""
        worth = self._worth(table)
        weights = np.zeros(len(worth))
        for word in words[:MOST_WORDS]:
            rows, added = self._hits(table, word)
            weights[rows] += added
        weights *= worth
        best = _heaviest(weights, max(limit, 0))
        return list(zip(best.tolist(), weights[best].tolist(), strict=True))

    @cached_property
    def _hits(self) -> Callable[[Searched, str], tuple[np.ndarray, np.ndarray]]:
        """The rows that a word of a question finds, and what it adds to their weights. Of a small index all words are
        kept, of a large one few."""

        def hits(table: Searched, word: str) -> tuple[np.ndarray, np.ndarray]:
            search = table.search
            there = f"{search} MATCH ? AND rowid <= (SELECT max(id) FROM {table.rows})"
            found = self._rows(
                f"SELECT rowid, -bm25({search}, {table.columns}) FROM {search} WHERE {there}", f'"{word}"'
            )
            return np.array([row for row, _ in found], np.intp), np.array([added for _, added in found])

        return lru_cache(HITS_KEPT // max(map(len, map(self._worth, TABLES))))(hits)

    @cached_property
    def _worth(self) -> Callable[[Searched], np.ndarray]:
        """What the weights of all rows are multiplied by, by their ids."""

        def worth(table: Searched) -> np.ndarray:
            found = self._rows(f"SELECT id, {table.worth} FROM {table.rows}")
            by_id = np.zeros(max((row for row, _ in found), default=0) + 1)
            by_id[[row for row, _ in found]] = [value for _, value in found]
            return by_id

        return lru_cache(None)(worth)


def _heaviest(weights: np.ndarray, limit: int) -> np.ndarray:
    """The positions of up to `limit` of the weights above zero, the heaviest first, equals in order."""
    found = np.flatnonzero(weights)
    if 0 < limit < len(found):
        found = found[weights[found] >= np.partition(weights[found], -limit)[-limit]]
    return found[np.argsort(-weights[found], kind="stable")][:limit]
