"""What stands in several files and is one thing: a type and the members defined apart from it, a function and its
prototype, the parts of a reopened type or namespace. Runs before anything is resolved."""

import re
from collections import defaultdict
from collections.abc import Iterator

from forklift.index.filters import is_test
from forklift.index.parse import Parsed
from forklift.index.spaces import Units, family
from forklift.index.syntax import GRAMMARS
from forklift.index.syntax.model import Definition, Place

TYPES = frozenset({"class", "struct", "union", "enum", "interface", "trait", "module"})
DEFINED = frozenset({"function", "method", "macro"})
Found = tuple[Place, Definition]


def settle(files: list[Parsed], units: Units) -> dict[Place, Place]:
    """Joins what belongs together. Gives, for definitions that are no symbol of their own, the one they are part of."""
    adopt(files, units)
    same = one_of_parts(files, units)
    return same | one_of_prototypes(files, units)


def definitions(files: list[Parsed]) -> Iterator[tuple[Parsed, Place, Definition]]:
    for file in files:
        for position, one in enumerate(file.syntax.definitions if file.syntax else ()):
            yield file, (file.path, position), one


# members apart from their types


def adopt(files: list[Parsed], units: Units) -> None:
    """Members that name their type find it in other files: C++ `A::b`, Go receivers, Rust impl blocks, Ruby A::B."""
    types: dict[tuple[str, str], list[Found]] = defaultdict(list)
    spaces: set[tuple[str, str]] = set()
    for file, place, one in definitions(files):
        if one.kind in TYPES or one.kind == "typedef":
            types[family(file), units.dotted(file, one)].append((place, one))
        elif one.kind == "namespace":
            spaces.add((family(file), units.dotted(file, one)))
    for file, _, one in definitions(files):
        if not one.owner or family(file) == "js":
            continue
        lexical = one.qualified_name.removesuffix(f".{one.name}")
        for full in (*outwards(units.of(file, one), lexical), *other_modules(file, one, units, types)):
            found = types.get((family(file), full), [])
            if len(found) == 1:
                one.home = found[0][0]
                one.qualified_name = f"{found[0][1].qualified_name}.{one.name}"
                one.space = found[0][1].space
                break
            if (family(file), full) in spaces:
                one.space, one.qualified_name, one.owner = full, one.name, ""
                one.kind = "function" if one.kind == "method" else one.kind
                break


def outwards(space: str, name: str) -> Iterator[str]:
    """`name` as seen from inside `space`: space.name, the space around it.name, name."""
    while space:
        yield f"{space}.{name}"
        space = space.rpartition(".")[0]
    yield name


def other_modules(file: Parsed, one: Definition, units: Units, types: dict[tuple[str, str], list[Found]]) -> list[str]:
    """Rust: what the file imports from its own crate by that name; where a module passes it on, the one type of that
    name in the crate."""
    if file.language != "rust" or file.syntax is None:
        return []
    bound = file.syntax.bindings.get(one.owner, ())
    paths = [bound[0][2]] if bound and bound[0][0] == "import" else [star[0][2] for star in file.syntax.stars]
    if not any(path.partition("::")[0] in ("crate", "super", "self") for path in paths):
        return []
    exact = [units.crate_path(file, path) for path in paths]
    crate = file.syntax.package.partition(".")[0]
    ends = [name for kind, name in types if kind == "rust" and name.endswith(f".{one.owner}")]
    ends = [name for name in ends if name.partition(".")[0] == crate]
    return [*exact, *(ends if len(ends) == 1 else [])]


# parts


def one_of_parts(files: list[Parsed], units: Units) -> dict[Place, Place]:
    """Of the parts of a namespace, a partial or a reopened type, the one that stands for all."""
    parts: dict[tuple[object, ...], list[Found]] = defaultdict(list)
    for file, place, one in definitions(files):
        grammar = GRAMMARS.get(file.language)
        if one.kind == "namespace" or (grammar is not None and grammar.reopens and one.kind in TYPES):
            apart = file.path if is_test(file.path) else ""
            parts[family(file), one.kind, units.dotted(file, one), apart].append((place, one))
    same: dict[Place, Place] = {}
    for found in parts.values():
        best = max(found, key=lambda part: (bool(part[1].doc), bool(part[1].bases), part[1].end_line - part[1].line))
        same |= {place: best[0] for place, _ in found if place != best[0]}
    return same


# prototypes


def one_of_prototypes(files: list[Parsed], units: Units) -> dict[Place, Place]:
    """A prototype is a symbol only where its function is defined elsewhere; its comment goes to the definition."""
    defined: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for file, place, one in definitions(files):
        if one.kind in DEFINED:
            defined[family(file), units.dotted(file, one)].append((place, one))
    same: dict[Place, Place] = {}
    for file, place, one in definitions(files):
        if one.kind != "prototype":
            continue
        key = family(file), units.dotted(file, one)
        known = matching(one, defined[key]) if key[0] != "c" else defined[key]
        for _, function in known:
            function.doc = function.doc or one.doc
            add_defaults(function, one)
        if known:
            same[place] = known[0][0]
        else:
            one.kind = "method" if one.parent is not None or one.home else "function"
            defined[key] += [(place, one)] if key[0] == "c" else []
            if file.syntax is not None and one.parent is None:
                file.syntax.bindings.setdefault(one.name, (("def", str(place[1])),))
    return same


def matching(one: Definition, found: list[Found]) -> list[Found]:
    """The definition of a prototype: the only one, or the one with the same types."""
    alike = [each for each in found if types_of(each[1]) == types_of(one)]
    counted = [each for each in found if len(each[1].parameters) == len(one.parameters)]
    return next((each for each in (alike, counted) if len(each) == 1), alike[:1])


def types_of(one: Definition) -> list[str]:
    return [re.sub(r"\bstd::|\s", "", parameter.annotation) for parameter in one.parameters]


def add_defaults(function: Definition, prototype: Definition) -> None:
    """Defaults stand in the header."""
    if len(function.parameters) == len(prototype.parameters) and any(one.default for one in prototype.parameters):
        pairs = zip(function.parameters, prototype.parameters, strict=True)
        function.parameters = tuple(
            type(mine)(mine.name, mine.annotation, mine.default or theirs.default) for mine, theirs in pairs
        )
