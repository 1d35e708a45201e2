"""Repository -> index: list, read, link, rank, history. What an earlier index knows of unchanged files is kept."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import Report
from forklift.errors import IndexingError, SourceError
from forklift.index import ctags
from forklift.index.documented import add_documents, documents_in
from forklift.index.git import origin
from forklift.index.headers import plus_headers
from forklift.index.history import History, read_history
from forklift.index.licence import is_telling, licence_of, version_of
from forklift.index.parse import shown
from forklift.index.rank import bring_ranks
from forklift.index.shards import read_shards
from forklift.index.source import Entry, Source, open_source
from forklift.index.store import INDEXES, NO_FACTS, SCHEMA, SCHEMA_VERSION, open_for_writing
from forklift.index.texts import symbols_in, texts_in
from forklift.index.told import add_told
from forklift.index.update import copied, known_from, update
from forklift.workspace import replacing, scratch

MOST_NAMED = 20
FEWEST_WORDS = 20  # of a document
STEPS = 4  # after all files are read, for whoever watches


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What was indexed, and what was left out and why."""

    name: str
    commit: str  # "" without git
    files: int
    symbols: int
    references: int
    left_out: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def build_index(repo: Path, database: Path, config: BuildConfig, report: Report) -> IndexSummary:
    """Indexes the directory or bare clone `repo` into `database`, atomically. Where there is an index already, only
    files that changed are read.

    Raises SourceError when there is nothing to index, IndexingError without ctags or when writing fails.
    """
    ctags.program()
    source = open_source(repo, config)
    source.entries = marked(unique(source.entries))
    try:
        try:
            return write_index(source, repo, database, database, config, report)
        except sqlite3.DatabaseError:  # perhaps the earlier index is damaged
            return write_index(source, repo, database, None, config, report)
    except (sqlite3.Error, OSError) as error:
        raise IndexingError(f"cannot write {database}: {error}; check the free space and permissions") from None


def unique(entries: Sequence[Entry]) -> list[Entry]:
    """The files by path, one per path as it is written down."""
    found = {shown(entry.path): entry for entry in reversed(entries)}
    return [found[path] for path in sorted(found)]


def marked(entries: Sequence[Entry]) -> list[Entry]:
    """The files, headers near C++ marked."""
    plus = plus_headers(entry.path for entry in entries)
    return [replace(entry, is_plus=True) if entry.path in plus else entry for entry in entries]


def write_index(
    source: Source, repo: Path, database: Path, earlier: Path | None, config: BuildConfig, report: Report
) -> IndexSummary:
    """Writes the whole index, starting from an `earlier` one if the same recipe made it."""
    recipe = json.dumps([SCHEMA_VERSION, config.max_file_bytes, config.max_line_bytes])
    known = known_from(earlier, recipe) if earlier else {}
    with replacing(database) as temporary, scratch(database.with_name(f".{database.name}.shards")) as shards:
        fresh = copied(earlier, temporary, source, known) if earlier and known else source.entries
        with closing(open_for_writing(temporary, "" if known else SCHEMA)) as connection:
            read = partial(read_shards, source.root, config, shards, report)
            linked = update(connection, source, known, fresh, read)
            report("finish the index", 0, STEPS)
            bring_ranks(connection, not known)
            report("finish the index", 1, STEPS)
            connection.executescript(INDEXES + NO_FACTS)
            report("finish the index", 2, STEPS)
            left_out = count_left_out(connection, source)
            require_content(repo, connection, left_out)
            history = add_history(connection, source, config, report)
            left_out.update(history.left_out)
            add_told(connection, history.people)
            report("finish the index", 3, STEPS)
            add_meta(connection, source, recipe, left_out)
            add_documents(connection, history.people, linked)
            connection.executescript("PRAGMA analysis_limit=1000; ANALYZE;")
            report("finish the index", STEPS, STEPS)
            return summary_of(connection, source, left_out)


def count_left_out(connection: sqlite3.Connection, source: Source) -> Counter[str]:
    """What is not in the index, or not whole, and why; what could not be read is named in `source`."""
    reasons = Counter(source.left_out)
    for reason, count in connection.execute("SELECT reason, count(*) FROM reads WHERE reason != '' GROUP BY 1"):
        reasons[reason] += count
    (slow,) = connection.execute("SELECT count(*) FROM reads WHERE names_only").fetchone()
    if slow:
        reasons["syntax too slow to read: names only"] = slow
    source.unreadable += [path for (path,) in connection.execute("SELECT path FROM reads WHERE reason = 'unreadable'")]
    return reasons


def require_content(repo: Path, connection: sqlite3.Connection, left_out: Counter[str]) -> None:
    """Raises SourceError, saying what was seen instead, when no file defines anything and none documents."""
    if connection.execute("SELECT 1 FROM symbols LIMIT 1").fetchone():
        return
    if any(len(text.split()) >= FEWEST_WORDS for _, text in texts_in(connection, documents_in(connection))):
        return
    (files,) = connection.execute("SELECT count(*) FROM files").fetchone()
    reasons = [f"{count} {reason}" for reason, count in left_out.most_common()]
    if files:
        reasons.insert(0, f"{files} text without definitions")
    raise SourceError(
        f"{repo} holds no code and no documents: {files + sum(left_out.values())} files seen ({', '.join(reasons)})"
    )


def add_history(connection: sqlite3.Connection, source: Source, config: BuildConfig, report: Report) -> History:
    """What git says of how the symbols came to be."""
    every_name = "SELECT name FROM words UNION SELECT name FROM symbols"
    words = {name for (name,) in connection.execute(every_name)} if source.commit else set[str]()
    history = read_history(source, partial(symbols_in, connection), words, config, report)
    connection.execute("DELETE FROM changes")
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO changes VALUES ({', '.join('?' * 13)})", map(astuple, history.changes))
    connection.execute("COMMIT")
    return history


def add_meta(connection: sqlite3.Connection, source: Source, recipe: str, left_out: Counter[str]) -> None:
    """What the index says of itself."""
    paths = connection.execute("SELECT path FROM files").fetchall()
    texts = dict(texts_in(connection, [path for (path,) in paths if is_telling(path)]))
    (withheld,) = connection.execute("SELECT total(withheld) FROM reads").fetchone()
    meta = {
        "schema": str(SCHEMA_VERSION),
        "recipe": recipe,
        "name": name_of(source.root),
        "commit": source.commit,
        "licence": licence_of(texts),
        "version": version_of(texts),
        "left_out": json.dumps(dict(sorted(left_out.items()))),
        "withheld": str(int(withheld)),
    }
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())


def summary_of(connection: sqlite3.Connection, source: Source, left_out: Counter[str]) -> IndexSummary:
    """What is in the index now."""
    tables = ("files", "symbols", "uses")
    files, symbols, uses = (connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    unreadable = source.unreadable[:MOST_NAMED]
    return IndexSummary(
        name_of(source.root), source.commit, files, symbols, uses, dict(sorted(left_out.items())), unreadable
    )


def name_of(root: Path) -> str:
    """What people call the repository: the last part of its origin, else its directory without a version."""
    url = origin(root) if (root / ".git").exists() or (root / "HEAD").is_file() else ""
    last = re.split(r"[/:]", url.rstrip("/"))[-1] if url else root.name
    return re.sub(r"-\d+(\.\w+)+$", "", last.removesuffix(".git")) or "repository"
