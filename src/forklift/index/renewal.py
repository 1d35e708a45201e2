"""What an update changed: the symbols that came, went or say something else. Kept in temporary tables for all that is
made from symbols and documents, so that of this as well only what changed is made again."""

import sqlite3
from collections.abc import Iterable


def begin(connection: sqlite3.Connection) -> None:
    """Starts to note."""
    connection.executescript(
        """
        CREATE TEMP TABLE renewed (name TEXT NOT NULL, path TEXT NOT NULL);
        CREATE TEMP TABLE came (id INTEGER PRIMARY KEY);
        CREATE TEMP TABLE former (
            path TEXT NOT NULL, dotted TEXT NOT NULL, kind TEXT NOT NULL, rank REAL NOT NULL,
            PRIMARY KEY (path, dotted, kind)
        ) WITHOUT ROWID;
        """
    )


def note(connection: sqlite3.Connection, ids: str) -> None:
    """Notes the symbols that the query `ids` gives, with the names of their parameters."""
    connection.execute(f"INSERT INTO renewed SELECT name, path FROM symbols WHERE id IN ({ids})")
    connection.execute(f"INSERT INTO renewed SELECT name, '' FROM parameters WHERE symbol_id IN ({ids})")


def note_gone(connection: sqlite3.Connection, ids: str) -> None:
    """Notes symbols that are about to go, and how central they were."""
    note(connection, ids)
    central = f"SELECT path, dotted, kind, rank FROM symbols WHERE id IN ({ids}) ORDER BY rank DESC"
    connection.execute(f"INSERT OR IGNORE INTO former {central}")


def note_came(connection: sqlite3.Connection, ids: str) -> None:
    """Notes symbols that were not there before."""
    connection.execute(f"INSERT INTO came {ids}")
    note(connection, "SELECT id FROM came")


def note_files(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Notes files, and what they are called."""
    connection.executemany("INSERT INTO renewed VALUES (?, ?)", ((stem_of(path), path) for path in paths))


def stem_of(path: str) -> str:
    """What a file is called, without its endings."""
    return path.rpartition("/")[2].partition(".")[0]


def renewed_paths(connection: sqlite3.Connection) -> set[str]:
    """The files with other text, or with symbols that came, went or say something else."""
    return {path for (path,) in connection.execute("SELECT DISTINCT path FROM renewed")}
