"""Symbol-checked decoding: between backticks only names that exist can be written.

A token is refused when no name begins with what it would make of the name that is being written, or when it ends a
name that does not exist. Values, strings, options and blocks of code are free.
"""

import builtins
import keyword
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from forklift.index import Index

_FENCE = "```"
_STRING = re.compile(r"'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)")
_NAME = re.compile(r"(?<![\w.\-/'\"])[A-Za-z_][\w./\-]*[?!]?")
_JOINTS = "./-"
_MARKS = "?!"
_OF_LANGUAGE = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"self", "cls", "args", "kwargs"}


@dataclass(frozen=True)
class KnownNames:
    """All names that exist, for looking up beginnings."""

    names: frozenset[str]
    ordered: tuple[str, ...]

    def begins(self, text: str) -> bool:
        """Whether a name begins with `text`."""
        at = bisect_left(self.ordered, text)
        return at < len(self.ordered) and self.ordered[at].startswith(text)


@lru_cache(maxsize=2)
def known_names(index: Index) -> KnownNames:
    """The names of a repository and of its language."""
    paths = [file.path.split("/") for file in index.files()]
    ends = {"/".join(parts[start:]) for parts in paths for start in range(len(parts))}
    return of_names(index.names() | ends | _OF_LANGUAGE)


def of_names(names: Iterable[str]) -> KnownNames:
    """The names given."""
    distinct = frozenset(names)
    return KnownNames(distinct, tuple(sorted(distinct)))


class NameCheck:
    """Says of each token whether it may come next in one answer. Names of the question may be repeated: to deny that
    something exists, it has to be named."""

    def __init__(self, known: KnownNames, question: str) -> None:
        self._known = known
        self._asked = of_names(word.rstrip(_JOINTS) for word in re.findall(r"[A-Za-z_][\w./\-]*", question))

    def allows(self, before: str, piece: str) -> bool:
        """Whether `piece` may follow `before`; "" stands for the end of the answer."""
        if before.count(_FENCE) % 2 or _FENCE in before[-2:] + piece:
            return True
        open_span = _open_span(before)
        if not piece:
            return open_span is None
        for c in piece:
            if open_span is None:
                open_span = "" if c == "`" else None
            elif c == "`":
                if not self._all_exist(open_span):
                    return False
                open_span = None
            elif c == "\n":
                return False
            else:
                open_span += c
        return open_span is None or self._can_go_on(open_span)

    def _all_exist(self, span: str) -> bool:
        return all(self._exists(name[0]) for name in _NAME.finditer(_STRING.sub("''", span)))

    def _can_go_on(self, span: str) -> bool:
        plain = _STRING.sub("''", span)
        return all(
            self._begins(name[0]) if name.end() == len(plain) else self._exists(name[0])
            for name in _NAME.finditer(plain)
        )

    def _exists(self, name: str) -> bool:
        plain = name.rstrip(_JOINTS)
        return any(one in here.names for one in (plain, plain.rstrip(_MARKS)) for here in (self._known, self._asked))

    def _begins(self, name: str) -> bool:
        return self._known.begins(name) or self._asked.begins(name) or (name[-1] in _MARKS and self._exists(name))


def _open_span(text: str) -> str | None:
    """What stands after a backtick that is not closed yet in the last line of `text`; None when all are closed."""
    line = text[text.rfind("\n") + 1 :]
    line = line[line.rfind(_FENCE) + len(_FENCE) :] if _FENCE in line else line
    return line.rpartition("`")[2] if line.count("`") % 2 else None
