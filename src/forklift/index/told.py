"""Brings what texts say about symbols in line with them: notices, and the reasons that comments give.

Only what changed is read again, unless other people than before have to be kept out of it.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple

from forklift.index.lookups import COLUMNS, symbol_of
from forklift.index.messages import People
from forklift.index.notices import LOG, QUOTED, notices_in, notices_of_log
from forklift.index.reasons import reasons_of
from forklift.index.renewal import renewed_paths
from forklift.index.texts import symbols_in, texts_in
from forklift.records import Notice, Symbol

MOST_COMMENTED = 4_000  # files whose comments are read for reasons, those with the most central symbols
CENTRAL = """
SELECT path FROM (
    SELECT path, (
        SELECT rank FROM symbols WHERE symbols.path = files.path AND is_test = 0 ORDER BY rank DESC LIMIT 1
    ) AS best FROM files
) WHERE best IS NOT NULL ORDER BY best DESC, path LIMIT ?
"""
_COMMENTED = "kind IN ('reason', 'caution')"


def is_as_before(connection: sqlite3.Connection, key: str, *parts: frozenset[str]) -> bool:
    """Whether sets are those that were remembered under `key`; remembers them."""
    digest = hashlib.sha256(repr([sorted(part) for part in parts]).encode()).hexdigest()
    before = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, digest))
    return bool(before == (digest,))


def add_told(connection: sqlite3.Connection, people: People) -> None:
    """Brings notices in line with files and symbols; `people` are not named in them."""
    if not is_as_before(connection, "people", people.words, people.names, people.vocabulary):
        connection.executescript("DELETE FROM notices; DELETE FROM told;")
        connection.execute("INSERT INTO renewed SELECT '', path FROM files")
    connection.execute("BEGIN")
    add_notices(connection, people)
    add_reasons(connection, people)
    connection.execute("COMMIT")


def add_notices(connection: sqlite3.Connection, people: People) -> None:
    """What documentation, code and the change logs say. Of logs all is read again: they may mention any symbol."""
    renewed = renewed_paths(connection)
    reads = connection.execute("SELECT path, is_notable FROM reads WHERE reason = ''").fetchall()
    notable, logs = [path for path, marked in reads if marked], [path for path, _ in reads if LOG.fullmatch(path)]
    for (path,) in connection.execute(f"SELECT DISTINCT path FROM notices WHERE NOT {_COMMENTED}").fetchall():
        if LOG.fullmatch(path) or path in renewed:
            connection.execute(f"DELETE FROM notices WHERE path = ? AND NOT {_COMMENTED}", (path,))
    for path, text in texts_in(connection, [path for path in notable if path in renewed]):
        add(connection, notices_in(text, symbols_in(connection, [path]), people))
    symbols = symbols_told_of(connection, notable, logs) if logs else []
    for path, text in texts_in(connection, logs):
        add(connection, notices_of_log(path, text, symbols, people))


def add(connection: sqlite3.Connection, notices: Iterable[Notice]) -> None:
    connection.executemany("INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?)", map(astuple, notices))


def symbols_told_of(connection: sqlite3.Connection, notable: Sequence[str], logs: Sequence[str]) -> list[Symbol]:
    """The symbols in notable files, and all that have a name which the change logs mention."""
    found = {one.id: one for one in symbols_in(connection, notable)}
    mentions = {name for _, text in texts_in(connection, logs) for name, _ in QUOTED.findall(text)}
    for name in sorted({re.split(r"::|[.]", name.strip(".:"))[-1] for name in mentions}):
        rows = connection.execute(f"SELECT {COLUMNS} FROM symbols WHERE name = ?", (name,))
        found.update((one.id, one) for one in map(symbol_of, rows))
    return sorted(found.values(), key=lambda one: (one.path, one.id))


def add_reasons(connection: sqlite3.Connection, people: People) -> None:
    """The reasons and cautions that comments and documentation in code give, file by file."""
    central = [path for (path,) in connection.execute(CENTRAL, (MOST_COMMENTED,))]
    told = {path for (path,) in connection.execute("SELECT path FROM told")}
    kept = told & set(central) - renewed_paths(connection)
    for path in told - kept:
        connection.execute("DELETE FROM told WHERE path = ?", (path,))
        connection.execute(f"DELETE FROM notices WHERE path = ? AND {_COMMENTED}", (path,))
    for path, text in texts_in(connection, [path for path in central if path not in kept]):
        connection.execute("INSERT INTO told VALUES (?)", (path,))
        add(connection, reasons_of({path: text}, symbols_in(connection, [path]), people))
