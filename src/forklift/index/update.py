"""Brings the tables in line with the files of a repository: reads what is new or has changed, and links again what that
touches. A first index is the case that nothing was known before."""

import shutil
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path

from forklift.index import assemble, names
from forklift.index.parse import shown
from forklift.index.rows import digest_of
from forklift.index.shards import divided
from forklift.index.source import Entry, Source, read_contents
from forklift.index.store import PROTOTYPE_INDEXES, append, remove_symbols

# files whose names are looked up across files, and those that say where packages are
_LINKED = f"SELECT path FROM noted WHERE path IN ({assemble.LINKED}) OR {assemble.MANIFESTS}"
_NOTED = "SELECT path FROM noted"


def reuse(earlier: Path, copy: Path, recipe: str) -> dict[str, str]:
    """Copies an index that the same recipe made, and gives the digests of what it read, by path; {} for none."""
    if not earlier.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{earlier.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            made_by = connection.execute("SELECT value FROM meta WHERE key = 'recipe'").fetchone()
            known = dict(connection.execute("SELECT path, digest FROM reads")) if made_by == (recipe,) else {}
    except sqlite3.Error:  # of another version, damaged or no index at all: made anew
        return {}
    if known:
        shutil.copyfile(earlier, copy)
    return known


def update(
    connection: sqlite3.Connection, source: Source, known: dict[str, str], read: Callable[[list[Entry]], Iterator[Path]]
) -> None:
    """Brings files, symbols and references in line with `source`.

    `known`: the digests of what was read before, by path. `read`: reads files into shards.
    """
    fresh = list(changed(source, known)) if known else source.entries
    here = {shown(entry.path) for entry in fresh}
    stale = known.keys() & here | known.keys() - {shown(entry.path) for entry in source.entries}
    names.begin(connection)
    note(connection, stale)
    names.touch(connection, _NOTED)
    linked = not known or any_row(connection, _LINKED)
    words = remove_noted(connection)
    for shard in read(fresh):
        append(connection, shard)
    remove_words(connection, words)
    connection.executescript(PROTOTYPE_INDEXES)
    if known:
        note(connection, here)
        names.touch(connection, _NOTED)
    else:
        names.touch_all(connection)
    names.link(connection)
    if linked or any_row(connection, _LINKED):
        assemble.unlink(connection)
        assemble.link(connection)


def changed(source: Source, known: dict[str, str]) -> Iterator[Entry]:
    """The files that are new or have another content than before."""
    for part in divided(source.entries):
        is_git = bool(part[0].blob)
        contents = [None] * len(part) if is_git else read_contents(source.root, part)
        for entry, content in zip(part, contents, strict=True):
            if known.get(shown(entry.path)) != digest_of(entry, content):
                yield entry


def note(connection: sqlite3.Connection, paths: Collection[str]) -> None:
    """Makes these paths the ones that are spoken of."""
    connection.executescript("CREATE TEMP TABLE IF NOT EXISTS noted (path TEXT PRIMARY KEY); DELETE FROM noted;")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO noted VALUES (?)", ((path,) for path in paths))
    connection.execute("COMMIT")


def any_row(connection: sqlite3.Connection, query: str) -> bool:
    return connection.execute(f"{query} LIMIT 1").fetchone() is not None


def remove_noted(connection: sqlite3.Connection) -> set[str]:
    """Takes out all that was read from these files. Gives the words in them."""
    words = {
        word
        for row in connection.execute(f"SELECT words FROM reads WHERE path IN ({_NOTED})")
        for word in unpacked(*row)
    }
    connection.execute("BEGIN")
    remove_symbols(connection, f"SELECT id FROM symbols WHERE path IN ({_NOTED})")
    for table in ("files", "prototypes", "uses", "reads", "syntax"):
        connection.execute(f"DELETE FROM {table} WHERE path IN ({_NOTED})")
    connection.execute("COMMIT")
    return words


def remove_words(connection: sqlite3.Connection, words: set[str]) -> None:
    """Removes those of `words` that no file has any more."""
    rows = connection.execute("SELECT words FROM reads")
    while words and (row := rows.fetchone()) is not None:
        words.difference_update(unpacked(*row))
    connection.execute("BEGIN")
    connection.executemany("DELETE FROM words WHERE name = ?", ((word,) for word in words))
    connection.execute("COMMIT")


def unpacked(packed: bytes) -> list[str]:
    """The words of one file."""
    return zlib.decompress(packed).decode("utf-8").split("\n") if packed else []
