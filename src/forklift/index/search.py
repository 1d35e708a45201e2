"""Full-text search: BM25 over names split into words, paths and docs, and over sentences of facts (SQLite FTS5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from forklift.index.words import query_words

MOST_WORDS = 32
QUERY = """
SELECT symbols.id FROM search JOIN symbols ON symbols.id = search.rowid WHERE search MATCH ?
ORDER BY bm25(search, 8.0, 4.0, 2.0, 1.0) * (0.1 + symbols.rank) * (1.0 - 0.6 * symbols.is_test), symbols.id LIMIT ?
"""
"""Columns weigh as name, words, path, doc. Central symbols go up, tests down."""
SCORED = """
SELECT symbols.id, bm25(search, 8.0, 4.0, 2.0, 1.0) * (0.1 + symbols.rank) AS score
FROM search JOIN symbols ON symbols.id = search.rowid WHERE search MATCH ? AND NOT symbols.is_test
ORDER BY score, symbols.id LIMIT ?
"""
STATEMENT = "facts.relation, facts.subject, facts.sentence, facts.path, facts.line, facts.symbol_id"
FACT_QUERY = f"""
SELECT {STATEMENT} FROM fact_search JOIN facts ON facts.id = fact_search.rowid WHERE fact_search MATCH ?
ORDER BY bm25(fact_search, 2.0, 1.0) * (0.5 + facts.rank), facts.id LIMIT ?
"""
"""Columns weigh as subject, all words of the sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact as one sentence, with its evidence."""

    relation: str
    subject: str
    sentence: str
    path: str
    line: int
    symbol_id: int | None  # the symbol it is about; None for a file or a parameter


def match_expression(query: str) -> str:
    """An FTS5 expression that matches any word of a user's text, "" when it has none. Never a syntax error."""
    return any_word(query_words(query))


def any_word(words: Sequence[str]) -> str:
    """An FTS5 expression that matches any of `words`, of which the first ones count."""
    return " OR ".join(f'"{word}"' for word in words[:MOST_WORDS])
