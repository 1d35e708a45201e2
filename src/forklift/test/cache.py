"""Answers kept as they come: a second test computes only what is new, a killed one goes on where it was."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forklift.errors import WorkspaceError

SCHEMA = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, seconds REAL NOT NULL)"
MOST_KEYS = 500  # in one query


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer's text and the seconds it took (its share of the batch)."""

    text: str
    seconds: float


@contextlib.contextmanager
def open_cache(path: Path) -> Iterator[sqlite3.Connection]:
    """The answers kept in `path`, made when absent. Raises WorkspaceError when it is damaged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(SCHEMA)
        yield connection
    except sqlite3.DatabaseError as error:
        raise WorkspaceError(
            f"{path} cannot be used ({error}): delete it, it holds only what can be asked again"
        ) from None
    finally:
        connection.close()


def cache_key(*parts: str | int) -> str:
    """Key of what depends on `parts` alone: answerer, question, decoding."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def kept(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Kept]:
    """What is kept under `keys`, by key."""
    found: dict[str, Kept] = {}
    for start in range(0, len(keys), MOST_KEYS):
        some = keys[start : start + MOST_KEYS]
        query = f"SELECT key, text, seconds FROM answers WHERE key IN ({', '.join('?' * len(some))})"
        found.update((key, Kept(text, seconds)) for key, text, seconds in connection.execute(query, some))
    return found


def keep(connection: sqlite3.Connection, answers: Mapping[str, Kept]) -> None:
    """Keeps `answers` by key; they are on disk when this returns."""
    rows = [(key, each.text, each.seconds) for key, each in answers.items()]
    with connection:
        connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)
