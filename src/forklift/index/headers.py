"""Which language *.h files are in: C, unless they themselves or the sources nearest to them are C++."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

PLUS = frozenset({"cc", "cpp", "cxx", "hpp", "hh"})
_HINTS = (b"::", b"class ", b"namespace", b"template", b"public", b"private", b"protected", b"using ")
_NO_CODE = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_GUARDED = re.compile(
    rb"^[ \t]*#[ \t]*if[^\n]*\b__cplusplus\b.*?^[ \t]*#[ \t]*e(?:lse|ndif)\b", re.MULTILINE | re.DOTALL
)
_SIGN = re.compile(
    rb"\w[ \t]*::[ \t]*~?[A-Za-z_]|^[ \t]*(?:template[ \t]*<|(?:inline[ \t]+)?namespace(?:[ \t]+[\w:]+)?\s*\{"
    rb"|(?:public|private|protected)[ \t]*:|using[ \t]+\w+[ \t]*=|(?:class|enum[ \t]+class)[ \t]+\w[^;()=\n]*[;{:\n])",
    re.MULTILINE,
)


def plus_headers(paths: Iterable[str]) -> frozenset[str]:
    """The headers among `paths` near which C++ is more frequent: in their directory and below it, or, where there are
    no sources, around it."""
    headers, plus = [], Counter[str]()
    for path in paths:
        suffix = path.rpartition(".")[2]
        if suffix == "h":
            headers.append(path)
        elif suffix == "c" or suffix in PLUS:
            plus.update(dict.fromkeys(above(path), -1 if suffix == "c" else 1))
    near = ((path, next((folder for folder in above(path) if folder in plus), "")) for path in headers)
    return frozenset(path for path, folder in near if plus[folder] > 0)


def above(path: str) -> Iterator[str]:
    """The directories that a file is in, the nearest first."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def has_plus(content: bytes) -> bool:
    """Whether a header holds what is no C, outside comments, strings and what only C++ compilers are to read."""
    if not any(hint in content for hint in _HINTS):
        return False
    return bool(_SIGN.search(_GUARDED.sub(b"", _NO_CODE.sub(b" ", content))))
