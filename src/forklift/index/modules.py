"""Dotted module names of Python files, and which file an import names."""

from collections import defaultdict
from collections.abc import Iterable
from posixpath import dirname

ROOTS = ("src/", "lib/", "python/")


def module_name(path: str, packages: set[str]) -> str:
    """The dotted name a file is imported by: from the top of its package; else from the repository's root."""
    directory = dirname(path)
    top = directory
    while top and top in packages:
        top = dirname(top)
    start = path if directory not in packages else path[len(top) :].lstrip("/")
    if directory not in packages:
        start = next((path.removeprefix(root) for root in ROOTS if path.startswith(root)), path)
    return dotted(start)


def dotted(path: str) -> str:
    """ "a/b/__init__.py" as "a.b", "a/b.py" as "a.b"."""
    stem = path.rpartition(".")[0].replace("/", ".")
    return "" if stem == "__init__" else stem.removesuffix(".__init__")


class Modules:
    """All Python modules of a repository, by dotted name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = [path for path in paths if path.endswith((".py", ".pyi"))]
        packages = {dirname(path) for path in self.paths if path.endswith(("/__init__.py", "/__init__.pyi"))}
        self.name_of = {path: module_name(path, packages) for path in self.paths}
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            for name in {self.name_of[path], dotted(path)}:
                self.by_name[name].append(path)
        above = {name.rpartition(".")[0] for name in self.by_name}
        self.namespaces = {
            ".".join(name.split(".")[:end]) for name in above for end in range(1, 1 + len(name.split(".")))
        }

    def absolute(self, path: str, dots: int, module: str) -> str:
        """The dotted name that `dots` and `module` mean in the file `path`."""
        if not dots:
            return module
        here = self.name_of.get(path, "").split(".")
        up = dots - 1 if path.endswith(("/__init__.py", "/__init__.pyi")) else dots
        base = here[: len(here) - up] if up else here
        return ".".join([*base, module] if module else base)

    def file_of(self, name: str, importer: str) -> str | None:
        """The file of module `name` as seen from the file `importer`; the nearest where several have the name."""
        found = self.by_name.get(name, [])
        beside = f"{dirname(importer)}/{name.replace('.', '/')}.py".lstrip("/")
        if not found:
            return beside if beside in self.name_of else None
        if len(found) == 1:
            return found[0]
        ranked = sorted(found, key=lambda path: (-shared(path, importer), path.endswith(".pyi"), path))
        tie = shared(ranked[0], importer) == shared(ranked[1], importer) and not ranked[1].endswith(".pyi")
        return None if tie else ranked[0]


def shared(one: str, other: str) -> int:
    """How many leading directories two paths share."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
