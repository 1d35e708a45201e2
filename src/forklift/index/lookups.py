"""What names mean: the symbols, files, directories and modules that they can be of, and names that are like others."""

import json
import re
from collections import Counter, defaultdict
from functools import cached_property
from heapq import nsmallest
from typing import Any

from forklift.index.store import INNER
from forklift.index.words import cleaned, normal, similarity, spellings, trigrams
from forklift.records import Location, Parameter, Symbol

COLUMNS = (
    "id, name, qualified_name, kind, language, path, line, end_line, doc, signature, parameters, returns, bases, "
    "decorators, value, parent_id, is_test, rank"
)
BEST_FIRST = f"ORDER BY is_test, {INNER}, rank DESC, path, id"
CANDIDATES = 60
MOST_NAMES = 200_000  # that others are compared to
COMPARED = """
SELECT name FROM (
    SELECT name FROM symbols
    LEFT JOIN (SELECT name, count(*) AS calls FROM uses WHERE is_open GROUP BY name) USING (name)
    GROUP BY name ORDER BY max(calls) DESC, max(rank) DESC, name LIMIT ?
) ORDER BY name
"""
"""The names that most is called by, then the most central ones."""
MOST_SHARED = 8_000  # pieces that they share with a name, the rarest first
FEW = 1_000  # names that share a piece; of more those with a single one are left aside
LONGEST_NAME = 300
PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*")


class NameLookups:
    """What an index answers about names."""

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def find(self, name: str, limit: int = -1, path: str = "") -> list[Symbol]:
        """The symbols that `name` can mean: a name, a qualified name, the end of a dotted one, a name imported into
        a package ("flask.Flask"), a member that a class inherits. Best first; at most `limit`, all when it is -1.

        `path`: only those in files whose path is this or ends so.
        """
        name, tail = normal(name), f"/{path.removeprefix('./')}" if path else ""
        there = ("AND substr('/' || path, ?) = ?", -len(tail), tail) if path else ()
        if found := self._named(name, limit, *there):
            return found
        found = [one for one in self._through(name) if f"/{one.path}".endswith(tail)]
        return found if limit < 0 else found[:limit]

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

    def is_parameter(self, name: str) -> bool:
        """Whether a function has a parameter of this name."""
        return bool(self._rows("SELECT 1 FROM parameters WHERE name = ? LIMIT 1", name))

    def closest(self, name: str, limit: int = 3) -> list[Symbol]:
        """The symbols with the names most like `name`, nearest first, one per name."""
        wanted = normal(cleaned(name)).rpartition(".")[2]
        pieces = trigrams(wanted)
        shared: Counter[str] = Counter()
        for piece in sorted(pieces, key=lambda piece: (len(self._by_trigram.get(piece, ())), piece)):
            if shared.total() < MOST_SHARED:
                shared.update(self._by_trigram.get(piece, ()))
        several = [found for found, count in shared.items() if count > 1] if len(shared) > FEW else shared
        likely = nsmallest(CANDIDATES, several, key=lambda found: (-shared[found] / (len(pieces) + len(found)), found))
        scored = [(-similarity(wanted, found), found) for found in likely if found != wanted]
        best = f"WHERE name = ? {BEST_FIRST} LIMIT 1"
        return [one for _, found in sorted(scored)[:limit] for one in self._symbols(best, found)]

    # inside

    def _named(self, name: str, limit: int, more: str = "", *values: object) -> list[Symbol]:
        """Symbols by name or by the end of their dotted name, with one `more` condition; names of absurd length are
        nobody's."""
        if not name or len(name) > LONGEST_NAME:
            return []
        if "." not in name:
            return self._symbols(f"WHERE name = ? {more} {BEST_FIRST} LIMIT ?", name, *values, limit)
        tail = f".{name}"
        condition = f"WHERE name IN (?, ?) AND substr('.' || dotted, ?) = ? {more} {BEST_FIRST} LIMIT ?"
        return self._symbols(condition, name.rpartition(".")[2], name, -len(tail), tail, *values, limit)

    def _through(self, name: str) -> list[Symbol]:
        """What a dotted name means by way of a module's imports or a class's bases."""
        owner, _, last = name.rpartition(".")
        if not owner or len(name) > LONGEST_NAME:
            return []
        module = self._modules.get(owner)
        if module and (imported := self._imported(module[1], last)):
            return imported
        return [member for one in self._classes(owner) for member in self._inherited(one.id, last)]

    def _classes(self, name: str) -> list[Symbol]:
        """The class that `name` means best, if any."""
        if self._named(name, 1):
            return self._named(name, 1, "AND kind = 'class'")
        return [one for one in self._through(name) if one.kind == "class"][:1]

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
        return owner in self._modules or bool(self._classes(owner))

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
        for (name,) in self._rows(COMPARED, MOST_NAMES):
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
