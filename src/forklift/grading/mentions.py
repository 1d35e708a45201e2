"""Finds the code identifiers and paths that a piece of prose mentions."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mention:
    """One code name in a text: text[start:end] == text."""

    text: str
    start: int
    end: int
    kind: Literal["symbol", "path"]


_EXTENSIONS = (
    "py pyi pyx c h cc cpp cxx hh hpp js jsx ts tsx go rs java rb cs php sh md rst txt toml cfg ini json "
    "ya?ml html css sql lock in mk cmake S"
).replace(" ", "|")
_PATH = rf"(?:[\w.+-]+/)*[\w+-][\w.+-]*\.(?:{_EXTENSIONS})|(?:[\w.+-]+/){{2,}}(?:[\w.+-]*\w)?"
_DOTTED = r"[A-Za-z_]\w+(?:\.[A-Za-z_]\w*)+"
_CAMEL = r"[A-Z]+[a-z0-9]+[A-Z]\w*|[A-Z]{2,}[a-z0-9]\w*|[a-z][a-z0-9]*[A-Z]\w*"
_SNAKE = r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+_*|__?[A-Za-z]\w*"
_CALL = r"[A-Za-z_]\w*(?=\(\))"

# The lookbehinds change no match: they keep the search linear in long runs of one kind of character.
_SKIP = re.compile(
    r"\b(?:https?|ftp)://\S+|\bwww\.\S+|(?<!\S)[^\s@]+@[^\s@]+\.\S+|\b(?:e\.g|i\.e|etc|vs)\.|(?<!\d)\d+(?:\.\w+)+"
)
_PROSE = re.compile(rf"(?<![\w/.])(?:(?P<path>{_PATH})|(?P<symbol>{_DOTTED}|{_CALL}|{_SNAKE}|{_CAMEL}))(?![\w/])")
_QUOTED = re.compile(r"(?<!`)`+([^`\n]+)`+")
_QUOTED_PATH = re.compile(rf"(?:\./)?(?:{_PATH}|(?:[\w.+-]+/)+(?:[\w.+-]*\w)?)")
_QUOTED_SYMBOL = re.compile(r"[*@&]*([A-Za-z_][\w]*(?:(?:\.|::|->)[A-Za-z_]\w*)*)(?:\(.*\))?;?")

# Names of products and formats that look like identifiers and name no code.
_PROPER_NOUNS = frozenset(
    "GitHub GitLab JavaScript TypeScript PyPI OpenAI SQLite PostgreSQL MySQL MongoDB YouTube LaTeX iOS macOS "
    "DevOps NumPy PyTorch TensorFlow FastAPI GraphQL OAuth WebSocket HTTPs IPv4 IPv6 UTF8 APIs URLs URIs IDs "
    "CLIs PDFs HTMLs".split()
)


@lru_cache(maxsize=4096)  # the gold answer of a fact is graded once for each of its wordings
def find_mentions(text: str) -> tuple[Mention, ...]:
    """The code names of `text` in order, not overlapping.

    Between backticks everything that reads as a name counts; outside only what cannot be plain English:
    paths, dotted names, snake_case, CamelCase and calls. URLs, e-mail addresses, versions and the names of
    well-known products do not count.
    """
    mentions: list[Mention] = []
    position = 0
    for quoted in _QUOTED.finditer(text):
        mentions += _prose_mentions(text, position, quoted.start())
        mentions += _quoted_mentions(text, quoted.start(1), quoted.end(1))
        position = quoted.end()
    return (*mentions, *_prose_mentions(text, position, len(text)))


def _quoted_mentions(text: str, start: int, end: int) -> list[Mention]:
    content = text[start:end]
    if _QUOTED_PATH.fullmatch(content):
        return [Mention(content, start, end, "path")]
    if name := _QUOTED_SYMBOL.fullmatch(content):
        return [Mention(name[1], start + name.start(1), start + name.end(1), "symbol")]
    return _prose_mentions(text, start, end)


def _prose_mentions(text: str, start: int, end: int) -> list[Mention]:
    found = []
    while start < end:
        skip = _SKIP.search(text, start, end)
        stop = skip.start() if skip else end
        for match in _PROSE.finditer(text, start, stop):
            if match[0] not in _PROPER_NOUNS:
                kind: Literal["symbol", "path"] = "path" if match["path"] else "symbol"
                found.append(Mention(match[0], match.start(), match.end(), kind))
        start = skip.end() if skip else end
    return found
