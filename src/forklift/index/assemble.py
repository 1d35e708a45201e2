"""Definitions and uses of all files as one table of symbols and one of references."""

from collections import defaultdict
from dataclasses import replace

from forklift.index.filters import is_test
from forklift.index.parse import Parsed
from forklift.index.rank import ranks
from forklift.index.resolve import Place, Resolver
from forklift.index.syntax.model import Definition, Use
from forklift.records import Reference, Symbol


def assemble(files: list[Parsed]) -> tuple[list[tuple[Symbol, str]], list[Reference], dict[str, str]]:
    """Symbols with their full dotted names, references, and module names by path."""
    settle_prototypes(files)
    resolver = Resolver(files)
    modules = resolver.modules.name_of
    ids = number(files)
    symbols = [
        symbol(file, position, one, ids) for file in files for position, one in enumerate(definitions(file))
        if (file.path, position) in ids
    ]  # fmt: skip
    references = [reference(resolver, file, use, ids) for file in files for use in uses(file)]
    ranked = [replace(one, rank=rank) for one, rank in zip(symbols, ranks(symbols, references), strict=True)]
    named = [(one, f"{modules.get(one.path, '')}.{one.qualified_name}".lstrip(".")) for one in ranked]
    return named, references, modules


def definitions(file: Parsed) -> list[Definition]:
    return file.syntax.definitions if file.syntax else []


def uses(file: Parsed) -> list[Use]:
    return file.syntax.uses if file.syntax else []


def number(files: list[Parsed]) -> dict[Place, int]:
    """Ids from 1 for all definitions that are symbols."""
    places = [
        (file.path, position)
        for file in files
        for position, one in enumerate(definitions(file))
        if one.kind != "prototype" and one.name
    ]
    return {place: number for number, place in enumerate(places, start=1)}


def settle_prototypes(files: list[Parsed]) -> None:
    """A C prototype is a symbol only where the function is defined elsewhere; its comment goes to the definition."""
    defined: dict[str, list[Definition]] = defaultdict(list)
    for file in files:
        for one in definitions(file):
            if one.kind in ("function", "macro") and file.language == "c":
                defined[one.name].append(one)
    for file in files:
        for position, one in enumerate(definitions(file)):
            if one.kind != "prototype":
                continue
            known = defined[one.name]
            for function in known:
                function.doc = function.doc or one.doc
            if not known and file.syntax is not None:
                one.kind = "function"
                file.syntax.bindings.setdefault(one.name, (("def", str(position)),))
                defined[one.name].append(one)


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
        parameters=one.parameters,
        returns=one.returns,
        bases=one.bases,
        decorators=one.decorators,
        value=one.value,
        parent_id=None if one.parent is None else ids.get((file.path, one.parent)),
        is_test=is_test(file.path),
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
