"""The contents of files that are in the index, and the symbols in them."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator

from forklift.index.lookups import COLUMNS, symbol_of
from forklift.records import Symbol


def texts_in(connection: sqlite3.Connection, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Path and content of these files, one by one."""
    for path in paths:
        for (content,) in connection.execute("SELECT content FROM files WHERE path = ?", (path,)):
            yield path, zlib.decompress(content).decode("utf-8")


def symbols_in(connection: sqlite3.Connection, paths: Iterable[str]) -> list[Symbol]:
    """The symbols of some files, by path."""
    query = f"SELECT {COLUMNS} FROM symbols WHERE path = ? ORDER BY id"
    return [symbol_of(row) for path in sorted(set(paths)) for row in connection.execute(query, (path,))]
