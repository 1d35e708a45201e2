"""Reading an index: everything that the layers above ask of a repository."""

import json
import re
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from forklift.errors import IndexingError
from forklift.index.search import FACT_QUERY, QUERY, SCORED, STATEMENT, Statement, any_word, match_expression
from forklift.index.sections import SectionLookups
from forklift.index.store import APPLICATION_ID, SCHEMA_VERSION
from forklift.index.words import cleaned, code_mentions, normal, similarity, spellings, trigrams
from forklift.records import Change, File, Location, Notice, Parameter, Reference, Symbol

COLUMNS = (
    "id, name, qualified_name, kind, language, path, line, end_line, doc, signature, parameters, returns, bases, "
    "decorators, value, parent_id, is_test, rank"
)
ALL_FACTS = f"SELECT {STATEMENT} FROM facts WHERE"
BEST_FIRST = "ORDER BY is_test, parent_id IS NOT NULL AND kind IN ('variable', 'member'), rank DESC, path, id"
CANDIDATES = 60
LONGEST_NAME = 300
PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*")


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


class Index(SectionLookups):
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

    # names

    def find(self, name: str) -> list[Symbol]:
        """The symbols that `name` can mean: a name, a qualified name, the end of a dotted one, a name imported into
        a package ("flask.Flask"), a member that a class inherits. Best first."""
        name = normal(name)
        return self._named(name) or self._through(name)

    def locate(self, mention: str) -> Location | None:
        """Where something that an answer mentions lives: a path, symbol, module, directory or parameter.

        None when it does not exist here. Backticks, calls and line numbers around the name are ignored.
        """
        return next(filter(None, map(self._place, spellings(mention))), None)

    def short_path(self, path: str) -> str:
        """The shortest end of a file's path that no other file's path ends with."""
        ends = path.split("/")
        short = (("/".join(ends[start:])) for start in range(len(ends) - 1, -1, -1))
        return next((end for end in short if self._ends[end] == 1), path)

    def knows(self, mention: str) -> bool:
        """Whether the repository has or uses this name anywhere. Of a dotted name that starts at something unknown,
        such as a local variable, each part has to be known."""
        names = [normal(name) for name in spellings(mention)]
        if not self._names.isdisjoint(names):
            return True
        name = names[-1]
        owner, _, last = name.rpartition(".")
        if last.isidentifier() and last not in self._names and "/" not in mention and len(names) == 1:
            return name in self._modules  # whatever else has a place ends in one of the names
        if self.locate(mention) is not None:
            return True
        return bool(owner) and not self._owns(owner) and all(part in self._names for part in name.split("."))

    def names(self) -> frozenset[str]:
        """Every name there is: symbols, parameters, identifiers used in code, files, directories, modules."""
        return self._names

    def closest(self, name: str, limit: int = 3) -> list[Symbol]:
        """The symbols with the names most like `name`, nearest first, one per name."""
        wanted = normal(cleaned(name)).rpartition(".")[2]
        pieces = trigrams(wanted)
        shared = Counter(found for piece in pieces for found in self._by_trigram.get(piece, ()))
        likely = sorted(shared, key=lambda found: (-shared[found] / (len(pieces) + len(found)), found))
        scored = [(-similarity(wanted, found), found) for found in likely[:CANDIDATES] if found != wanted]
        best = f"WHERE name = ? {BEST_FIRST} LIMIT 1"
        return [one for _, found in sorted(scored)[:limit] for one in self._symbols(best, found)]

    def search(self, query: str, limit: int) -> list[Symbol]:
        """The symbols that a user's words speak of, best first: exact names, then BM25."""
        exact = [one.id for name in code_mentions(query) for one in self.find(name)[:limit]]
        words = match_expression(query)
        matched = [row[0] for row in self._rows(QUERY, words, max(limit, 0))] if words else []
        found = list(dict.fromkeys([*exact, *matched]))[: max(limit, 0)]
        rows = {one.id: one for one in self._symbols(f"WHERE id IN ({', '.join('?' * len(found))})", *found)}
        return [rows[one] for one in found]

    def scored(self, words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """Ids of the symbols that any of `words` finds, tests apart, each with its weight (BM25 and rank)."""
        match = any_word(words)
        return [(one, -score) for one, score in self._rows(SCORED, match, max(limit, 0))] if match else []

    # facts

    def search_facts(self, query: str, limit: int) -> list[Statement]:
        """The facts whose sentences speak of a user's words, best first (BM25); [] when no facts are stored."""
        words = match_expression(query)
        return [Statement(*row) for row in self._rows(FACT_QUERY, words, max(limit, 0))] if words else []

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

    def _named(self, name: str, limit: int = -1) -> list[Symbol]:
        """Symbols by name or by the end of their dotted name; names of absurd length are nobody's."""
        if not name or len(name) > LONGEST_NAME:
            return []
        if "." not in name:
            return self._symbols(f"WHERE name = ? {BEST_FIRST} LIMIT ?", name, limit)
        tail = f".{name}"
        condition = f"WHERE name IN (?, ?) AND substr('.' || dotted, ?) = ? {BEST_FIRST} LIMIT ?"
        return self._symbols(condition, name.rpartition(".")[2], name, -len(tail), tail, limit)

    def _through(self, name: str) -> list[Symbol]:
        """What a dotted name means by way of a module's imports or a class's bases."""
        owner, _, last = name.rpartition(".")
        if not owner or len(name) > LONGEST_NAME:
            return []
        module = self._modules.get(owner)
        if module and (imported := self._imported(module[1], last)):
            return imported
        classes = [one for one in self.find(owner) if one.kind == "class"]
        return [member for one in classes[:1] for member in self._inherited(one.id, last)]

    def _imported(self, path: str, name: str) -> list[Symbol]:
        """The symbol that the module at `path` imports by `name`."""
        targets = "SELECT target_id FROM uses WHERE path = ? AND kind = 'import' AND target_id IS NOT NULL"
        return self._symbols(f"WHERE name = ? AND id IN ({targets}) {BEST_FIRST} LIMIT 1", name, path)

    def _inherited(self, owner: int, name: str) -> list[Symbol]:
        """The member `name` of the nearest base of the class with the id `owner`, or of itself."""
        seen, waiting = set(), [owner]
        while waiting:
            one = waiting.pop(0)
            found = self._symbols("WHERE parent_id = ? AND name = ?", one, name)
            if found:
                return found
            seen.add(one)
            bases = self._rows("SELECT target_id FROM uses WHERE scope_id = ? AND kind = 'inherit' ORDER BY rowid", one)
            waiting += [base for (base,) in bases if base is not None and base not in seen]
        return []

    def _owns(self, owner: str) -> bool:
        """Whether `owner` is a class or module of this repository, whose members are all known."""
        return owner in self._modules or any(one.kind == "class" for one in self.find(owner))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexingError(f"the index is damaged ({error}): delete it and build again") from None

    def _symbols(self, condition: str, *values: object) -> list[Symbol]:
        return [symbol_of(row) for row in self._rows(f"SELECT {COLUMNS} FROM symbols {condition}", *values)]

    @cached_property
    def _names(self) -> frozenset[str]:
        found = {row[0] for row in self._rows("SELECT name FROM words")}
        for name, qualified in self._rows("SELECT name, qualified_name FROM symbols"):
            found.update((name, qualified, name.removesuffix("=")))  # `name=` of Ruby is written `one.name = 1`
        found.update(row[0] for row in self._rows("SELECT DISTINCT name FROM parameters"))
        for path, module in self._rows("SELECT path, module FROM files"):
            base = path.rpartition("/")[2]
            found.update((path, base, base.partition(".")[0] or base, base.rpartition(".")[0] or base))
            found.update(parts_of(module, "."))
        for (used,) in self._rows("SELECT DISTINCT name FROM uses"):
            if PLAIN_NAME.fullmatch(used):
                found.update(parts_of(used, ".") if len(used) < LONGEST_NAME else ())
        found.update(self._directories)
        found.update(name.rpartition("/")[2] for name in self._directories)
        return frozenset(found) - {""}

    @cached_property
    def _former(self) -> frozenset[str]:
        query = "SELECT iif(kind = 'removed', name, before) FROM changes WHERE kind IN ('removed', 'renamed')"
        return frozenset(row[0].rpartition(".")[2] for row in self._rows(query))

    @cached_property
    def _suffixes(self) -> dict[str, str]:
        """Every end of every path -> the shortest path that ends so."""
        paths = sorted((row[0] for row in self._rows("SELECT path FROM files")), key=lambda p: (p.count("/"), p))
        return ends_of(paths)

    @cached_property
    def _ends(self) -> Counter[str]:
        """How many paths have each end."""
        paths = [row[0].split("/") for row in self._rows("SELECT path FROM files")]
        return Counter("/".join(parts[start:]) for parts in paths for start in range(len(parts)))

    @cached_property
    def _directories(self) -> dict[str, str]:
        """Every directory, by each end of its path."""
        paths = {row[0] for row in self._rows("SELECT path FROM files")}
        directories = {above for path in paths for above in parts_of(path.rpartition("/")[0], "/")} - {""}
        return ends_of(sorted(directories, key=lambda p: (p.count("/"), p)))

    @cached_property
    def _modules(self) -> dict[str, tuple[str, str]]:
        """Every end of every dotted module name -> (its name, its path)."""
        rows = self._rows("SELECT module, path FROM files WHERE module != '' ORDER BY is_test, length(module), module")
        found: dict[str, tuple[str, str]] = {}
        for module, path in rows:
            parts = module.split(".")
            for start in range(len(parts)):
                found.setdefault(".".join(parts[start:]), (module, path))
        return found

    @cached_property
    def _by_trigram(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for (name,) in self._rows("SELECT DISTINCT name FROM symbols ORDER BY name"):
            for piece in trigrams(name):
                found[piece].append(name)
        return found

    def _place(self, name: str) -> Location | None:
        """Where what is called exactly so lives."""
        path = self._path(name)
        if path and ("/" in name or "." in name):
            return Location(path, "file", path, 1)
        if "/" in name:
            return self._directory(name)
        plain = normal(name)
        found = self._named(plain, 1) or self._through(plain)
        if found:
            return Location(found[0].qualified_name, found[0].kind, found[0].path, found[0].line)
        return self._module(name) or self._file(path) or self._directory(name) or self._parameter(name)

    def _path(self, name: str) -> str | None:
        return self._suffixes.get(name.removeprefix("./").lstrip("/"))

    def _file(self, path: str | None) -> Location | None:
        return Location(path, "file", path, 1) if path else None

    def _directory(self, name: str) -> Location | None:
        name = name.removeprefix("./").strip("/")
        path = self._directories.get(name) or self._directories.get(name.replace(".", "/"))
        return Location(path, "directory", path, 1) if path else None

    def _module(self, name: str) -> Location | None:
        found = self._modules.get(name)
        return Location(found[0], "module", found[1], 1) if found else None

    def _parameter(self, name: str) -> Location | None:
        found = self._symbols(
            f"WHERE id IN (SELECT symbol_id FROM parameters WHERE name = ?) {BEST_FIRST} LIMIT 1", name.lstrip("*")
        )
        return Location(name, "parameter", found[0].path, found[0].line) if found else None


def symbol_of(row: tuple[Any, ...]) -> Symbol:
    """A row of COLUMNS as a Symbol."""
    values = list(row)
    for column in (10, 12, 13):
        values[column] = () if values[column] == "[]" else tuple(json.loads(values[column]))
    values[10] = tuple(Parameter(*parts) for parts in values[10])
    values[16] = bool(values[16])
    return Symbol(*values)


def ends_of(paths: list[str]) -> dict[str, str]:
    """Each end of each path -> the first path that ends so."""
    found: dict[str, str] = {}
    for path in paths:
        parts = path.split("/")
        for start in range(len(parts)):
            found.setdefault("/".join(parts[start:]), path)
    return found


def parts_of(name: str, separator: str) -> list[str]:
    """ "a.b.c" as a, a.b, a.b.c."""
    parts = name.split(separator)
    return [separator.join(parts[: end + 1]) for end in range(len(parts))]
