"""One file in, what it defines and uses out."""

import re
import zlib
from bisect import bisect_right
from dataclasses import dataclass

from forklift.config import BuildConfig
from forklift.index import ctags
from forklift.index.comments import comment_above, leading_comments
from forklift.index.filters import unwanted_content
from forklift.index.headers import has_plus
from forklift.index.secrets import count_withheld, redact
from forklift.index.syntax import READERS
from forklift.index.syntax.model import Definition, Syntax
from forklift.index.syntax.tree import is_header

COMPRESSION = 3
MARKS = ("eprecate", "EPRECATE", ".. version")  # see `notices`
LOOSE, SURE = ("javascript", "typescript"), ("class", "interface", "function", "method")  # whose variables are locals
WORD = re.compile(r"[A-Za-z_]\w{2,}")


@dataclass(slots=True)
class Parsed:
    """One file, read. `reason` says why it is left out; the rest is then empty."""

    path: str
    reason: str = ""
    language: str = ""
    size_bytes: int = 0
    lines: int = 0
    content: bytes = b""  # zlib
    names_only: bool = False  # its syntax took too long to read: ctags' names are all there is
    syntax: Syntax | None = None
    is_notable: bool = False  # code that may say of something that it is deprecated or new
    withheld: int = 0  # secrets taken out of the text before anything was made of it


def shown(path: str) -> str:
    """A path as it is written down: without bytes that are no text."""
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def parse_file(
    path: str, content: bytes | None, config: BuildConfig, is_plus: bool, tagger: ctags.Ctags, names_only: bool = False
) -> Parsed:
    """One file: left out with a reason, or parsed by its language's module, or by ctags.

    `is_plus`: a header near C++, see `headers`. `names_only`: leave all to ctags.
    """
    reason = "unreadable" if content is None else unwanted_content(path, content, config)
    if content is None or reason:
        return Parsed(shown(path), reason)
    language = ctags.language_of(path, content[:200])
    if path.endswith(".h"):
        language = "c++" if is_plus or has_plus(content) else "c"
    text = redact(content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    clean = text.encode()
    syntax = read_syntax(language, clean, text, tagger, names_only) if ctags.is_code(language) else Syntax()
    if syntax is None:
        return Parsed(shown(path), "unreadable")
    return Parsed(
        path=shown(path),
        language=language if ctags.is_code(language) else "",
        size_bytes=len(content),
        lines=text.count("\n") + (not text.endswith("\n") and bool(text)),
        content=zlib.compress(clean, COMPRESSION),
        syntax=syntax,
        names_only=syntax.timed_out,
        is_notable=ctags.is_code(language) and any(mark in text for mark in MARKS),
        withheld=count_withheld(text),
    )


def read_syntax(
    language: str, content: bytes, text: str, tagger: ctags.Ctags, names_only: bool = False
) -> Syntax | None:
    """What one file of code says. None when ctags could not read it."""
    reader = READERS.get(language)
    if reader is None:
        tags = tagger.tags(language, content)
        return None if tags is None else from_tags(ctags.definitions(tags), language, text)
    syntax = Syntax(broken=True, timed_out=True) if names_only else reader(content)
    if syntax.broken:
        found = ctags.definitions(tagger.tags(language, content) or [])
        add_missing(syntax, [one for one in found if language not in LOOSE or one.kind in SURE])
    return syntax


def from_tags(definitions: list[Definition], language: str, text: str) -> Syntax:
    """ctags' definitions with the comments above them; every word counts as an identifier."""
    lines = text.split("\n")
    for one in definitions:
        one.doc = comment_above(lines, one.line, language)
    doc = next((words for words in leading_comments(lines, language) if not is_header(words)), "")
    if definitions and doc == definitions[0].doc:
        doc = ""
    return Syntax(definitions, doc=doc, words=set(WORD.findall(text)))


def add_missing(syntax: Syntax, found: list[Definition]) -> None:
    """Where the syntax tree has errors, ctags still finds definitions: those at other lines and names are added."""
    lines = {(one.line, one.name) for one in syntax.definitions}
    positions = {one.qualified_name: position for position, one in reversed(list(enumerate(syntax.definitions)))}
    for one in found:
        if (one.line, one.name) in lines or is_known(one.qualified_name, positions):
            continue
        position = len(syntax.definitions)
        one.parent = positions.get(one.qualified_name.rpartition(".")[0])
        positions[one.qualified_name] = position
        if one.parent is None:
            syntax.bindings.setdefault(one.name, (("def", str(position)),))
        syntax.definitions.append(one)
    place_uses(syntax)


def is_known(qualified_name: str, positions: dict[str, int]) -> bool:
    """Whether there is such a definition already; ctags has the namespace in front."""
    owner, _, last = qualified_name.rpartition(".")
    ends = [".".join([*owner.split(".")[at:], last]) for at in range(owner.count(".") + 1)] if owner else []
    return qualified_name in positions or any(end in positions for end in ends)


def place_uses(syntax: Syntax) -> None:
    """Gives calls that stand in no known definition the function around them, by lines."""
    functions = sorted(
        (one.line, one.end_line, position)
        for position, one in enumerate(syntax.definitions)
        if one.kind in ("function", "method")
    )
    starts = [line for line, _, _ in functions]
    for use in syntax.uses:
        at = bisect_right(starts, use.line) - 1
        if use.kind == "call" and use.scope is None and at >= 0 and use.line <= functions[at][1]:
            use.scope = functions[at][2]
