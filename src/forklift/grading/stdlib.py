"""What Python's standard library contains, read from its files: nothing of it is imported or run.

Source modules are parsed. Of extension modules, whose names stand in the shared object, the bytes are searched;
built-in ones are part of the interpreter and asked directly.
"""

import ast
import importlib
import re
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_FROM_ENUM = "._convert_("  # makes members of enumerations names of the module
MODULES = sys.stdlib_module_names
_ROOT = Path(sysconfig.get_path("stdlib"))
_EXTENSIONS = _ROOT / "lib-dynload"
_STAR = re.compile(r"^[ \t]*from[ ]+(\.*)([\w.]*)\s+import\s+\*", re.MULTILINE)
_OTHER_NAMES = {"os.path": "posixpath"}
_BARE = (
    "abc argparse asyncio base64 collections collections.abc concurrent.futures contextlib contextvars ctypes "
    "dataclasses datetime decimal email.message enum fractions functools http http.client http.cookiejar http.cookies "
    "http.server io ipaddress json json.decoder logging logging.handlers multiprocessing pathlib pickle queue random "
    "selectors shelve smtplib socket socketserver sqlite3 ssl string struct subprocess tempfile threading time "
    "traceback types typing unittest unittest.mock urllib.error urllib.parse urllib.request uuid weakref "
    "xml.etree.ElementTree zipfile"
).split()


def in_library(dotted: str) -> bool:
    """Whether `dotted` is a module of the standard library or begins with a member of one ("json.dumps").

    What comes after the member ("datetime.datetime.now") is not looked at.
    """
    parts = dotted.split(".")
    if parts[0] not in MODULES:
        return False
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        if is_module(module):
            return length == len(parts) or has_member(module, parts[length])
    return True  # a module of another platform or version


def is_module(module: str) -> bool:
    """Whether there is a module of this name in the standard library of this interpreter."""
    module = _OTHER_NAMES.get(module, module)
    return module in sys.builtin_module_names or bool(_source(module) or _extension(module))


def has_member(module: str, name: str) -> bool:
    """Whether a module of the standard library has a member `name`. True also where that cannot be told."""
    module = _OTHER_NAMES.get(module, module)
    names = member_names(module)
    if names is None or name in names or is_module(f"{module}.{name}") or _is_filled_late(module):
        return True
    return any(f"{name}\0".encode() in library.read_bytes() for library in _extensions_behind(module))


def is_bare(name: str) -> bool:
    """Whether `name` is a class or exception that prose names without its module: "Path", "OrderedDict"."""
    return name[:1].isupper() and any(binds(module, name) for module in _BARE)


def binds(module: str, name: str) -> bool:
    """Whether `name` is among the `member_names` of a module. Only a source that has the word is parsed."""
    return name in _text(module) and name in (member_names(module) or ())


@cache
def member_names(module: str) -> frozenset[str] | None:
    """The names at the top of a module, as far as its source tells; None for a module that is not there."""
    module = _OTHER_NAMES.get(module, module)
    if module in sys.builtin_module_names:
        return frozenset(dir(importlib.import_module(module)))
    source = _source(module)
    if source is None:
        return frozenset() if _extension(module) else None
    text = source.read_text(encoding="utf-8")
    tree = ast.parse(text)
    from_strings = "globals()" in text or _FROM_ENUM in text
    found = {*_bindings(tree.body), *_strings(tree.body, everywhere=from_strings), "__name__", "__doc__", "__file__"}
    return frozenset(found).union(*(member_names(star) or () for star in _stars(module, source, text)))


@cache
def _text(module: str) -> str:
    """Where every name of a module stands: its source, and those that it takes all names from."""
    module = _OTHER_NAMES.get(module, module)
    if module in sys.builtin_module_names:
        return " ".join(dir(importlib.import_module(module)))
    source = _source(module)
    if source is None:
        return ""
    text = source.read_text(encoding="utf-8")
    return "\n".join([text, "__name__ __doc__ __file__", *map(_text, _stars(module, source, text))])


def _stars(module: str, source: Path, text: str) -> Iterator[str]:
    """The modules that a module takes all names from."""
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    for dots, star in _STAR.findall(text):
        above = package.split(".")[: package.count(".") + 2 - len(dots)] if dots else []
        yield ".".join([*above, *([star] if star else [])])


def _bindings(body: list[ast.stmt]) -> Iterator[str]:
    """The names that statements bind, without going into functions and classes. Enumerations give their members."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
            if any("enum" in ast.unparse(decorator) for decorator in statement.decorator_list):
                yield from _bindings(statement.body)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        else:
            yield from _targets(statement)
            for block in ("body", "orelse", "finalbody"):
                yield from _bindings(getattr(statement, block, []))
            for handler in getattr(statement, "handlers", []):
                yield from _bindings(handler.body)


def _strings(body: list[ast.stmt], everywhere: bool) -> Iterator[str]:
    """The names given as strings: those of __all__ or, in a module that makes names from strings, all of them."""
    for statement in body:
        if everywhere or "__all__" in _targets(statement):
            strings = (node.value for node in ast.walk(statement) if isinstance(node, ast.Constant))
            yield from (each for each in strings if isinstance(each, str) and each.isidentifier())


def _targets(statement: ast.stmt) -> list[str]:
    """The plain names that an assignment binds."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)]


def _is_filled_late(module: str) -> bool:
    """Whether a module makes some of its names when it is loaded, so that its source does not tell them all."""
    source = _source(module)
    return source is not None and "globals().update(" in source.read_text(encoding="utf-8")


def _source(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split("."))
    if module.partition(".")[0] not in MODULES:
        return None
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _extension(module: str) -> Path | None:
    return next(iter(sorted(_EXTENSIONS.glob(f"{module}.*"))), None) if module.isidentifier() else None


@cache
def _extensions_behind(module: str) -> tuple[Path, ...]:
    """The shared objects whose names a module has: its own, or those that its source takes names from unseen."""
    source = _source(module)
    if source is None:
        file = _extension(module)
        return (file,) if file else ()
    text = source.read_text(encoding="utf-8")
    taken = [star for _, star in _STAR.findall(text)] + [f"_{module}"] * (_FROM_ENUM in text)
    return tuple(file for name in taken if name and name != module for file in _extensions_behind(name))
