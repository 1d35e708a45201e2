"""What was read from a file as rows of the database."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence

from forklift.index.filters import is_aside, is_test
from forklift.index.parse import Parsed
from forklift.index.source import Entry
from forklift.index.syntax import READERS
from forklift.index.syntax.model import Definition, Use
from forklift.index.words import index_words
from forklift.records import Parameter

TEST, ASIDE, PRIVATE, PART = 0.02, 0.15, 0.6, 0.3
PARTS = {"enumerator", "member", "variable"}  # in a class or struct: many, and seldom what one asks for

Row = tuple[object, ...]


def is_linked(file: Parsed) -> bool:
    """Whether the names of a file mean what imports, scopes and bases say, so that all files of its language have to
    be looked at together. Names in C mean the same everywhere, and ctags tells of no uses at all."""
    if file.syntax is None or file.language == "c":
        return False
    return file.language in READERS or any(one.kind in ("namespace", "prototype") for one in file.syntax.definitions)


def file_row(file: Parsed) -> Row:
    """A row of `files`, as yet without a module."""
    doc = file.syntax.doc if file.syntax else ""
    return None, file.path, file.language, file.size_bytes, file.lines, doc, is_test(file.path), "", file.content


def read_row(file: Parsed, digest: str) -> Row:
    """A row of `reads`: what became of one file."""
    words = sorted(words_of(file))
    packed = zlib.compress("\n".join(words).encode(), 1) if words else b""
    return file.path, digest, file.reason, file.names_only, file.withheld, file.is_notable, packed


def words_of(file: Parsed) -> set[str]:
    """The identifiers in the code of a file, without the names that it defines itself."""
    return file.syntax.words.difference(one.name for one in file.syntax.definitions) if file.syntax else set()


def digest_of(entry: Entry, content: bytes | None) -> str:
    """What tells whether a file reads as it did: the id that git gives to its content, and whether it is near C++."""
    content = content or b""
    blob = entry.blob or hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return f"{blob}++" if entry.is_plus else blob


def symbol_row(file: Parsed, one: Definition, number: int, parent: int | None, dotted: str) -> Row:
    """A row of `symbols`, as yet without a rank."""
    tested = one.is_test or is_test(file.path)
    return (
        *(number, one.name, one.qualified_name, one.kind, file.language, file.path, one.line, one.end_line),
        *(one.doc, one.signature, listed([parts(each) for each in one.parameters if each.name]), one.returns),
        *(listed(one.bases), listed(one.decorators), one.value, parent, tested, 0.0, dotted),
        *(weight(one, parent is not None, tested, is_aside(file.path)), one.static),
    )


def weight(one: Definition, has_parent: bool, is_test: bool, is_aside: bool) -> float:
    """How much a symbol counts: tests hardly, examples and parts of other symbols little, private names less."""
    factor = TEST if is_test else ASIDE if is_aside else 1.0
    private = "_" in one.qualified_name and any(
        part.startswith("_") and not part.endswith("__") for part in one.qualified_name.split(".")
    )
    part = has_parent and one.kind in PARTS
    return factor * (PRIVATE if private else 1.0) * (PART if part else 1.0)


def parts(parameter: Parameter) -> list[str]:
    return [parameter.name, parameter.annotation, parameter.default]


def listed(values: Sequence[object]) -> str:
    return json.dumps(values) if values else "[]"


def parameter_rows(one: Definition, number: int) -> Iterator[Row]:
    """Rows of `parameters`."""
    return ((parameter.name.lstrip("*"), number) for parameter in one.parameters if parameter.name)


def search_row(number: int, one: Definition, path_words: str) -> Row:
    """A row of `search`."""
    names = [parameter.name for parameter in one.parameters if parameter.name]
    words = index_words(one.name)
    simple = one.qualified_name == one.name and not names and not one.bases
    more = words if simple else index_words(one.qualified_name, *names, *one.bases)
    return number, words, more, path_words, one.doc


def use_row(path: str, use: Use, name: str, scope: int | None, target: int | None, is_open: bool) -> Row:
    """A row of `uses`."""
    return use.kind, name, path, use.line, scope, target, is_open, use.is_deferred
