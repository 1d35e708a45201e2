"""Files -> shards: worker processes read and parse a few files at a time and write what they found into small
databases, which are then added to the index one by one. So memory holds a few files, however large the repository is.

A file over which a worker dies or hangs is given a worker of its own; if that dies too, ctags finds its names.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import Report, parallel_map
from forklift.index import ctags
from forklift.index.packing import pack
from forklift.index.parse import Parsed, parse_file, shown
from forklift.index.rows import (
    Row,
    digest_of,
    file_row,
    is_linked,
    parameter_rows,
    read_row,
    search_row,
    symbol_row,
    use_row,
    words_of,
)
from forklift.index.source import Entry, read_contents
from forklift.index.store import SHARD, insert, open_for_writing
from forklift.index.syntax.model import Syntax, Use
from forklift.index.words import index_words

CHUNK_FILES, CHUNK_BYTES = 64, 1_000_000
FEW_FILES, FEW_BYTES = 200, 3_000_000  # less is read in this process: starting workers takes seconds
CHUNK_S, FILE_S = 180.0, 30.0  # then the worker is taken to hang


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one call of a worker deals with."""

    root: Path
    entries: tuple[Entry, ...]
    config: BuildConfig
    shard: Path  # to write
    names_only: bool = False


def read_shards(
    root: Path, config: BuildConfig, directory: Path, report: Report, entries: Sequence[Entry]
) -> Iterator[Path]:
    """Shards with all files, in order. Each is deleted when the next one is asked for."""
    many = len(entries) >= FEW_FILES and sum(entry.size_bytes for entry in entries) >= FEW_BYTES
    chunks = [Chunk(root, part, config, directory / f"{number}.sqlite") for number, part in enumerate(divided(entries))]
    done = 0
    report("index", 0, len(entries))
    for chunk, finished in zip(chunks, parallel_map(write_shard, chunks, None if many else 1, CHUNK_S), strict=True):
        for shard in (chunk.shard,) if finished else rescued(chunk):
            yield shard
            shard.unlink()
        done += len(chunk.entries)
        report("index", done, len(entries))


def divided(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Neighbours, so many that reading them takes about a second."""
    part: list[Entry] = []
    size_bytes = 0
    for entry in entries:
        if part and (len(part) == CHUNK_FILES or size_bytes + entry.size_bytes > CHUNK_BYTES):
            yield tuple(part)
            part, size_bytes = [], 0
        part.append(entry)
        size_bytes += entry.size_bytes
    if part:
        yield tuple(part)


def rescued(chunk: Chunk) -> Iterator[Path]:
    """The files of a chunk that a worker could not finish, one by one, as far as each can be read."""
    for entry in chunk.entries:
        tries = [replace(chunk, entries=(entry,), names_only=names_only) for names_only in (False, True)]
        if not any(attempted(one) for one in tries):
            write_rows(chunk.shard, [Parsed(shown(entry.path), "unreadable")], [digest_of(entry, None)])
        yield chunk.shard


def attempted(chunk: Chunk) -> bool:
    """Whether a worker of its own finishes a chunk."""
    chunk.shard.unlink(missing_ok=True)
    (finished,) = parallel_map(write_shard, [chunk], 2, FILE_S)
    if not finished:
        chunk.shard.unlink(missing_ok=True)
    return bool(finished)


def write_shard(chunk: Chunk) -> bool:
    """Reads, parses and writes the files of one chunk."""
    contents = read_contents(chunk.root, chunk.entries)
    parsed, digests = [], []
    with ctags.Ctags() as tagger:
        for entry, content in zip(chunk.entries, contents, strict=True):
            parsed.append(parse_file(entry.path, content, chunk.config, entry.is_plus, tagger, chunk.names_only))
            digests.append(digest_of(entry, content))
    write_rows(chunk.shard, parsed, digests)
    return True


def write_rows(shard: Path, files: Sequence[Parsed], digests: Sequence[str]) -> None:
    """A new shard with these files."""
    kept = [file for file in files if not file.reason]
    with closing(open_for_writing(shard, SHARD)) as connection:
        connection.execute("BEGIN")
        insert(connection, "reads", (read_row(*row) for row in zip(files, digests, strict=True)))
        insert(connection, "files", map(file_row, kept))
        number = 1
        for file in kept:
            if is_linked(file):
                insert(connection, "syntax", [(file.path, file.language, pack(file.syntax or Syntax()))])
            elif file.syntax is not None:
                write_syntax(connection, file, file.syntax, number)
                number += len(file.syntax.definitions)
        words = {word for file in kept for word in words_of(file)}
        connection.executemany("INSERT INTO words VALUES (?)", ((word,) for word in sorted(words)))
        connection.execute("COMMIT")


def write_syntax(connection: sqlite3.Connection, file: Parsed, syntax: Syntax, first: int) -> None:
    """The definitions and uses of a file that needs no linking; definitions are numbered from `first`."""
    named = {position: first + position for position, one in enumerate(syntax.definitions) if one.name}
    rows: dict[str, list[Row]] = {"symbols": [], "prototypes": []}
    parameters: list[Row] = []
    searches: list[Row] = []
    path_words = index_words(file.path)
    for position, number in named.items():
        one = syntax.definitions[position]
        parent = named.get(-1 if one.parent is None else one.parent)
        row = symbol_row(file, one, number, parent, f"{one.space}.{one.qualified_name}".lstrip("."))
        rows["prototypes" if one.kind == "prototype" else "symbols"].append(row)
        if one.kind != "prototype":
            parameters += parameter_rows(one, number)
            searches.append(search_row(number, one, path_words))
    uses = (
        use_row(file.path, use, use.name, named.get(-1 if use.scope is None else use.scope), None, is_open(use))
        for use in syntax.uses
    )
    for table, found in (*rows.items(), ("parameters", parameters), ("uses", uses), ("search", searches)):
        insert(connection, table, found)


def is_open(use: Use) -> bool:
    """Whether the name of a use alone says what it means."""
    return use.kind == "call" and bool(use.steps)
