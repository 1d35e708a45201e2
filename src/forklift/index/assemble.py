"""Definitions and uses of all files whose names have to be looked up across files, as symbols and references."""

import sqlite3

from forklift.index.packing import unpack
from forklift.index.parse import Parsed
from forklift.index.resolve import Resolver
from forklift.index.rows import Row, parameter_rows, search_row, symbol_row, use_row
from forklift.index.store import highest_id, insert, remove_symbols
from forklift.index.syntax.model import Definition, Place, Use
from forklift.index.words import index_words

LINKED = "SELECT path FROM syntax"
# manifests say which directory an imported package is
MANIFESTS = "path IN ('go.mod', 'Cargo.toml') OR path LIKE '%/go.mod' OR path LIKE '%/Cargo.toml'"


def unlink(connection: sqlite3.Connection) -> None:
    """Forgets what `link` made."""
    remove_symbols(connection, f"SELECT id FROM symbols WHERE path IN ({LINKED})")
    connection.execute(f"DELETE FROM uses WHERE path IN ({LINKED})")


def link(connection: sqlite3.Connection) -> None:
    """Adds the symbols and references of all files whose syntax is stored."""
    files = linked_files(connection)
    resolver = Resolver(files)
    modules = resolver.modules.name_of | {file.path: package for file in files if (package := package_of(file))}
    ids = number(files, resolver.same, highest_id(connection) + 1)
    connection.execute("BEGIN")
    connection.executemany(
        "UPDATE files SET module = ? WHERE path = ?", ((name, path) for path, name in modules.items())
    )
    for file in files:
        own = [
            (one, ids[file.path, position]) for position, one in enumerate(definitions(file))
            if (file.path, position) in ids and (file.path, position) not in resolver.same
        ]  # fmt: skip
        insert(connection, "symbols", (symbol(file, one, id, ids, modules) for one, id in own))
        insert(connection, "parameters", (row for one, id in own for row in parameter_rows(one, id)))
        path_words = index_words(file.path)
        insert(connection, "search", (search_row(id, one, path_words) for one, id in own))
        insert(connection, "uses", (reference(resolver, file, use, ids) for use in uses(file)))
    connection.execute("COMMIT")


def linked_files(connection: sqlite3.Connection) -> list[Parsed]:
    """Those files, and those that say where packages are, by path."""
    rows = connection.execute("SELECT path, language, packed FROM syntax")
    files = {path: Parsed(path, language=language, syntax=unpack(packed)) for path, language, packed in rows}
    for path, content in connection.execute(f"SELECT path, content FROM files WHERE {MANIFESTS}"):
        files.setdefault(path, Parsed(path)).content = content
    return [files[path] for path in sorted(files)]


def definitions(file: Parsed) -> list[Definition]:
    return file.syntax.definitions if file.syntax else []


def uses(file: Parsed) -> list[Use]:
    return file.syntax.uses if file.syntax else []


def package_of(file: Parsed) -> str:
    return file.syntax.package if file.syntax else ""


def number(files: list[Parsed], same: dict[Place, Place], first: int) -> dict[Place, int]:
    """Ids from `first` for all definitions that are symbols; parts of one thing share an id."""
    places = [
        (file.path, position)
        for file in files
        for position, one in enumerate(definitions(file))
        if one.name and (file.path, position) not in same
    ]
    ids = {place: number for number, place in enumerate(places, start=first)}
    return ids | {place: ids[whole] for place, whole in same.items() if whole in ids}


def symbol(file: Parsed, one: Definition, number: int, ids: dict[Place, int], modules: dict[str, str]) -> Row:
    parent = ids.get(one.home or (file.path, -1 if one.parent is None else one.parent))
    dotted = f"{one.space or modules.get(file.path, '')}.{one.qualified_name}".lstrip(".")
    return symbol_row(file, one, number, parent, dotted)


def reference(resolver: Resolver, file: Parsed, use: Use, ids: dict[Place, int]) -> Row:
    target = resolver.target(file.path, use)
    name = resolver.import_name(file.path, use) if use.kind == "import" else use.name
    scope = None if use.scope is None else ids.get((file.path, use.scope))
    return use_row(file.path, use, name, scope, ids.get(target) if target else None, False)
