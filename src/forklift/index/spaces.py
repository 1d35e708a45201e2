"""Packages, namespaces, crates and module files: under which dotted name each definition is known in its language,
and what an import means."""

import posixpath
import re
import tomllib
import zlib
from collections import defaultdict

from forklift.index.parse import Parsed
from forklift.index.syntax.model import Definition, Place

JS_ENDINGS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".mts", ".cts")


def family(file: Parsed) -> str:
    """Languages that import one another count as one."""
    return "js" if file.language in ("javascript", "typescript") else file.language


class Units:
    """Which unit (package, namespace, module) each file is, and which definitions each unit has."""

    def __init__(self, files: list[Parsed]) -> None:
        self.paths = {file.path for file in files if family(file) == "js"}
        self.go_modules = go_modules(files)
        self.crates = crates(files)
        self.module_files: dict[str, str] = {}  # Rust: dotted module -> its file
        for file in files:
            if file.language == "rust" and file.syntax is not None:
                file.syntax.package = self.crate_module(file.path)
                self.module_files.setdefault(file.syntax.package, file.path)
                for one in file.syntax.definitions:
                    one.space = file.syntax.package
        self.named: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self.known: set[tuple[str, str]] = set()

    def fill(self, files: list[Parsed]) -> None:
        """Takes in the definitions, once they are settled."""
        for file in files:
            kind = family(file)
            for position, one in enumerate(file.syntax.definitions if file.syntax and kind not in SEPARATE else ()):
                unit = self.of(file, one)
                while unit and (kind, unit) not in self.known:
                    self.known.add((kind, unit))
                    unit = unit.rpartition(".")[0]
                if one.kind not in ("member", "enumerator", "namespace", "prototype"):
                    self.named[kind, self.dotted(file, one)].append((file.path, position))

    def of(self, file: Parsed, one: Definition | None) -> str:
        """The unit that a definition (or, for None, the file) is in."""
        if file.language == "go":
            package = file.syntax.package if file.syntax else ""
            return f"{posixpath.dirname(file.path)}:{package}"
        if one is not None:
            return one.space
        return file.syntax.package if file.syntax else ""

    def dotted(self, file: Parsed, one: Definition) -> str:
        """The full name of a definition in its language."""
        return f"{self.of(file, one)}.{one.qualified_name}".lstrip(".")

    # imports

    def go_package(self, path: str) -> str:
        """The unit of an imported Go package, "" when it is not of this repository."""
        for module, directory in self.go_modules:
            if path == module or path.startswith(f"{module}/"):
                wanted = posixpath.join(directory, path[len(module) :].lstrip("/"))
                found = [
                    unit for kind, unit in self.known
                    if kind == "go" and unit.rpartition(":")[0] == wanted and not unit.endswith("_test")
                ]  # fmt: skip
                return found[0] if len(found) == 1 else ""
        return ""

    def js_file(self, importer: str, module: str) -> str:
        """The file of a relative import, "" when there is none."""
        if not module.startswith("."):
            return ""
        base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), module))
        bare = re.sub(r"\.(js|jsx|mjs|cjs)$", "", base)  # TypeScript imports "./x.js" and means x.ts
        stems = [base, *([bare] if bare != base else []), f"{base}/index"]
        found = (stem + ending for stem in stems for ending in JS_ENDINGS)
        return next((path for path in found if path in self.paths), "")

    def crate_module(self, path: str) -> str:
        """The module path of a Rust file: "fd.filter.time" for src/filter/time.rs of the crate fd."""
        directory, name = next(
            ((folder, name) for folder, name in self.crates if path.startswith(f"{folder}/src/".lstrip("/"))), ("", "")
        )
        if not name:
            return path.removesuffix(".rs").replace("/", ".").replace("-", "_")
        inner = path.removeprefix(f"{directory}/src/".lstrip("/")).removesuffix(".rs").removesuffix("/mod")
        inner = "" if inner in ("lib", "main", "mod") else inner
        return f"{name}.{inner.replace('/', '.')}".strip(".")

    def crate_path(self, file: Parsed, path: str) -> str:
        """A `use` path as a dotted name: crate, self and super replaced."""
        here = file.syntax.package if file.syntax else ""
        parts = path.split("::")
        if parts[0] == "crate":
            parts[0] = (
                here.partition(".")[0] if any(name == here.partition(".")[0] for _, name in self.crates) else here
            )
        elif parts[0] == "self":
            parts[0] = here
        while parts[0] == "super":
            here = here.rpartition(".")[0]
            parts = [here, *parts[1:]] if parts[1:2] != ["super"] else parts[1:]
        full = ".".join(part for part in parts if part)
        relative = f"{file.syntax.package if file.syntax else ''}.{full}"
        return relative if ("rust", relative) in self.known else full


SEPARATE = frozenset({"python", "c", "js"})


def content_of(file: Parsed) -> str:
    return zlib.decompress(file.content).decode("utf-8")


def go_modules(files: list[Parsed]) -> list[tuple[str, str]]:
    """(module path, directory) of every go.mod, the longest path first."""
    found = []
    for file in files:
        if posixpath.basename(file.path) == "go.mod":
            named = re.search(r'^module\s+"?([^\s"]+)', content_of(file), re.MULTILINE)
            found += [(named[1], posixpath.dirname(file.path))] if named else []
    return sorted(found, key=lambda one: -len(one[0]))


def crates(files: list[Parsed]) -> list[tuple[str, str]]:
    """(directory, crate name) of every Cargo.toml with a package, the deepest first."""
    found = []
    for file in files:
        if posixpath.basename(file.path) == "Cargo.toml":
            name = cargo_name(content_of(file))
            found += [(posixpath.dirname(file.path), name.replace("-", "_"))] if name else []
    return sorted(found, key=lambda one: -len(one[0]))


def cargo_name(text: str) -> str:
    """The crate's name in a Cargo.toml, "" when it has none or is broken."""
    try:
        package = tomllib.loads(text).get("package")
    except (tomllib.TOMLDecodeError, RecursionError):
        return ""
    name = package.get("name") if isinstance(package, dict) else None
    return name if isinstance(name, str) else ""
