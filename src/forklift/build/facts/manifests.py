"""What the manifests of a repository declare: commands and dependencies. One that cannot be read says nothing."""

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from posixpath import dirname, join, normpath
from typing import Any

from forklift.build.facts.view import View
from forklift.records import Reference

MOST_LINES = 5_000
SCRIPT_SUFFIXES = ("js", "ts", "jsx", "tsx", "mjs", "cjs")
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)")
_GO = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[\w.-]+/[\w./-]+)\s+v\d", re.MULTILINE)


def scripts(view: View) -> Iterator[tuple[str, str]]:
    """The commands that the repository installs, each with the file that runs, "" where that is not known."""
    toml, config, package = _toml(view, "pyproject.toml"), _config(view, "setup.cfg"), _json(view, "package.json")
    declared = _table(toml, "project", "scripts") | _table(toml, "tool", "poetry", "scripts")
    listed = config.get("options.entry_points", "console_scripts", fallback="") if config else ""
    declared |= dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    modules = {module: path for path, module in view.index.modules().items()}
    for name, target in declared.items():
        yield name.strip(), modules.get(str(target).partition(":")[0].strip(), "")
    binaries = package.get("bin")
    if isinstance(binaries, str) and isinstance(package.get("name"), str):
        binaries = {package["name"]: binaries}
    for name, path in (binaries if isinstance(binaries, dict) else {}).items():
        yield name, str(path).removeprefix("./")


def own_files(use: Reference, own: Collection[str]) -> list[str]:
    """The files of the repository that an import names by a path: relative in JavaScript, below lib/ in Ruby."""
    suffix = use.path.rpartition(".")[2]
    if suffix == "rb":
        near = normpath(join(dirname(use.path), f"{use.name}.rb"))  # require_relative
        return [path for path in own if path == near or f"/{path}".endswith(f"/lib/{use.name}.rb")][:1]
    if suffix not in SCRIPT_SUFFIXES or not use.name.startswith("."):
        return []
    whole = normpath(join(dirname(use.path), use.name))
    bare = whole.removesuffix(".js")  # TypeScript names what it will become
    ways = [
        whole,
        f"{bare}.ts",
        f"{bare}.tsx",
        *(f"{whole}.{end}" for end in SCRIPT_SUFFIXES),
        *(f"{whole}/index.{end}" for end in SCRIPT_SUFFIXES),
    ]
    return [path for path in ways if path in own][:1]


def declared_dependencies(view: View) -> list[tuple[str, str, int]]:
    """What the repository says it needs to run wherever it runs: name, manifest, line."""
    found: dict[str, tuple[str, str, int]] = {}
    for path, read in MANIFESTS.items():
        lines = view.index.lines(path, 1, MOST_LINES)
        for name in read(view, path) if lines else ():
            at = next(
                (
                    number
                    for number, line in enumerate(lines, 1)
                    if re.search(rf"(?<![\w@/-]){re.escape(name)}(?![\w/-])", line)
                ),
                0,
            )
            if at:
                found.setdefault(name.lower(), (name, path, at))
    return list(found.values())


def _of_pyproject(view: View, path: str) -> Iterator[str]:
    toml = _toml(view, path)
    listed = _table(toml, "project").get("dependencies", [])
    yield from _requirements(listed if isinstance(listed, list) else [])
    listed = _table(toml, "tool", "poetry", "dependencies")
    yield from (name for name, said in listed.items() if name != "python" and not _is_conditional(said))


def _of_setup_cfg(view: View, path: str) -> Iterator[str]:
    config = _config(view, path)
    yield from _requirements(config.get("options", "install_requires", fallback="").splitlines() if config else [])


def _of_setup_py(view: View, path: str) -> Iterator[str]:
    """Of a literal list only: the file is never run."""
    text = "\n".join(view.index.lines(path, 1, MOST_LINES))
    listed = re.search(r"\b(?:install_requires|requires|REQUIRES)\s*=\s*\[([^\]]*)\]", text)
    yield from _requirements(re.findall(r"[\"']([^\"']+)[\"']", listed[1]) if listed else [])


def _of_package_json(view: View, path: str) -> Iterator[str]:
    listed = _json(view, path).get("dependencies")
    yield from listed if isinstance(listed, dict) else ()


def _of_cargo(view: View, path: str) -> Iterator[str]:
    listed = _table(_toml(view, path), "dependencies")
    yield from (name for name, said in listed.items() if not _is_conditional(said))


def _of_go_mod(view: View, path: str) -> Iterator[str]:
    lines = (line for line in view.index.lines(path, 1, MOST_LINES) if "// indirect" not in line)
    yield from _GO.findall("\n".join(lines))


MANIFESTS: Mapping[str, Callable[[View, str], Iterator[str]]] = {
    "pyproject.toml": _of_pyproject,
    "setup.cfg": _of_setup_cfg,
    "setup.py": _of_setup_py,
    "package.json": _of_package_json,
    "Cargo.toml": _of_cargo,
    "go.mod": _of_go_mod,
}


def _is_conditional(said: object) -> bool:
    return isinstance(said, dict) and not {"optional", "python", "platform", "markers"}.isdisjoint(said)


def _requirements(lines: list[Any]) -> Iterator[str]:
    for line in lines:
        named = _REQUIREMENT.match(line) if isinstance(line, str) and ";" not in line else None
        if named:
            yield named[1]


def _text(view: View, path: str) -> str:
    return "\n".join(view.index.lines(path, 1, MOST_LINES))


def _toml(view: View, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(view, path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _json(view: View, path: str) -> dict[str, Any]:
    try:
        found = json.loads(_text(view, path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _config(view: View, path: str) -> configparser.ConfigParser | None:
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(_text(view, path))
    except configparser.Error:
        return None
    return config


def _table(toml: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """A table inside another; {} where there is none."""
    found: Any = toml
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return dict(found) if isinstance(found, dict) else {}
