"""Definitions and uses of all files as one table of symbols and one of references."""

from dataclasses import replace

from forklift.index.filters import is_test
from forklift.index.parse import Parsed
from forklift.index.rank import ranks
from forklift.index.resolve import Resolver
from forklift.index.syntax.model import Definition, Place, Use
from forklift.records import Reference, Symbol


def assemble(files: list[Parsed]) -> tuple[list[tuple[Symbol, str]], list[Reference], dict[str, str]]:
    """Symbols with their full dotted names, references, and module names by path."""
    resolver = Resolver(files)
    modules = resolver.modules.name_of | {file.path: package for file in files if (package := package_of(file))}
    ids = number(files, resolver.same)
    symbols = [
        symbol(file, position, one, ids) for file in files for position, one in enumerate(definitions(file))
        if (file.path, position) in ids and (file.path, position) not in resolver.same
    ]  # fmt: skip
    spaces = [dotted(file, one, modules) for file in files for position, one in enumerate(definitions(file))
        if (file.path, position) in ids and (file.path, position) not in resolver.same
    ]  # fmt: skip
    references = [reference(resolver, file, use, ids) for file in files for use in uses(file)]
    ranked = [replace(one, rank=rank) for one, rank in zip(symbols, ranks(symbols, references), strict=True)]
    named = list(zip(ranked, spaces, strict=True))
    return named, references, modules


def definitions(file: Parsed) -> list[Definition]:
    return file.syntax.definitions if file.syntax else []


def uses(file: Parsed) -> list[Use]:
    return file.syntax.uses if file.syntax else []


def package_of(file: Parsed) -> str:
    return file.syntax.package if file.syntax else ""


def dotted(file: Parsed, one: Definition, modules: dict[str, str]) -> str:
    """The full dotted name of a definition."""
    return f"{one.space or modules.get(file.path, '')}.{one.qualified_name}".lstrip(".")


def number(files: list[Parsed], same: dict[Place, Place]) -> dict[Place, int]:
    """Ids from 1 for all definitions that are symbols; parts of one thing share an id."""
    places = [
        (file.path, position)
        for file in files
        for position, one in enumerate(definitions(file))
        if one.name and (file.path, position) not in same
    ]
    ids = {place: number for number, place in enumerate(places, start=1)}
    return ids | {place: ids[whole] for place, whole in same.items() if whole in ids}


def symbol(file: Parsed, position: int, one: Definition, ids: dict[Place, int]) -> Symbol:
    return Symbol(
        id=ids[file.path, position],
        name=one.name,
        qualified_name=one.qualified_name,
        kind=one.kind,
        language=file.language,
        path=file.path,
        line=one.line,
        end_line=one.end_line,
        doc=one.doc,
        signature=one.signature,
        parameters=tuple(each for each in one.parameters if each.name),
        returns=one.returns,
        bases=one.bases,
        decorators=one.decorators,
        value=one.value,
        parent_id=ids.get(one.home or (file.path, -1 if one.parent is None else one.parent)),
        is_test=one.is_test or is_test(file.path),
    )


def reference(resolver: Resolver, file: Parsed, use: Use, ids: dict[Place, int]) -> Reference:
    target = resolver.target(file.path, use)
    return Reference(
        kind=use.kind,
        name=resolver.import_name(file.path, use) if use.kind == "import" else use.name,
        path=file.path,
        line=use.line,
        scope_id=None if use.scope is None else ids.get((file.path, use.scope)),
        target_id=ids.get(target) if target else None,
    )
