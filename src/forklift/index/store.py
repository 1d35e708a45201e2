"""The index on disk: its schema, and writing it."""

import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

from forklift.errors import IndexingError
from forklift.index.history import History
from forklift.index.parse import Parsed
from forklift.index.words import index_words
from forklift.records import Fact, File, Reference, Symbol
from forklift.workspace import replacing

SCHEMA_VERSION = 3
APPLICATION_ID = 0x464B4C46  # "FKLF"

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, language TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    lines INTEGER NOT NULL, doc TEXT NOT NULL, is_test INTEGER NOT NULL, module TEXT NOT NULL, content BLOB NOT NULL
);
CREATE TABLE symbols (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, qualified_name TEXT NOT NULL, kind TEXT NOT NULL,
    language TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, end_line INTEGER NOT NULL,
    doc TEXT NOT NULL, signature TEXT NOT NULL, parameters TEXT NOT NULL, returns TEXT NOT NULL,
    bases TEXT NOT NULL, decorators TEXT NOT NULL, value TEXT NOT NULL, parent_id INTEGER,
    is_test INTEGER NOT NULL, rank REAL NOT NULL, dotted TEXT NOT NULL
);
CREATE TABLE parameters (name TEXT NOT NULL, symbol_id INTEGER NOT NULL);
CREATE TABLE uses (
    kind TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
    scope_id INTEGER, target_id INTEGER
);
CREATE TABLE words (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(
    name, words, path, doc, content='', tokenize="porter unicode61 remove_diacritics 2"
);
CREATE TABLE changes (
    kind TEXT NOT NULL, name TEXT NOT NULL, symbol_kind TEXT NOT NULL, path TEXT NOT NULL, symbol_id INTEGER,
    before TEXT NOT NULL, after TEXT NOT NULL, commit_id TEXT NOT NULL, date TEXT NOT NULL, release TEXT NOT NULL,
    subject TEXT NOT NULL, reason TEXT NOT NULL, is_current INTEGER NOT NULL
);
CREATE TABLE notices (
    kind TEXT NOT NULL, symbol_id INTEGER NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL, path TEXT NOT NULL,
    line INTEGER NOT NULL
);
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, relation TEXT NOT NULL, subject TEXT NOT NULL, sentence TEXT NOT NULL,
    path TEXT NOT NULL, line INTEGER NOT NULL, rank REAL NOT NULL, symbol_id INTEGER
);
CREATE VIRTUAL TABLE fact_search USING fts5(
    subject, words, content='', tokenize="porter unicode61 remove_diacritics 2"
);
"""
INDEXES = """
CREATE INDEX symbols_name ON symbols (name);
CREATE INDEX symbols_qualified_name ON symbols (qualified_name);
CREATE INDEX symbols_parent ON symbols (parent_id);
CREATE INDEX parameters_name ON parameters (name);
CREATE INDEX uses_target ON uses (target_id);
CREATE INDEX uses_scope ON uses (scope_id);
CREATE INDEX uses_path ON uses (path, kind);
CREATE INDEX changes_symbol ON changes (symbol_id);
CREATE INDEX changes_commit ON changes (commit_id);
CREATE INDEX notices_symbol ON notices (symbol_id);
CREATE INDEX facts_symbol ON facts (symbol_id);
CREATE INDEX facts_subject ON facts (subject);
"""


def write_index(
    database: Path,
    meta: dict[str, str],
    files: Iterable[tuple[File, Parsed, str]],
    symbols: list[tuple[Symbol, str]],
    references: list[Reference],
    words: Iterable[str],
    history: History,
) -> None:
    """Writes the whole index atomically. Files come with their module names, symbols with their full dotted ones.

    Raises IndexingError when it cannot be written.
    """
    try:
        with replacing(database) as temporary:
            connection = sqlite3.connect(temporary)
            try:
                _fill(connection, meta, files, symbols, references, words, history)
            finally:
                connection.close()
    except (sqlite3.Error, OSError) as error:
        raise IndexingError(f"cannot write {database}: {error}; check the free space and permissions") from None


def store_facts(database: Path, facts: Sequence[tuple[Fact, str]]) -> None:
    """Adds facts, each with the sentence that states it, to an index without any, atomically.

    Whoever has the index open goes on reading it without them. Raises IndexingError when it cannot be written.
    """
    try:
        with replacing(database) as temporary:
            shutil.copyfile(database, temporary)
            with closing(sqlite3.connect(temporary)) as connection:
                _add_facts(connection, facts)
    except (sqlite3.Error, OSError) as error:
        raise IndexingError(f"cannot write {database}: {error}; check the free space and permissions") from None


def _add_facts(connection: sqlite3.Connection, facts: Sequence[tuple[Fact, str]]) -> None:
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
    places: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    for one, name, path, line in connection.execute("SELECT id, qualified_name, path, line FROM symbols"):
        places[path, line].append((one, name))
    rows = [
        (*(fact.relation, fact.subject, sentence, fact.path, fact.line, fact.rank), _symbol_at(places, fact))
        for fact, sentence in facts
    ]
    words = [(number, index_words(row[1]), index_words(row[2])) for number, row in enumerate(rows, start=1)]
    with connection:
        connection.executemany("INSERT INTO facts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO fact_search (rowid, subject, words) VALUES (?, ?, ?)", words)


def _symbol_at(places: Mapping[tuple[str, int], Sequence[tuple[int, str]]], fact: Fact) -> int | None:
    """The symbol that the fact is about: the one at its place whose name its subject, or only object, ends with."""
    labels = (fact.subject, *(fact.objects if len(fact.objects) == 1 else ()))
    for one, name in places.get((fact.path, fact.line), ()):
        if any(f".{label}".endswith(f".{name}") or f".{name}".endswith(f".{label}") for label in labels):
            return one
    return None


def _fill(
    connection: sqlite3.Connection,
    meta: dict[str, str],
    files: Iterable[tuple[File, Parsed, str]],
    symbols: list[tuple[Symbol, str]],
    references: list[Reference],
    words: Iterable[str],
    history: History,
) -> None:
    connection.executescript(
        f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA application_id={APPLICATION_ID};"
        f"PRAGMA user_version={SCHEMA_VERSION}; {SCHEMA}"
    )
    with connection:
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        connection.executemany("INSERT INTO files VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", map(_file_row, files))
        connection.executemany(f"INSERT INTO symbols VALUES ({', '.join('?' * 19)})", map(_symbol_row, symbols))
        connection.executemany("INSERT INTO parameters VALUES (?, ?)", _parameter_rows(symbols))
        connection.executemany("INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)", map(_use_row, references))
        connection.executemany("INSERT OR IGNORE INTO words VALUES (?)", ((word,) for word in sorted(words)))
        connection.executemany(
            "INSERT INTO search (rowid, name, words, path, doc) VALUES (?, ?, ?, ?, ?)", map(_search_row, symbols)
        )
        connection.executemany(f"INSERT INTO changes VALUES ({', '.join('?' * 13)})", map(astuple, history.changes))
        connection.executemany("INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?)", map(astuple, history.notices))
    connection.executescript(INDEXES + "ANALYZE;")


def _file_row(row: tuple[File, Parsed, str]) -> tuple[object, ...]:
    file, parsed, module = row
    return file.path, file.language, file.size_bytes, file.lines, file.doc, file.is_test, module, parsed.content


def _symbol_row(row: tuple[Symbol, str]) -> tuple[object, ...]:
    one, dotted = row
    parameters = json.dumps([[p.name, p.annotation, p.default] for p in one.parameters])
    return (
        *(one.id, one.name, one.qualified_name, one.kind, one.language, one.path, one.line, one.end_line),
        *(one.doc, one.signature, parameters, one.returns, json.dumps(one.bases), json.dumps(one.decorators)),
        *(one.value, one.parent_id, one.is_test, one.rank, dotted),
    )


def _parameter_rows(symbols: Iterable[tuple[Symbol, str]]) -> Iterable[tuple[str, int]]:
    return ((parameter.name.lstrip("*"), one.id) for one, _ in symbols for parameter in one.parameters)


def _use_row(use: Reference) -> tuple[object, ...]:
    return use.kind, use.name, use.path, use.line, use.scope_id, use.target_id


def _search_row(row: tuple[Symbol, str]) -> tuple[object, ...]:
    one, _ = row
    words = index_words(one.qualified_name, *(parameter.name for parameter in one.parameters), *one.bases)
    return one.id, index_words(one.name), words, index_words(one.path), one.doc
