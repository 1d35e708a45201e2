"""Full-text search: BM25 over names split into words, paths and docs (SQLite FTS5)."""

from forklift.index.words import query_words

MOST_WORDS = 32
QUERY = """
SELECT symbols.id FROM search JOIN symbols ON symbols.id = search.rowid WHERE search MATCH ?
ORDER BY bm25(search, 8.0, 4.0, 2.0, 1.0) * (0.5 + symbols.rank) * (1.0 - 0.6 * symbols.is_test), symbols.id LIMIT ?
"""
"""Columns weigh as name, words, path, doc. Central symbols go up, tests down."""


def match_expression(query: str) -> str:
    """An FTS5 expression that matches any word of a user's text, "" when it has none. Never a syntax error."""
    return " OR ".join(f'"{word}"' for word in query_words(query)[:MOST_WORDS])
