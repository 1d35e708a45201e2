"""Full-text search: BM25 over names split into words, paths and docs (SQLite FTS5)."""

import sqlite3

from forklift.index.words import code_mentions, query_words

__all__ = ["code_mentions", "ids"]

MOST_WORDS = 32
QUERY = """
SELECT symbols.id FROM search JOIN symbols ON symbols.id = search.rowid WHERE search MATCH ?
ORDER BY bm25(search, 8.0, 4.0, 2.0, 1.0) * (0.5 + symbols.rank) * (1.0 - 0.6 * symbols.is_test), symbols.id LIMIT ?
"""


def ids(connection: sqlite3.Connection, query: str, limit: int) -> list[int]:
    """Ids of the symbols that match any word of `query`, best first. Any text is a valid query."""
    words = query_words(query)[:MOST_WORDS]
    if not words or limit <= 0:
        return []
    match = " OR ".join(f'"{word}"' for word in words)
    return [row[0] for row in connection.execute(QUERY, (match, limit))]
