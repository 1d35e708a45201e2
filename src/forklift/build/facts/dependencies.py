"""Facet dependencies: what files import from outside of the repository, and what its manifests declare."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

from forklift.build.facts.graph import is_code_of_its_own, joined, some_of, spelt
from forklift.build.facts.manifests import declared_dependencies, own_files
from forklift.build.facts.view import View, make_fact
from forklift.records import Fact, Reference, Symbol

MAX_LISTED = 6
_NODE = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl "
    "stream string_decoder timers tls trace_events tty url util v8 vm wasi worker_threads zlib".split()
)
STANDARD = {
    "javascript": _NODE,
    "typescript": _NODE,
    "python": frozenset(sys.stdlib_module_names),
    "rust": frozenset({"std", "core", "alloc", "test", "proc_macro", "crate", "self", "super"}),
}
SEPARATOR = {"python": ".", "java": ".", "c#": ".", "kotlin": ".", "scala": ".", "rust": "::", "php": "\\"}
LANGUAGES = {
    "package.json": ("javascript", "typescript"), "Cargo.toml": ("rust",), "go.mod": ("go",),
    "pyproject.toml": ("python", "c", "c++", "rust"), "setup.py": ("python", "c", "c++", "rust"),
    "setup.cfg": ("python", "c", "c++", "rust"),
}  # fmt: skip
"""What is written in with each manifest."""
_PACKAGE = re.compile(r"[\w@][\w.@/+-]*")


def facts(view: View) -> Iterator[Fact]:
    """`imports`, `imported_by` and `declares`."""
    anchors: dict[str, Symbol] = {}
    for symbol in view.symbols:
        anchors.setdefault(symbol.path, symbol)
    yield from _imports(view, anchors)
    yield from _declares(view)


def _imports(view: View, anchors: dict[str, Symbol]) -> Iterator[Fact]:
    languages = {file.path: file.language for file in view.files if is_code_of_its_own(file.path)}
    every = frozenset(file.path for file in view.files)
    own = own_names(view)
    users: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
    lines: dict[tuple[str, str], int] = {}
    for one in view.references:
        language = languages.get(one.path, "")
        package = package_of(one, language, own) if one.kind == "import" and language else ""
        package = "" if package and own_files(one, every) else package
        if package and package not in STANDARD.get(language, ()) and "node:" not in one.name:
            names = users[package].setdefault(one.path, Counter())
            names.update([last] if (last := last_name(one.name, package, language)) else [])
            lines.setdefault((one.path, package), one.line)
    files: dict[str, list[str]] = defaultdict(list)
    for package in sorted(users):
        for path in users[package]:
            files[path].append(package)
    forward: dict[str, Fact] = {}
    for path, packages in files.items():
        if path in anchors:
            listed = packages[:MAX_LISTED]
            forward[path] = make_fact(
                "dependencies", "imports", anchors[path], path, listed, subject_kind="file",
                line=lines[path, listed[0]], end_line=lines[path, listed[0]],
                text="others" if path.endswith(".rs") else "" if len(listed) == len(packages) else str(len(packages)),
            )  # fmt: skip
    yield from forward.values()
    for package, found in users.items():
        paths = sorted(found, key=lambda path: (-found[path].total(), path))
        listed = [path for path in paths if path in forward][:MAX_LISTED]
        if listed:
            spelled = [spelt(path, "", _names(found[path])) for path in listed]
            first = listed[0]
            yield make_fact(
                "dependencies", "imported_by", anchors[first], package, listed, subject_kind="package", path=first,
                line=lines[first, package], end_line=lines[first, package], text=joined(spelled, len(paths)),
                sources=tuple(forward[path].id for path in listed if package in forward[path].objects),
            )  # fmt: skip


def _names(names: Counter[str]) -> str:
    return some_of(sorted(names, key=lambda name: (-names[name], name)))


def own_names(view: View) -> frozenset[str]:
    """The first parts of the names that the repository's own modules are imported by."""
    modules = {name.partition(".")[0] for name in view.index.modules().values()}
    stems = {file.path.rpartition("/")[2].partition(".")[0] for file in view.files}
    folders = {part for file in view.files for part in file.path.split("/")[:-1]}
    go = re.search(r"^module\s+(\S+)", "\n".join(view.index.lines("go.mod", 1, 20)), re.MULTILINE)
    return frozenset(modules | stems | folders | ({go[1]} if go else set()))


def package_of(use: Reference, language: str, own: frozenset[str]) -> str:
    """The package from outside that an import names, "" for one of the repository's own or where that is unclear."""
    name = use.name.strip("\"'<>")
    if use.target_id is not None or name.startswith((".", "/")) or not _PACKAGE.match(name):
        return ""
    if language in ("javascript", "typescript"):
        parts = name.removeprefix("node:").split("/")
        root = "/".join(parts[:2]) if name.startswith("@") else parts[0]
    elif language == "go":
        outside = "." in name.split("/")[0]  # else it is of the standard library
        root = (
            name if outside and not any(name == one or name.startswith(f"{one}/") for one in own if "." in one) else ""
        )
    elif language in ("python", "rust"):
        root = re.split(r"\W", name)[0]
        root = "" if language == "rust" and not root.islower() else root  # a type
    else:
        return ""  # where a package ends in a Java or C# name cannot be told, nor in Ruby and C what is of the system
    by_path = language in ("javascript", "typescript")  # what is their own they name by a path
    return "" if not by_path and (root in own or root.partition(".")[0] in own) else root


def last_name(name: str, package: str, language: str) -> str:
    """What an import takes from its package: "Retry" of "urllib3.util.retry.Retry"; "" for the package as a whole."""
    separator = SEPARATOR.get(language)
    rest = name.removeprefix(package) if separator else ""
    last = rest.rpartition(separator or ".")[2]
    return last if re.fullmatch(r"[A-Za-z_]\w*", last) else ""


def _declares(view: View) -> Iterator[Fact]:
    """What the repository needs to run, as its first manifest that says so has it."""
    languages = Counter(file.language for file in view.files if file.language)
    main = languages.most_common(1)[0][0] if languages else ""  # the manifest of another one is of something beside
    declared = [one for one in declared_dependencies(view) if main in LANGUAGES.get(one[1], (main,))]
    if main == "go":  # its manifest has what tests need as well
        own = {file.path for file in view.files}
        used = [one.name.strip('"') + "/" for one in view.references if one.kind == "import" and one.path in own]
        declared = [one for one in declared if any(use.startswith(f"{one[0]}/") for use in used)]
    if declared and view.symbols:
        manifest = declared[0][1]
        named = [(name, line) for name, path, line in declared if path == manifest]
        names = [name for name, _ in named[: MAX_LISTED + 2]]
        text = f"{joined([f'`{name}`' for name in names], len(named))}, declared in `{manifest}`"
        yield make_fact(
            "dependencies", "declares", view.symbols[0], view.name, names, subject_kind="repository", path=manifest,
            line=named[0][1], end_line=named[-1][1], text=text,
        )  # fmt: skip
