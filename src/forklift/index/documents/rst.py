"""reStructuredText as blocks: titles, paragraphs, lists, definitions, directives and code.

An own reader instead of docutils': that one includes files, knows no Sphinx, and gives no exact lines. This one never
opens anything, and reads each line once for each level of indentation, of which it follows a few.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from forklift.index.documents.inline import LONGEST_TEXT, Plain, block, labelled, plain_rst
from forklift.records import Block

DEEPEST = 12
LONGEST_LINE = 2_000
LONGEST_TERM = 100
CODE = frozenset("code code-block sourcecode parsed-literal doctest testcode prompt example run ipython".split())
PROSE = frozenset(
    "note warning tip hint important caution danger attention error seealso admonition topic sidebar container tab "
    "tab-item tab-set tabs group-tab dropdown epigraph compound glossary rst-class class details card".split()
)
"""Directives that hold text of their own document."""
ENTRIES = {
    "class": "class", "exception": "class", "struct": "class", "union": "class", "enum": "class", "type": "class",
    "function": "function", "method": "method", "classmethod": "method", "staticmethod": "method", "macro": "function",
    "attribute": "attribute", "property": "attribute", "member": "attribute", "data": "data", "var": "data",
    "module": "module", "decorator": "function", "option": "", "envvar": "", "confval": "", "describe": "",
    "object": "", "setting": "", "enumerator": "data",
}  # fmt: skip
"""Directives that describe a name, by what it is; with "auto" before it the code itself describes it."""

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*")
_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|\n]{1,100}\|\s+)?([A-Za-z][\w:+.-]{0,60}?)\s?::(?:\s+(.*)|)$")
_OPTION = re.compile(r":[\w-]{1,40}:(?:\s|$)")
_FIELD = re.compile(r":[^:\n`][^:\n]{0,100}:(?:\s|$)")
_BULLET = re.compile(r"([-*+\u2022])(\s+)(?=\S)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|#)[.)](\s+)(?=\S)")
_TABLE = re.compile(r"\+[-=+]{2,}\+|={2,}(?: +={2,})+")
_ENTRY_NAME = re.compile(r"(?:[\w*&:<>,\[\]]+\s+)*?([~!]?[A-Za-z_$-][\w.:$-]*)\s*(?:\(.*|:.*|=.*|\[.*)?$")

Found = tuple[int, Iterable[Block]]
"""Where an element ends, and its blocks."""


def read_rst(text: str) -> Iterator[Block]:
    """The blocks of a document. Any text is one."""
    lines = [line[:LONGEST_LINE].expandtabs(8).rstrip() for line in text.split("\n")]
    return read_body(lines, 1, 0, [])


def read_body(lines: Sequence[str], first: int, depth: int, styles: list[str]) -> Iterator[Block]:
    """The blocks of `lines`, of which the first one has the number `first`. `styles`: of titles, outermost first."""
    at = 0
    while at < len(lines):
        end, found = _element(lines, at, first, depth, styles) if lines[at] else (at + 1, ())
        yield from found
        at = max(end, at + 1)


def _element(lines: Sequence[str], at: int, first: int, depth: int, styles: list[str]) -> Found:
    line = lines[at]
    if depth == 0 and (title := _title(lines, at, first, styles)):
        return title
    if _ADORNMENT.fullmatch(line) and len(line) >= 4:
        return at + 1, ()  # a transition
    if line == ".." or line.startswith((".. ", "__ ")):
        end = _end_of_indented(lines, at + 1)
        return end, _explicit(lines[at:end], first + at, depth)
    if line[0] == " ":
        end = _end_of_indented(lines, at)
        return end, _indented(lines[at:end], first + at, depth)
    if marker := _BULLET.match(line) or _NUMBER.match(line):
        return _item(lines, at, first, depth, marker)
    if _FIELD.match(line):
        return _end_of_indented(lines, at + 1), ()
    if line.startswith((">>> ", "$ ")):
        end = _blank(lines, at)
        return end, _code(lines[at:end], first + at, "")
    if _TABLE.match(line):
        return _blank(lines, at), ()
    return _paragraph(lines, at, first, depth)


def _title(lines: Sequence[str], at: int, first: int, styles: list[str]) -> Found | None:
    """A title with a line below it, or with equal lines above and below."""
    line, below = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
    if _ADORNMENT.fullmatch(line):
        if len(line) < 3 or not below.strip() or at + 2 >= len(lines) or lines[at + 2] != line:
            return None
        text, style, end = below.strip(), f"{line[0]} above", at + 3
    elif line[0] != " " and below and _ADORNMENT.fullmatch(below) and len(below) >= min(len(line), 4):
        text, style, end = line, below[0], at + 2
    else:
        return None
    if style not in styles:
        styles.append(style)
    plain = plain_rst(text)
    return end, [block("heading", plain, first + at, first + end - 1, level=styles.index(style) + 1)]


def _paragraph(lines: Sequence[str], at: int, first: int, depth: int) -> Found:
    """A paragraph with the code that it announces by "::", or a term with its definition."""
    end = at + 1
    if end < len(lines) and lines[end].startswith(" ") and not lines[at].endswith("::"):
        return _definition(lines, at, first, depth)
    while end < len(lines) and lines[end] and not (depth == 0 and _is_title(lines, end)):
        end += 1
    text = " ".join(line.strip() for line in lines[at:end])
    if not text.endswith("::"):
        return end, [_prose("paragraph", text, first + at, first + end - 1)]
    found = [_prose("paragraph", text[:-1], first + at, first + end - 1)] if text.strip(":") else []
    start = next((n for n in range(end, len(lines)) if lines[n]), len(lines))
    stop = _end_of_indented(lines, start)
    if stop > start:
        found += _code(lines[start:stop], first + start, "")
    return max(stop, end), found


def _is_title(lines: Sequence[str], at: int) -> bool:
    """Whether the next line is a title whose paragraph above it lacks a blank line."""
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return len(below) >= 4 and len(below) >= len(lines[at]) and _ADORNMENT.fullmatch(below) is not None


def _definition(lines: Sequence[str], at: int, first: int, depth: int) -> Found:
    end = _end_of_indented(lines, at + 1)
    term = lines[at].partition(" : ")[0]
    body = list(_indented(lines[at + 1 : end], first + at + 1, depth))
    if len(term) > LONGEST_TERM or term.endswith((".", ",", ":")) or not body or body[0].kind != "paragraph":
        return end, [_prose("paragraph", lines[at], first + at, first + at), *body]
    plain = plain_rst(term)
    named = Plain(body[0].text, [*plain.names, *body[0].names])
    return end, [block("term", named, first + at, body[0].end_line, label=plain.text.strip("`")), *body[1:]]


def _item(lines: Sequence[str], at: int, first: int, depth: int, marker: re.Match[str]) -> Found:
    """An item of a list, with what is nested in it."""
    width = len(marker[0])
    end = at + 1
    while end < len(lines) and (not lines[end] or lines[end].startswith(" " * min(width, 2))):
        end += 1
    inside = [lines[at][width:], *(line[min(width, _margin(line)) :] for line in lines[at + 1 : end])]
    if depth >= DEEPEST:
        return end, [_prose("paragraph", " ".join(inside), first + at, first + end - 1)]
    body = list(read_body(inside, first + at, depth + 1, []))
    if not body or body[0].kind != "paragraph":
        return end, body
    term, text = labelled("\n".join(inside[: body[0].end_line - first - at + 1]), plain_rst)
    if term and text:
        body[0] = replace(body[0], kind="term", label=term, text=text)
    else:
        numbered = _BULLET.match(lines[at]) is None
        body[0] = replace(body[0], kind="step" if numbered else "item", level=depth)
    return end, body


def _explicit(lines: Sequence[str], first: int, depth: int) -> Iterator[Block]:
    """A directive that says something. Comments, targets and footnotes say nothing."""
    found = _DIRECTIVE.match(lines[0])
    if found and depth < DEEPEST:
        yield from directive(found[1], (found[2] or "").strip(), lines[1:], first, depth)


def directive(name: str, argument: str, lines: Sequence[str], first: int, depth: int) -> Iterator[Block]:
    """What a directive says; `lines` are those below its first one, which has the number `first`."""
    name = name.rpartition(":")[2].lower()
    start = next((n for n, line in enumerate(lines) if not _OPTION.match(line.strip())), len(lines))
    body, number = _dedented(lines[start:]), first + 1 + start
    if name in CODE:
        yield from _code(body, number, argument)
    elif name in PROSE:
        if argument and name in ("note", "warning", "tip", "hint", "important", "seealso", "caution"):
            rest = next((n for n, line in enumerate(body) if not line), len(body)) if start == 0 else 0
            text = " ".join([argument, *(line.strip() for line in body[:rest])])
            yield _prose("paragraph", text, first, first + rest)
            body, number = body[rest:], number + rest
        yield from read_body(body, number, depth + 1, [])
    elif name.removeprefix("auto") in ENTRIES:
        yield from _entry(ENTRIES[name.removeprefix("auto")], argument, body, first, number, depth)


def _entry(hint: str, argument: str, body: Sequence[str], first: int, number: int, depth: int) -> Iterator[Block]:
    """The description of one name."""
    name = _ENTRY_NAME.match(argument[:300])
    inside = list(read_body(body, number, depth + 1, []))
    if name is None:
        yield from inside
        return
    said = inside.pop(0) if inside and inside[0].kind == "paragraph" else None
    label = name[1].lstrip("~!")
    plain = Plain(said.text if said else "", [f"{hint}:{label}", *(said.names if said else ())])
    yield block("entry", plain, first, said.end_line if said else first, label=label)
    yield from inside


def _indented(lines: Sequence[str], first: int, depth: int) -> Iterator[Block]:
    """A block quotation."""
    if depth >= DEEPEST:
        text = " ".join(line.strip() for line in lines[:100])
        return iter([_prose("paragraph", text, first, first + len(lines) - 1)])
    return read_body(_dedented(lines), first, depth + 1, [])


def _prose(kind: str, text: str, line: int, end_line: int) -> Block:
    return block(kind, plain_rst(text), line, end_line)


def _code(lines: Sequence[str], first: int, language: str) -> list[Block]:
    """Lines of code as a block; none when they are blank."""
    inside = _dedented(lines)
    start = next((n for n, line in enumerate(inside) if line), 0)
    stop = next((n for n in range(len(inside), 0, -1) if inside[n - 1]), start)
    text = "\n".join(inside[start:stop])[:LONGEST_TEXT]
    return [Block("code", first + start, first + stop - 1, text, label=language[:40])] if text else []


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(lines: Sequence[str]) -> list[str]:
    margin = min((_margin(line) for line in lines if line), default=0)
    return [line[margin:] for line in lines]


def _end_of_indented(lines: Sequence[str], at: int) -> int:
    """The first line from `at` on that is neither blank nor indented."""
    while at < len(lines) and (not lines[at] or lines[at][0] == " "):
        at += 1
    return at


def _blank(lines: Sequence[str], at: int) -> int:
    """The first blank line from `at` on."""
    while at < len(lines) and lines[at]:
        at += 1
    return at
