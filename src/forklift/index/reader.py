"""Reading an index: everything that the layers above ask of a repository."""

import sqlite3
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from forklift.errors import IndexingError
from forklift.index.lookups import NameLookups
from forklift.index.search import FACTS, STATEMENT, SYMBOLS, UNTESTED, Statement
from forklift.index.sections import SectionLookups
from forklift.index.store import APPLICATION_ID, SCHEMA_VERSION
from forklift.index.words import code_mentions, normal, spellings
from forklift.records import Change, File, Notice, Reference, Symbol

ALL_FACTS = f"SELECT {STATEMENT} FROM facts WHERE"


def open_index(path: Path) -> "Index":
    """Opens the index at `path` for reading. Raises IndexingError when it is missing, damaged or not ours."""
    if not path.is_file():
        raise IndexingError(f"{path} is missing: run 'forklift build' to make it")
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    try:
        fault = fault_of(connection) or ("truncated" if is_cut(path) else "")
        meta = {} if fault else dict(connection.execute("SELECT key, value FROM meta"))
    except sqlite3.Error as error:
        fault = f"damaged ({error})"
    if fault:
        connection.close()
        raise IndexingError(f"{path} is {fault}: delete it and build again")
    return Index(connection, meta)


def fault_of(connection: sqlite3.Connection) -> str:
    """What is wrong with a database, "" for nothing. Raises sqlite3.Error when it is damaged or none at all."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return "no index of ForkLift"
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return "" if version == SCHEMA_VERSION else f"of another version ({version}, here {SCHEMA_VERSION})"


def is_cut(database: Path) -> bool:
    """Whether the file is shorter than its header says: SQLite notices only when it reads the missing part."""
    with database.open("rb") as file:
        header = file.read(100)
    page_bytes, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    return database.stat().st_size < (65_536 if page_bytes == 1 else page_bytes) * pages


class Index(NameLookups, SectionLookups):
    """One commit's files, symbols and references. Read-only; usable from several threads; a context manager."""

    def __init__(self, connection: sqlite3.Connection, meta: dict[str, str]) -> None:
        self._connection = connection
        self.meta = meta

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # everything

    def files(self) -> list[File]:
        """All files, by path."""
        rows = self._rows("SELECT path, language, size_bytes, lines, doc, is_test FROM files ORDER BY path")
        return [File(path, lang, size, lines, doc, bool(test)) for path, lang, size, lines, doc, test in rows]

    def symbols(self) -> list[Symbol]:
        """All symbols, by path and line."""
        return self._symbols("ORDER BY path, id")

    def symbol(self, symbol_id: int) -> Symbol:
        """The symbol with that id. Raises IndexingError when there is none."""
        found = self._symbols("WHERE id = ?", symbol_id)
        if not found:
            raise IndexingError(f"the index has no symbol {symbol_id}: delete it and build again")
        return found[0]

    def references(self) -> list[Reference]:
        """All uses of names, by path and line."""
        query = "SELECT kind, name, path, line, scope_id, target_id, is_deferred FROM uses ORDER BY path, rowid"
        return [Reference(*(*row[:-1], bool(row[-1]))) for row in self._rows(query)]

    def modules(self) -> dict[str, str]:
        """Path -> dotted module name, for the files that can be imported by one."""
        return dict(self._rows("SELECT path, module FROM files WHERE module != '' ORDER BY path"))

    def imports(self) -> frozenset[str]:
        """The dotted names that files import, of this repository and of others."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT name FROM uses WHERE kind = 'import'"))

    def lines(self, path: str, first: int, last: int) -> list[str]:
        """Source lines `first` to `last`, 1-based and inclusive, without line ends; [] for an unknown path."""
        rows = self._rows("SELECT content FROM files WHERE path = ?", path)
        if not rows:
            return []
        text = zlib.decompress(rows[0][0]).decode("utf-8")
        return [line.removesuffix("\r") for line in text.split("\n")[max(first, 1) - 1 : max(last, 0)]]

    def search(self, query: str, limit: int) -> list[Symbol]:
        """The symbols that a user's words speak of, best first: exact names, then BM25."""
        exact = [one.id for name in code_mentions(query) for one in self.find(name, limit)]
        found = list(dict.fromkeys([*exact, *self._found(SYMBOLS, query, limit)]))[: max(limit, 0)]
        rows = {one.id: one for one in self._symbols(f"WHERE id IN ({', '.join('?' * len(found))})", *found)}
        return [rows[one] for one in found]

    def scored(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Ids of the symbols that any of `words` finds, tests apart, each with its weight (BM25 and rank)."""
        return self._scored(UNTESTED, words, limit)

    # facts

    def search_facts(self, query: str, limit: int) -> list[Statement]:
        """The facts whose sentences speak of a user's words, best first (BM25); [] when no facts are stored."""
        found = self._found(FACTS, query, limit)
        rows = self._rows(f"SELECT id, {STATEMENT} FROM facts WHERE id IN ({', '.join('?' * len(found))})", *found)
        told = {number: Statement(*row) for number, *row in rows}
        return [told[number] for number in found]

    def facts_of(self, symbol_id: int) -> list[Statement]:
        """Every fact about a symbol."""
        return [Statement(*r) for r in self._rows(f"{ALL_FACTS} symbol_id = ? ORDER BY id", symbol_id)]

    def facts_about(self, subject: str) -> list[Statement]:
        """Every fact about what is no symbol: a path, a parameter's name."""
        query = f"{ALL_FACTS} subject = ? AND symbol_id IS NULL ORDER BY id"
        return [Statement(*row) for row in self._rows(query, subject)]

    # history

    def changes(self) -> list[Change]:
        """All changes of symbols that commits made, newest first."""
        return self._changes("ORDER BY rowid")

    def changes_of(self, symbol_id: int) -> list[Change]:
        """The changes of one symbol, newest first, through renames and moves."""
        return self._changes("WHERE symbol_id = ? ORDER BY rowid", symbol_id)

    def changes_in(self, commit: str) -> list[Change]:
        """What the commit whose id starts with `commit` did to symbols."""
        return self._changes("WHERE substr(commit_id, 1, ?) = ? ORDER BY rowid", len(commit), commit)

    def removed(self, name: str) -> list[Change]:
        """Where a definition went that is no more: by its name or the end of its qualified one, newest first."""
        tail = f".{normal(name)}"
        return self._changes("WHERE kind = 'removed' AND substr('.' || name, ?) = ? ORDER BY rowid", -len(tail), tail)

    def was(self, mention: str) -> bool:
        """Whether a definition had this name, or the last part of its name, before it was renamed or removed."""
        return any(normal(name).rpartition(".")[2] in self._former for name in spellings(mention))

    def notices(self) -> list[Notice]:
        """What documentation, code and change logs say about changes of symbols."""
        return [Notice(*row) for row in self._rows("SELECT * FROM notices ORDER BY rowid")]

    def notices_of(self, symbol_id: int) -> list[Notice]:
        """What they say about one symbol."""
        return [
            Notice(*row) for row in self._rows("SELECT * FROM notices WHERE symbol_id = ? ORDER BY rowid", symbol_id)
        ]

    # inside

    def _changes(self, condition: str, *values: object) -> list[Change]:
        rows = self._rows(f"SELECT * FROM changes {condition}", *values)
        return [Change(*(*row[:-1], bool(row[-1]))) for row in rows]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexingError(f"the index is damaged ({error}): delete it and build again") from None

    @cached_property
    def _former(self) -> frozenset[str]:
        query = "SELECT iif(kind = 'removed', name, before) FROM changes WHERE kind IN ('removed', 'renamed')"
        return frozenset(row[0].rpartition(".")[2] for row in self._rows(query))
