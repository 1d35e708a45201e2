"""What an index implies but does not define: the languages, their libraries, the dependencies, words in its text."""

import configparser
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from forklift.grading import stdlib
from forklift.grading.c_library import in_c_library
from forklift.index import Index
from forklift.records import File

_C_LANGUAGES = {"c", "c++", "cpp", "cuda", "objectivec"}
_MOST_TEXT_BYTES = 64_000_000  # of a repository's text is searched for options and variables: seconds
_IN_TEXT = re.compile(r"(?<![\w-])--[A-Za-z][\w-]*\w|\b_*[A-Z][A-Z0-9_]*[A-Z0-9]\b|\b__[A-Za-z]\w*")
_REQUIREMENT = re.compile(r"\s*[\"']?([A-Za-z][\w.-]*)")


@dataclass(frozen=True)
class Outside:
    """What the repository of an index uses without defining it."""

    index: Index

    @cached_property
    def is_python(self) -> bool:
        return "python" in self._languages or not self.is_c

    @cached_property
    def is_c(self) -> bool:
        return bool(self._languages & _C_LANGUAGES)

    @cached_property
    def dependencies(self) -> frozenset[str]:
        """First parts of third-party imports and names of declared requirements, lower case, "_" for "-"."""
        own = {part for module in self.index.modules().values() for part in module.split(".")}
        roots = {name.partition(".")[0] for name in self.index.imports() if not name.endswith((".h", ".hpp"))}
        declared = (_normal(name) for file in self._files for name in self._declared(file))
        return frozenset(map(_normal, roots - own - stdlib.MODULES)) | frozenset(declared)

    @cached_property
    def library_modules(self) -> frozenset[str]:
        """The modules of Python's standard library that are imported, with every package above them."""
        names = (name.split(".") for name in self.index.imports())
        return frozenset(".".join(parts[:end]) for parts in names for end in (1, 2, 3) if parts[0] in stdlib.MODULES)

    @cached_property
    def text(self) -> frozenset[str]:
        """The options (--name), words in capitals and words after two underscores, anywhere in the repository."""
        found: set[str] = set()
        left = _MOST_TEXT_BYTES
        for file in self._files:
            left -= file.size_bytes
            if left > 0:
                for line in self.index.lines(file.path, 1, file.lines + 1):
                    found.update(_IN_TEXT.findall(line))
        return frozenset(found)

    def has(self, name: str) -> bool:
        """Whether the languages, their standard libraries or the dependencies have the dotted `name`.

        Members of dependencies cannot be looked up without installing them: they count as there, in this line only.
        """
        root = name.partition(".")[0]
        if _normal(root) in self.dependencies or _normal(name) in self.dependencies:
            return True
        if self.is_c and in_c_library(name):
            return True
        return self.is_python and (stdlib.in_library(name) if "." in name else self._has_bare(name))

    def shadows(self, root: str) -> bool:
        """Whether `root` of a dotted name means an imported module of the standard library, not some variable."""
        return root in self.library_modules

    def _has_bare(self, name: str) -> bool:
        """A module, a class that prose names alone ("Path"), or a member of a module that the repository imports."""
        if name in stdlib.MODULES or stdlib.is_bare(name):
            return True
        return any(stdlib.binds(module, name) for module in self.library_modules)

    @cached_property
    def _files(self) -> list[File]:
        return self.index.files()

    @cached_property
    def _languages(self) -> frozenset[str]:
        return frozenset(file.language for file in self._files)

    def _declared(self, file: File) -> Iterable[str]:
        """The requirements that a file of packaging declares."""
        reader = next((read for pattern, read in _DECLARING.items() if re.fullmatch(pattern, file.path)), None)
        lines = reader("\n".join(self.index.lines(file.path, 1, file.lines + 1))) if reader else []
        return (found[1] for line in lines if (found := _REQUIREMENT.match(line)))


@lru_cache(maxsize=2)
def outside(index: Index) -> Outside:
    """What surrounds the repository of `index`; remembered, since its parts are read only when they are needed."""
    return Outside(index)


def _normal(name: str) -> str:
    return re.sub(r"[-.]", "_", name).lower()


def _in_pyproject(text: str) -> list[str]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    project, poetry = content.get("project", {}), content.get("tool", {}).get("poetry", {})
    extras = [*project.get("optional-dependencies", {}).values(), *content.get("dependency-groups", {}).values()]
    lists = [project.get("dependencies", []), content.get("build-system", {}).get("requires", []), *extras]
    return [each for listed in lists for each in listed if isinstance(each, str)] + list(poetry.get("dependencies", {}))


def _in_setup_cfg(text: str) -> list[str]:
    content = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        content.read_string(text)
    except configparser.Error:
        return []
    extras = content["options.extras_require"].values() if content.has_section("options.extras_require") else ()
    return "\n".join([content.get("options", "install_requires", fallback=""), *extras]).split("\n")


def _in_setup_py(text: str) -> list[str]:
    return [each for block in re.findall(r"requires\w*\s*=\s*\[([^\]]*)\]", text) for each in block.split(",")]


_DECLARING: dict[str, Callable[[str], list[str]]] = {
    r"pyproject\.toml": _in_pyproject,
    r"setup\.cfg": _in_setup_cfg,
    r"setup\.py": _in_setup_py,
    r"(?:.*/)?requirements[^/]*\.(?:txt|in)|requirements/[^/]*\.(?:txt|in)": str.splitlines,
}
