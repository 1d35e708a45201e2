"""Sections of documents as rows, and the lookups for them."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

from forklift.index.search import SECTIONS, TextSearch
from forklift.index.words import index_words
from forklift.records import Block, Passage, Section

MOST_CHARS = 20_000  # of one section that can be searched
COLUMNS = "sections.id, sections.path, line, end_line, heading, trail, summary, blocks"
WEIGHTS = {"entry": 4.0, "heading": 3.0, "prose": 1.0, "code": 0.5}  # of a mention: how much a section is about it
_ABOUT = f"""
SELECT section_id, SUM(CASE kind {" ".join(f"WHEN '{kind}' THEN {weight}" for kind, weight in WEIGHTS.items())} END)
    / sqrt((SELECT COUNT(DISTINCT symbol_id) FROM passages AS others WHERE others.section_id = passages.section_id))
FROM passages WHERE symbol_id = ? GROUP BY section_id ORDER BY 2 DESC, 1
"""


def insert_sections(connection: sqlite3.Connection, sections: Iterable[Section]) -> None:
    """Adds sections, whose ids are set, to the tables and the search."""
    for one in sections:
        connection.execute("INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _row(one))
        words = ("heading", "trail", "words", "names", "path")
        connection.execute(
            f"INSERT INTO section_search (rowid, {', '.join(words)}) VALUES (?, ?, ?, ?, ?, ?)", _search_row(one)
        )


def remove_sections(connection: sqlite3.Connection, path: str) -> None:
    """Takes out the sections of one document, with what they mention."""
    delete = "INSERT INTO section_search (section_search, rowid, heading, trail, words, names, path) VALUES ('delete'"
    for row in connection.execute(f"SELECT {COLUMNS} FROM sections WHERE path = ?", (path,)).fetchall():
        connection.execute(f"{delete}, ?, ?, ?, ?, ?, ?)", _search_row(section_of(row)))
        connection.execute("DELETE FROM passages WHERE section_id = ?", (row[0],))
    connection.execute("DELETE FROM sections WHERE path = ?", (path,))
    connection.execute("DELETE FROM asked WHERE path = ?", (path,))


def _row(one: Section) -> tuple[object, ...]:
    blocks = zlib.compress(json.dumps([astuple(block) for block in one.blocks]).encode(), 3)
    return (one.id, one.path, one.line, one.end_line, one.heading, json.dumps(one.trail), one.summary, blocks)


def _search_row(one: Section) -> tuple[object, ...]:
    text = " ".join(f"{block.label} {block.text}" for block in one.blocks)[:MOST_CHARS]
    names = index_words(*dict.fromkeys(name for block in one.blocks for name in block.names))
    return one.id, index_words(one.heading), index_words(*one.trail), text, names, index_words(one.path)


def section_of(row: tuple[Any, ...]) -> Section:
    """A row of COLUMNS as a Section."""
    number, path, line, end_line, heading, trail, summary, blocks = row
    read = tuple(
        Block(kind, first, last, text, label, level, tuple(names))
        for kind, first, last, text, label, level, names in json.loads(zlib.decompress(blocks))
    )
    return Section(number, path, line, end_line, heading, tuple(json.loads(trail)), summary, read)


class SectionLookups(TextSearch):
    """What an index answers about documents."""

    def sections(self, path: str = "") -> list[Section]:
        """The sections of the document at `path`, or of all documents; by path and line."""
        if path:
            return self._sections("WHERE path = ? ORDER BY id", path)
        return self._sections("ORDER BY path, id")

    def documents(self) -> list[str]:
        """The paths of the documents that have sections."""
        return [row[0] for row in self._rows("SELECT DISTINCT path FROM sections ORDER BY path")]

    def sections_about(self, symbol_id: int, limit: int = 10) -> list[Section]:
        """The sections that mention a symbol: first those that document it, name it in their heading, or speak of
        little else."""
        return self._by_ids([row[0] for row in self._rows(f"{_ABOUT} LIMIT ?", symbol_id, max(limit, 0))])

    def search_sections(self, query: str, limit: int) -> list[Section]:
        """The sections that a user's words speak of, best first (BM25)."""
        return self._by_ids(self._found(SECTIONS, query, limit))

    def scored_sections(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Ids of the sections that any of `words` finds, each with its weight (BM25)."""
        return self._scored(SECTIONS, words, limit)

    def passages(self) -> list[Passage]:
        """Every mention of a symbol in a section, once for each way of mentioning."""
        return [Passage(*row) for row in self._rows("SELECT * FROM passages ORDER BY section_id, symbol_id, kind")]

    def section_paths(self) -> dict[int, str]:
        """The path of each section by its id."""
        return dict(self._rows("SELECT id, path FROM sections ORDER BY id"))

    def _by_ids(self, ids: Sequence[int]) -> list[Section]:
        found = {one.id: one for one in self._sections(f"WHERE id IN ({', '.join('?' * len(ids))})", *ids)}
        return [found[one] for one in ids]

    def _sections(self, condition: str, *values: object) -> list[Section]:
        return [section_of(row) for row in self._rows(f"SELECT {COLUMNS} FROM sections {condition}", *values)]
