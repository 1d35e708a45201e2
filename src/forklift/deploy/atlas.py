"""The repository as a map to walk: directories, files, symbols, and what leads from one symbol to others."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from forklift.deploy.lookup import Calls, Lookup, NotHereError, Place, place
from forklift.deploy.protocol import ApiError
from forklift.index import Index, first_sentence
from forklift.records import File, Symbol

MOST_LISTED = 60  # calls, members, changes of one symbol
MOST_FOUND = 30
MOST_ENTRIES = 2_000  # of one directory or file
CENTRAL = 8
DOC_CHARS = 1_500


def atlas_routes(index: Index) -> APIRouter:
    """/api/map, /api/symbol and /api/find. No request reaches the file system: all is read from the index."""
    router = APIRouter()
    atlas = Atlas(index)

    @router.get("/api/map")
    async def show_place(path: str = "") -> dict[str, Any]:
        return await run_in_threadpool(atlas.show, path)

    @router.get("/api/symbol")
    async def show_symbol(name: str, path: str = "") -> dict[str, Any]:
        return await run_in_threadpool(atlas.symbol, name, path)

    @router.get("/api/find")
    async def find(query: str) -> dict[str, Any]:
        return await run_in_threadpool(atlas.find, query)

    return router


class Atlas:
    """Reads the index once, when it is first asked; usable from several threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lookup = Lookup(index)
        self._reading = threading.Lock()

    def show(self, path: str) -> dict[str, Any]:
        """A directory ("" is the root) or a file. Raises ApiError (404)."""
        self._read()
        if path in self._files:
            return self._file(self._files[path])
        if path in self._below:
            return self._directory(path)
        raise ApiError(404, f"no {path!r} in this repository", code="not_found")

    def symbol(self, name: str, path: str) -> dict[str, Any]:
        """A symbol with its neighbours. Raises ApiError (404)."""
        self._read()
        try:
            one, others = self._lookup.resolve(name, path)
            called, calls = (
                ask(one.qualified_name, one.path, MOST_LISTED) for ask in (self._lookup.callers, self._lookup.callees)
            )
        except NotHereError as error:
            raise ApiError(404, str(error), code="not_found") from None
        members = sorted((self._symbols[m] for m in self._lookup.graph.members.get(one.id, ())), key=_line)
        above = self._symbols.get(one.parent_id) if one.parent_id is not None else None
        return {
            **_entry(one),
            "end_line": one.end_line,
            "signature": one.signature + (f" -> {one.returns}" if one.returns else ""),
            "doc": _cut(one.doc),
            "value": one.value,
            "decorators": one.decorators,
            "bases": one.bases,
            "inside": _entry(above) if above else None,
            "members": [_entry(m) for m in members[:MOST_LISTED]],
            "bases_here": self._neighbours(self._bases[one.id]),
            "subclasses": self._neighbours(self._subclasses[one.id]),
            "callers": _calls(called),
            "callees": _calls(calls),
            "others": [_place(place(other)) for other in others[:CENTRAL]],
            "changes": self._changes(one),
        }

    def find(self, query: str) -> dict[str, Any]:
        """Files, directories and symbols for what somebody typed, best first."""
        self._read()
        words = query.strip().lower()
        if not words:
            return {"query": query, "paths": [], "symbols": []}
        paths = [path for path in (*self._below, *self._files) if words in path.lower()]
        near = sorted(paths, key=lambda path: (words not in path.rpartition("/")[2].lower(), len(path), path))
        found = self._lookup.find_symbol(query, MOST_FOUND)
        symbols = [_place(one) for one in (*found.matches, *found.closest)]
        return {"query": query, "paths": near[:CENTRAL], "symbols": symbols, "exact": found.exact}

    def _read(self) -> None:
        """Cached properties may be computed twice by two threads: once is enough."""
        with self._reading:
            _ = self._lookup.graph, self._bases

    @property
    def _symbols(self) -> Any:
        return self._lookup.graph.symbols

    @cached_property
    def _files(self) -> dict[str, File]:
        return {file.path: file for file in self._index.files()}

    @cached_property
    def _outlines(self) -> dict[str, list[Symbol]]:
        found = defaultdict(list)
        for one in self._symbols.values():
            found[one.path].append(one)
        return found

    @cached_property
    def _below(self) -> dict[str, Counter[str]]:
        """Every directory -> how many files stand below each of its subdirectories."""
        below: dict[str, Counter[str]] = {"": Counter()}
        for path in self._files:
            parts = path.split("/")[:-1]
            for depth, name in enumerate(parts):
                below["/".join(parts[:depth])][name] += 1
                below.setdefault("/".join(parts[: depth + 1]), Counter())
        return below

    @cached_property
    def _family(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        bases, subclasses = defaultdict(list), defaultdict(list)
        for use in self._index.references():
            if use.kind == "inherit" and use.scope_id is not None and use.target_id is not None:
                bases[use.scope_id].append(use.target_id)
                subclasses[use.target_id].append(use.scope_id)
        return bases, subclasses

    @property
    def _bases(self) -> dict[int, list[int]]:
        return self._family[0]

    @property
    def _subclasses(self) -> dict[int, list[int]]:
        return self._family[1]

    def _directory(self, path: str) -> dict[str, Any]:
        inside = f"{path}/" if path else ""
        here = [file for file in self._files.values() if file.path.rpartition("/")[0] == path]
        symbols = [one for file, held in self._outlines.items() if file.startswith(inside) for one in held]
        return {
            "kind": "directory",
            "path": path,
            "directories": [
                {"path": f"{inside}{name}", "files": files} for name, files in sorted(self._below[path].items())
            ],
            "files": [
                {
                    "path": file.path,
                    "language": file.language,
                    "lines": file.lines,
                    "symbols": len(self._outlines.get(file.path, ())),
                    "doc": first_sentence(file.doc),
                }
                for file in here[:MOST_ENTRIES]
            ],
            "central": [_entry(one) for one in _most_central(symbols)],
        }

    def _file(self, file: File) -> dict[str, Any]:
        outline = sorted(self._outlines.get(file.path, ()), key=_line)
        return {
            "kind": "file",
            "path": file.path,
            "language": file.language,
            "lines": file.lines,
            "doc": _cut(file.doc),
            "symbols": [{**_entry(one), "depth": self._depth(one)} for one in outline[:MOST_ENTRIES]],
        }

    def _depth(self, one: Symbol) -> int:
        depth = 0
        while one.parent_id is not None and one.parent_id in self._symbols and depth < 8:
            one, depth = self._symbols[one.parent_id], depth + 1
        return depth

    def _neighbours(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        return [_entry(self._symbols[one]) for one in list(dict.fromkeys(ids))[:MOST_LISTED]]

    def _changes(self, one: Symbol) -> list[dict[str, str]]:
        changes = self._index.changes_of(one.id)[:CENTRAL]
        return [{"kind": c.kind, "date": c.date, "commit": c.commit[:10], "subject": c.subject} for c in changes]


def _line(one: Symbol) -> int:
    return one.line


def _most_central(symbols: Iterable[Symbol]) -> list[Symbol]:
    asked = [one for one in symbols if not one.is_test and one.kind not in ("variable", "member", "import")]
    return sorted(asked, key=lambda one: (-one.rank, one.id))[:CENTRAL]


def _entry(one: Symbol) -> dict[str, Any]:
    return {
        "name": one.qualified_name,
        "kind": one.kind,
        "path": one.path,
        "line": one.line,
        "doc": first_sentence(one.doc),
    }


def _place(one: Place) -> dict[str, Any]:
    path, _, line = one.at.rpartition(":")
    return {"name": one.name, "kind": one.kind, "path": path, "line": int(line)}


def _calls(calls: Calls) -> dict[str, Any]:
    """One entry per symbol at the other end, with the first place of a call and how many there are."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for call in calls.calls:
        path = call.at.rpartition(":")[0]
        other = _place(call.symbol) if call.symbol else _file_level(path)
        known = merged.setdefault((other["name"], other["path"]), {**other, "at": call.at, "calls": 0})
        known["calls"] += 1
    return {"list": list(merged.values()), "total": calls.total, "unresolved": calls.unresolved_total}


def _file_level(path: str) -> dict[str, Any]:
    return {"name": "", "kind": "file", "path": path, "line": 1}


def _cut(doc: str) -> str:
    return doc if len(doc) <= DOC_CHARS else doc[: DOC_CHARS - 3] + "..."
