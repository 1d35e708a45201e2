"""Facet architecture: what the repository, its directories, files and classes are made of, and what needs what."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath

from forklift.build.facts.families import EXCEPTION
from forklift.build.facts.graph import (
    Graph,
    components_of,
    directories_of,
    is_code_of_its_own,
    is_public,
    joined,
    short_purpose,
    some_of,
    spelt,
)
from forklift.build.facts.manifests import own_files, scripts
from forklift.build.facts.source import Sources, bare_code
from forklift.build.facts.view import CLASS_KINDS, VALUE_KINDS, View, make_fact, members_by_parent
from forklift.records import Fact, Symbol

MAX_COMPONENTS = 5
MAX_NAMED = 6
MIN_PARTS = 2
MATTERS = 0.02  # of the best rank: a file below is named only where there is room

TYPES = CLASS_KINDS - {"module"} | {"typedef", "type"}
UNTYPED = frozenset({"python", "javascript", "typescript", "ruby", "php"})  # import what they name, or do not say it
_NAME = re.compile(r"(?<![\w.:])[A-Za-z_]\w+")
_NAME_ENDS = re.compile(r"\W+")
_OF_SYSTEM = re.compile(r"\s*#\s*include\s*<[^/>]*>")
_TYPE = re.compile(r"(?<![\w.])[A-Z]\w{3,}")
_HEADER = re.compile(r"\.(?:h|hh|hpp|hxx)$")
_NAMESPACE = re.compile(r"^\s*namespace\s+([\w.]+)", re.MULTILINE)  # of C#, as are these
_USING = re.compile(r"^\s*using\s+([\w.]+)\s*;", re.MULTILINE)
_GO_IMPORT = re.compile(r'^\s*(?:import\s+)?(\w+\s+)?"([\w./-]+)"\s*(?://.*)?$', re.MULTILINE)
_GO_NAME = re.compile(r"(?<![\w.])([a-z]\w*)\.([A-Z]\w*)")
WRITTEN = {"go": _TYPE, "java": _TYPE, "c#": _TYPE, "rust": re.compile(r"(?<![\w:])\w+_\w+(?=!)")}
"""How files write the types that they need not import, or macros."""
_MAIN = re.compile(r"main\.go|cmd/(?:\w+/)?\w+\.go|src/main\.rs|src/bin/(?:\w+/)?\w+\.rs|(?:src/)?main\.(?:c|cc|cpp)")
"""Where Go, Rust and C keep the functions that run by themselves."""
Part = tuple[str, str]
"""What consists of components: its name and kind (repository, directory, file)."""


def facts(view: View) -> Iterator[Fact]:
    """`components`, `modules`, `key_methods`, `depends_on`, `needed_by`, `entry_points` and `exports`."""
    yield from _components(view)
    yield from _modules(view)
    yield from _key_methods(view)
    yield from _dependencies(view)
    yield from _entry_points(view)
    yield from _exports(view)


def parts_of(view: View, path: str) -> list[Part]:
    """What a file is a part of, itself last."""
    return [(view.name, "repository"), *((one, "directory") for one in directories_of(path)), (path, "file")]


def _components(view: View) -> Iterator[Fact]:
    inside: dict[Part, list[Symbol]] = defaultdict(list)
    for symbol in components_of(view):
        for part in parts_of(view, symbol.path):
            inside[part].append(symbol)
    for part, symbols in _without_wrappers(inside).items():
        if len(symbols) >= MIN_PARTS:
            yield _component_fact(view, part, symbols)


def _without_wrappers(inside: Mapping[Part, list[Symbol]]) -> dict[Part, list[Symbol]]:
    """Without directories that only wrap another one ("src" around "src/shop"), of which there is nothing to say."""
    directories = {(name, len(symbols)) for (name, kind), symbols in inside.items() if kind == "directory"}
    wrappers = {name for name, count in directories if any((d, count) in directories for d in _below(name, inside))}
    return {part: symbols for part, symbols in inside.items() if part[1] != "directory" or part[0] not in wrappers}


def _below(directory: str, inside: Mapping[Part, object]) -> list[str]:
    return [name for name, kind in inside if kind == "directory" and dirname(name) == directory]


def _component_fact(view: View, part: Part, symbols: Sequence[Symbol]) -> Fact:
    name, kind = part
    listed = _telling(symbols, kind)
    labels = [view.labels[one.id] for one in listed]
    paths = ["" if kind == "file" else one.path for one in listed]
    purposes = [short_purpose(one.doc, one.name) for one in listed]
    text = joined(list(map(spelt, labels, paths, purposes)), len(symbols))
    return make_fact("architecture", "components", listed[0], name, labels, subject_kind=kind, text=text)


def _telling(symbols: Sequence[Symbol], kind: str) -> list[Symbol]:
    """The components to name: of a directory the best of each file that matters first; exceptions after the others."""
    ordered = sorted(symbols, key=lambda one: bool(EXCEPTION.search(one.name)))
    if kind != "file":
        first = {one.path: one for one in reversed(ordered)}
        least = MATTERS * ordered[0].rank
        ordered = sorted(ordered, key=lambda one: first[one.path] is not one or one.rank < least)
    return ordered[:MAX_COMPONENTS]


def _modules(view: View) -> Iterator[Fact]:
    """`modules`: the files of each directory, those with the most central symbols first, with what each is for."""
    anchors: dict[str, Symbol] = {}
    for symbol in view.symbols:
        anchors.setdefault(symbol.path, symbol)
    docs = {file.path: short_purpose(file.doc) for file in view.files}
    count = Counter(dirname(file.path) for file in view.files if file.language)
    directories: dict[str, list[str]] = defaultdict(list)
    for path in anchors:
        directories[dirname(path)].append(path)
    for directory, paths in directories.items():
        if directory and len(paths) >= MIN_PARTS:
            listed = paths[:MAX_COMPONENTS]
            text = joined([spelt(path, "", docs.get(path, "")) for path in listed], count[directory], "files of code")
            anchor = anchors[listed[0]]
            yield make_fact("architecture", "modules", anchor, directory, listed, subject_kind="directory", text=text)


def _key_methods(view: View) -> Iterator[Fact]:
    by_id = view.by_id()
    for parent_id, members in members_by_parent(view).items():
        parent = by_id.get(parent_id)
        methods = [one for one in members if one.kind in ("function", "method") and is_public(one)]
        listed = [one for one in methods if short_purpose(one.doc, one.name)][:MAX_COMPONENTS]
        if parent is not None and parent.kind in CLASS_KINDS | VALUE_KINDS and len(listed) >= MIN_PARTS:
            text = joined([spelt(one.name, "", short_purpose(one.doc, one.name)) for one in listed], len(methods))
            names = [one.name for one in listed]
            yield make_fact("architecture", "key_methods", parent, view.labels[parent_id], names, text=text)


# what needs what


def _dependencies(view: View) -> Iterator[Fact]:
    """`depends_on` and `needed_by`, between files and between directories: one uses a definition of the other. There
    may be more of both."""
    uses: dict[str, dict[tuple[str, str], Counter[str]]] = {"file": defaultdict(Counter), "directory": {}}
    own = {file.path for file in view.files if is_code_of_its_own(file.path)}
    for one in view.references:
        target = view.every.get(one.target_id or -1)
        if target is None or target.path == one.path or one.path not in own or target.path not in own:
            continue
        name = {view.labels[target.id]: 1} if target.id in view.labels else {}
        uses["file"][one.path, target.path].update(name)
        here, there = dirname(one.path), dirname(target.path)
        if here and there and here != there:
            uses["directory"].setdefault((here, there), Counter()).update(name)
    for source, target_path in (*_includes(view, own), *_typed(view, own), *_written(view, own)):
        uses["file"].setdefault((source, target_path), Counter())
        here, there = dirname(source), dirname(target_path)
        if here and there and here != there:
            uses["directory"].setdefault((here, there), Counter())
    anchors: dict[str, Symbol] = {}
    for symbol in view.symbols:
        anchors.setdefault(symbol.path, symbol)
        anchors.setdefault(dirname(symbol.path), symbol)
    for kind, pairs in uses.items():
        yield from _dependency_facts(kind, pairs, anchors)


def _includes(view: View, own: set[str]) -> Iterator[tuple[str, str]]:
    """Which files name which other files of the repository, headers and modules, where only one can be meant."""
    headers: dict[str, list[str]] = defaultdict(list)
    # a stub gives way to its module
    modules = {module: [path] for path, module in sorted(view.index.modules().items(), reverse=True)}
    for path in own:
        headers[path.rpartition("/")[2]].append(path)
    sources = Sources(view)
    for one in view.references:
        if one.kind != "import" or one.path not in own:
            continue
        name = one.name.strip('"<>')
        if _OF_SYSTEM.match(sources.line(one.path, one.line)):
            continue
        near = (
            normpath(join(dirname(one.path), name)) if name.startswith(".") and "." in name.rpartition("/")[2] else ""
        )
        found = [path for path in headers.get(name.rpartition("/")[2], ()) if f"/{path}".endswith(f"/{name}")]
        found = found if "." in name and not name.startswith(".") else []
        found = (
            [near]
            if near in own
            else found or own_files(one, own) or ([] if one.target_id else modules.get(one.name, []))
        )
        if len(found) == 1 and found[0] != one.path:
            yield one.path, found[0]


def _typed(view: View, own: set[str]) -> Iterator[tuple[str, str]]:
    """Which files name types of which others: in signatures, in members, as the owner of a method."""
    types: dict[str, list[Symbol]] = defaultdict(list)
    foreign = {(one.path, _NAME_ENDS.split(one.name)[-1]) for one in view.references
               if one.kind == "import" and one.target_id is None}  # fmt: skip
    for one in view.every.values():
        if one.kind in TYPES and one.path in own and not one.is_test:
            types[one.name].append(one)
    sources = Sources(view)
    for one in sorted(view.every.values(), key=lambda one: one.path):
        if one.path not in own or one.is_test or one.language in UNTYPED:
            continue
        parent = view.every.get(one.parent_id or -1)
        if parent is not None and parent.path != one.path and parent.path in own:
            yield one.path, parent.path
        stated = " ".join(
            [one.returns, one.value if one.kind in TYPES else "", *(p.annotation for p in one.parameters)]
        )
        for name in _NAME.findall(stated):
            found = types.get(name, [])
            known = len(found) == 1 and (one.path, name) not in foreign
            if known and found[0].path != one.path and _can_mean(one, found[0], sources):
                yield one.path, found[0].path


def _can_mean(user: Symbol, named: Symbol, sources: Sources) -> bool:
    """Whether a file that names a type so can mean the one of another file; what it imports is known without."""
    if named.language != user.language or named.parent_id is not None or user.language == "rust":
        return False
    if _HEADER.search(user.path) and not _HEADER.search(named.path):
        return False
    if user.language in ("go", "java"):
        return dirname(named.path) == dirname(user.path)
    if user.language != "c#":
        return True
    here, there = ("\n".join(sources.lines_of(one.path)) for one in (user, named))
    spaces = set(_NAMESPACE.findall(there))
    return bool(spaces & set(_USING.findall(here))) or any(
        space == one or space.startswith(f"{one}.") for one in spaces for space in _NAMESPACE.findall(here)
    )


def _written(view: View, own: set[str]) -> Iterator[tuple[str, str]]:
    """Which files write, in their code, the name of a type of their own package, or of a macro of Rust, that only one
    other file defines."""
    homes: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # of Rust in all folders
    for one in view.every.values():
        is_seen = one.kind == "macro" if one.language == "rust" else one.kind in TYPES and one.parent_id is None
        folder = "" if one.language == "rust" else dirname(one.path)
        homes[one.language, folder, one.name].add(one.path if is_seen else "")
    sources = Sources(view)
    for file in view.files:
        if file.path not in own or file.language not in WRITTEN:
            continue
        code = bare_code("\n".join(sources.lines_of(file.path)))
        for name in set(WRITTEN[file.language].findall(code)):
            folder = "" if file.language == "rust" else dirname(file.path)
            found = homes.get((file.language, folder, name), set())
            home = next(iter(found)) if len(found) == 1 else ""
            if f".{name};" not in code and home != file.path and home in own:
                yield file.path, home
    yield from _qualified(view, own, sources)


def _qualified(view: View, own: set[str], sources: Sources) -> Iterator[tuple[str, str]]:
    """Which Go files write names of other packages of the repository, and where those are defined."""
    module = re.search(r"^module\s+(\S+)", "\n".join(view.index.lines("go.mod", 1, 20)), re.MULTILINE)
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in view.every.values():
        if one.language == "go" and one.parent_id is None:
            homes[dirname(one.path), one.name].add(one.path)
    for file in view.files if module else ():
        if file.path not in own or file.language != "go" or module is None:
            continue
        text = "\n".join(sources.lines_of(file.path))
        packages: dict[str, str] = {}
        for alias, path in _GO_IMPORT.findall(text):
            if path == module[1] or path.startswith(f"{module[1]}/"):
                folder = path.removeprefix(module[1]).strip("/")
                packages[alias.strip() or re.sub(r"/v\d+$", "", path).rpartition("/")[2]] = folder
        for package, name in set(_GO_NAME.findall(bare_code(text))) if packages else ():
            found = homes.get((packages[package], name), set()) & own if package in packages else set()
            if len(found) == 1:
                yield file.path, next(iter(found))


def _dependency_facts(
    kind: str, pairs: Mapping[tuple[str, str], Counter[str]], anchors: Mapping[str, Symbol]
) -> Iterator[Fact]:
    needs: dict[str, list[str]] = defaultdict(list)
    for source, target in sorted(pairs, key=lambda pair: (-pairs[pair].total(), pair)):
        needs[source].append(target)
    forward: dict[str, Fact] = {}
    needed: dict[str, list[str]] = defaultdict(list)
    for source, targets in needs.items():
        for target in targets:
            needed[target].append(source)
        if source in anchors:
            listed = targets[:MAX_COMPONENTS]
            spelled = [spelt(target, "", _most_used(pairs[source, target])) for target in listed]
            forward[source] = make_fact(
                "architecture", "depends_on", anchors[source], source, listed,
                subject_kind=kind, text=joined(spelled, len(spelled)),
            )  # fmt: skip
    yield from forward.values()
    for target, users in needed.items():
        listed = users[:MAX_NAMED]
        if target in anchors:
            sources = tuple(forward[user].id for user in listed if user in forward)
            yield make_fact(
                "architecture", "needed_by", anchors[target], target, listed, subject_kind=kind,
                sources=sources,
            )  # fmt: skip


def _most_used(names: Counter[str]) -> str:
    best = some_of(sorted(names, key=lambda name: (-names[name], name)))
    return f"e.g. {best}" if best else ""  # what is only named, as a type, is not counted


# where one comes in


def _entry_points(view: View) -> Iterator[Fact]:
    """`entry_points` of the repository: the scripts that it declares, main functions where its language looks for
    them."""
    found: dict[str, str] = {}
    anchor: Symbol | None = None
    for name, target in scripts(view):
        found.setdefault(name, f"the command {spelt(name, target)}")
    for symbol in view.symbols:
        if (
            symbol.name == "main"
            and symbol.kind == "function"
            and symbol.parent_id is None
            and _MAIN.fullmatch(symbol.path)
        ):
            anchor = anchor or symbol
            found.setdefault(view.labels[symbol.id], spelt(view.labels[symbol.id], symbol.path))
    for file in view.files:
        if file.path.endswith("/__main__.py") and is_code_of_its_own(file.path):
            found.setdefault(file.path, f"`{file.path}` (run with `python -m`)")
    if found and view.symbols:
        listed = list(found)[:MAX_COMPONENTS]
        text = joined([found[name] for name in listed], len(found))
        anchor = anchor or view.symbols[0]
        yield make_fact(
            "architecture", "entry_points", anchor, view.name, listed, subject_kind="repository", text=text,
            rank=view.symbols[0].rank,
        )  # fmt: skip


def _exports(view: View) -> Iterator[Fact]:
    """`exports`: what a package's __init__ imports from its own modules, so that users find it there."""
    graph = Graph(view)
    offered: dict[str, dict[int, int]] = defaultdict(dict)
    partly: set[str] = set()
    for one in view.references:
        target = graph.by_id.get(one.target_id or -1)
        if one.kind != "import" or one.scope_id is not None:
            continue
        if target is None:
            partly |= {one.path} if one.target_id in view.every else set()  # something without a label
            continue
        if not is_public(target):
            continue
        package = dirname(one.path) if one.path.endswith("/__init__.py") and is_code_of_its_own(one.path) else ""
        if package and target.path.startswith(f"{package}/"):
            offered[one.path].setdefault(target.id, one.line)
    for path, lines in offered.items():
        best = sorted((graph.by_id[one] for one in lines), key=lambda one: -one.rank)
        listed = best[:MAX_NAMED]
        if len(listed) >= MIN_PARTS:
            yield make_fact(
                "architecture", "exports", best[0], dirname(path), [view.labels[one.id] for one in listed],
                subject_kind="directory", path=path, line=min(lines.values()), end_line=max(lines.values()),
                text="others" if path in partly else "" if len(listed) == len(best) else str(len(best)),
            )  # fmt: skip
