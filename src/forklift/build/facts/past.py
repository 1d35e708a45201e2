"""The history of a repository as the facts need it: what may be quoted, and what is really gone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from forklift.grading import find_mentions, is_known
from forklift.index import Index
from forklift.records import Change, Notice

_RAGGED = re.compile(r"(?:\.\.\.|[\u2026:,;(])$|(?<!\w)\(\s*\)|\(\w+ \)|^\W*[*-]\s|\s/$|`[^`]*#[^`]*\) [^`]+`")
"""A text that was cut, lost a number in brackets, is an entry of a list, or has Javadoc's links beside their labels."""


@dataclass(frozen=True)
class Past:
    """Changes newest first. Texts that name code of which nothing is known today are left out: they teach names that
    nobody can look up."""

    changes: Sequence[Change] = ()  # of today's symbols
    removed: Sequence[tuple[Change, str]] = ()  # what is gone, with the path that its file has today
    notices: Sequence[Notice] = ()
    said: Mapping[str, str] = field(default_factory=dict)  # by commit its whole message, which may not be quoted
    former: frozenset[str] = frozenset()  # names that definitions had and that mean nothing today


def past_of(index: Index) -> Past:
    """The past of an index."""

    names = index.names()

    @cache
    def exists(name: str) -> bool:
        """As `is_known`, which takes milliseconds; messages name the same things again and again."""
        return ("." not in name and name in names) or is_known(name, index)

    @cache
    def quotable(text: str) -> str:
        whole = not _RAGGED.search(text) and text.count("(") == text.count(")") and text.count("`") % 2 == 0
        return text if whole and all(exists(one.text) for one in find_mentions(text)) else ""

    changes = [replace(c, subject=quotable(c.subject), reason=quotable(c.reason)) for c in index.changes()]
    paths = _ends(file.path for file in index.files())
    removed = [
        (one, paths[one.path]) for one in changes
        if one.kind == "removed" and one.path in paths and _is_telling(one.name) and not _lives_on(one.name, index)
    ]  # fmt: skip
    former = {c.before for c in changes if c.kind == "renamed"} | {c.name for c, _ in removed}
    notices = [one for one in index.notices() if not one.text or quotable(one.text)]
    gone = frozenset(name for name in former if not index.knows(_leaf(name)))
    said = {one.commit: f"{one.subject} {one.reason}" for one in index.changes()}
    return Past([one for one in changes if one.symbol_id is not None], removed, notices, said, gone)


def _ends(paths: Iterable[str]) -> Mapping[str, str]:
    """Paths by themselves and without their first folder: code is moved to or out of "src"."""
    found: dict[str, str] = {}
    for path in sorted(paths):
        found.setdefault(path.partition("/")[2] or path, path)
    return found | {path: path for path in found.values()}


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]


def _lives_on(name: str, index: Index) -> bool:
    """Whether something is still called so, or was only made private."""
    leaf = _leaf(name)
    return bool(index.find(leaf, 1)) or any(index.knows(one) for one in (leaf, f"_{leaf}", f"__{leaf}"))


def _is_telling(name: str) -> bool:
    """Whether others may have used the name: neither private nor a letter or two."""
    return len(_leaf(name)) > 2 and not any(part.startswith(("_", "#")) for part in name.split("."))
