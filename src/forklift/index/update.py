"""Brings the tables in line with the files of a repository: reads what is new or has changed, and links again what that
touches. A first index is the case that nothing was known before."""

import shutil
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from forklift.index import assemble, names, renewal
from forklift.index.parse import shown
from forklift.index.rows import digest_of
from forklift.index.shards import divided
from forklift.index.source import Entry, Source, read_contents
from forklift.index.store import PROTOTYPE_INDEXES, append, highest_id, remove_symbols

# files whose names are looked up across files, and those that say where packages are
_LINKED = f"SELECT path FROM noted WHERE path IN ({assemble.LINKED}) OR {assemble.MANIFESTS}"


def known_from(earlier: Path, recipe: str) -> dict[str, str]:
    """The digests of what an index has read, by path; {} when another recipe made it, or it cannot be used."""
    if not earlier.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{earlier.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            made_by = connection.execute("SELECT value FROM meta WHERE key = 'recipe'").fetchone()
            return dict(connection.execute("SELECT path, digest FROM reads")) if made_by == (recipe,) else {}
    except sqlite3.Error:  # of another version, damaged or no index at all: made anew
        return {}


def copied(earlier: Path, copy: Path, source: Source, known: dict[str, str]) -> list[Entry]:
    """Copies an index, and gives the files that are new or have another content than it knows."""
    with ThreadPoolExecutor(1) as beside:
        copying = beside.submit(shutil.copyfile, earlier, copy)
        fresh = list(changed(source, known))
        copying.result()
    return fresh


def update(
    connection: sqlite3.Connection,
    source: Source,
    known: dict[str, str],
    fresh: Sequence[Entry],
    read: Callable[[Sequence[Entry]], Iterator[Path]],
) -> bool:
    """Brings files, symbols and references in line with `source`. Says whether the names of languages whose files are
    looked at together were linked again; what else changed is noted, see `renewal`.

    `known`: the digests of what was read before, by path. `fresh`: what is to be read. `read`: reads it into shards.
    """
    here = {shown(entry.path) for entry in fresh}
    stale = known.keys() & here | known.keys() - {shown(entry.path) for entry in source.entries}
    renewal.begin(connection)
    names.begin(connection)
    note(connection, stale)
    names.touch(connection)
    linked = not known or any_row(connection, _LINKED)
    words = remove_noted(connection)
    highest = highest_id(connection)
    for shard in read(fresh):
        append(connection, shard)
    connection.executescript(PROTOTYPE_INDEXES)
    if known:
        note(connection, here)
        remove_words(connection, words - words_in_noted(connection))
        names.touch(connection)
    else:
        names.touch_all(connection)
    names.link(connection)
    linked = linked or any_row(connection, _LINKED)
    if linked:
        assemble.unlink(connection)
        assemble.link(connection)
    if known:
        came = f"id > {highest}" + (f" OR path IN ({assemble.LINKED})" if linked else "")
        renewal.note_came(connection, f"SELECT id FROM symbols WHERE {came}")
    return linked


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
    connection.execute("BEGIN")
    connection.execute("DELETE FROM noted")
    connection.executemany("INSERT INTO noted VALUES (?)", ((path,) for path in paths))
    renewal.note_files(connection, paths)
    connection.execute("COMMIT")


def any_row(connection: sqlite3.Connection, query: str) -> bool:
    return connection.execute(f"{query} LIMIT 1").fetchone() is not None


def words_in_noted(connection: sqlite3.Connection) -> set[str]:
    """The words in these files."""
    rows = connection.execute(f"SELECT words FROM reads WHERE path IN ({names.NOTED})")
    return {word for row in rows for word in unpacked(*row)}


def remove_noted(connection: sqlite3.Connection) -> set[str]:
    """Takes out all that was read from these files. Gives the words in them."""
    words = words_in_noted(connection)
    connection.execute("BEGIN")
    remove_symbols(connection, f"SELECT id FROM symbols WHERE path IN ({names.NOTED})")
    for table in ("files", "prototypes", "uses", "reads", "syntax"):
        connection.execute(f"DELETE FROM {table} WHERE path IN ({names.NOTED})")
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
