"""Markdown as blocks, by the block parser of markdown-it-py (CommonMark), with what MyST and READMEs add: directives in
fences, front matter, headings in HTML. Links are never followed, HTML and directives never run."""

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from forklift.index.documents.inline import LONGEST_TEXT, Plain, block, labelled, plain_markdown
from forklift.index.documents.rst import CODE, DEEPEST, ENTRIES, LONGEST_LINE, PROSE, directive, read_body
from forklift.records import Block

_COLONS = re.compile(r"\s{0,12}:{3,}.*")
_HTML_HEADING = re.compile(r"<h([1-6])\b[^<>]{0,300}>(.{0,600}?)</h\1>", re.DOTALL | re.IGNORECASE)
_HTML_CUT = re.compile(
    r"<(script|style|pre|svg|table|dl)\b.{0,20000}?</\1>|<!--.{0,20000}?-->", re.DOTALL | re.IGNORECASE
)
_HTML_TAG = re.compile(r"</?[A-Za-z][^<>]{0,600}>")
_DIRECTIVE_INFO = re.compile(r"\{([\w:+.-]{1,60})\}\s*(.*)")
MOST_MATTER = 100  # lines of front matter


@cache
def _parser() -> MarkdownIt:
    """Blocks alone: what stands inside of them is read by patterns that take linear time."""
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable(["inline", "text_join", "reference"])


def read_markdown(text: str) -> Iterator[Block]:
    """The blocks of a document. Any text is one."""
    return _read(_without_matter(text), 1, 0)


def _read(text: str, first: int, depth: int) -> Iterator[Block]:
    lines = ["" if _COLONS.fullmatch(line) else line[:LONGEST_LINE] for line in text.split("\n")]
    try:
        tokens = _parser().parse("\n".join(lines))
    except (RecursionError, ValueError):  # the parser gave up: a page of text is left
        return read_body([line.rstrip() for line in lines], first, 0, [])
    return _blocks(tokens, first, depth)


def _blocks(tokens: Sequence[Token], first: int, depth: int) -> Iterator[Block]:
    lists: list[str] = []
    fresh = False  # whether the next paragraph is the first one of an item
    around = ""
    row: list[Token] = []
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("item" if token.type == "bullet_list_open" else "step")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            fresh = True
        elif token.type == "heading_open":
            around = token.tag
        elif token.type in ("paragraph_open", "td_open", "th_open"):
            around = token.type
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield from _row(row, first)
        elif token.type == "inline" and around in ("td_open", "th_open"):
            row += [token] if around == "td_open" else []
        elif token.type == "inline":
            kind = lists[-1] if lists and fresh else "paragraph"
            fresh = fresh and around[0] == "h"
            yield from _inline(token, kind, around, first, len(lists))
        elif token.type in ("fence", "code_block"):
            yield from _fence(token, first, depth)
        elif token.type == "html_block":
            yield from _html(token, first)


def _span(token: Token, first: int) -> tuple[int, int]:
    start, end = token.map or [0, 1]
    return first + start, first + max(end, start + 1) - 1


def _inline(token: Token, kind: str, around: str, first: int, level: int) -> Iterator[Block]:
    line, end_line = _span(token, first)
    if around[:1] == "h" and around[1:].isdigit():
        yield block("heading", plain_markdown(token.content), line, end_line, level=int(around[1:]))
        return
    term, text = labelled(token.content, plain_markdown) if kind == "item" else ("", "")
    plain = plain_markdown(token.content)
    if term and text:
        yield block("term", Plain(text, plain.names), line, end_line, label=term)
    elif plain.text:
        yield block(kind, plain, line, end_line, level=level)


def _row(cells: Sequence[Token], first: int) -> Iterator[Block]:
    """A row of a table that says something of what stands in its first cell."""
    if len(cells) < 2 or (len(cells) > 2 and not re.fullmatch(r"\W*`[^`]+`\W*", cells[0].content)):
        return  # the first of many columns is as likely a group
    plain = [plain_markdown(cell.content) for cell in cells]
    said = max(plain[1:], key=lambda one: len(one.text))
    if plain[0].text and len(said.text.split()) >= 3:
        line, end_line = _span(cells[0], first)
        yield block("term", Plain(said.text, [*plain[0].names, *said.names]), line, end_line,
                    label=plain[0].text.strip("`"))  # fmt: skip


def _fence(token: Token, first: int, depth: int) -> Iterator[Block]:
    """Code, or a directive of MyST."""
    line, _ = _span(token, first)
    inside = line + (token.type == "fence")
    info = _DIRECTIVE_INFO.match(token.info.strip())
    name = info[1].rpartition(":")[2].lower() if info else ""
    content = token.content.rstrip("\n")
    if not content.strip():
        return
    if info is None or name in CODE:
        label = (info[2] if info else token.info.strip()).partition(" ")[0][:40]
        yield Block("code", inside, inside + content.count("\n"), content[:LONGEST_TEXT], label=label)
    elif name == "eval-rst":
        lines = [one[:LONGEST_LINE].expandtabs(8).rstrip() for one in content.split("\n")]
        yield from read_body(lines, inside, depth + 1, [])
    elif name in PROSE and depth < DEEPEST:
        yield from _read(content, inside, depth + 1)
    elif name.removeprefix("auto") in ENTRIES and depth < DEEPEST:
        yield from directive(name, info[2], content.split("\n"), line, depth)


def _html(token: Token, first: int) -> Iterator[Block]:
    """Headings and text of a block of HTML, without its tags."""
    line, end_line = _span(token, first)
    content = _HTML_CUT.sub(" ", token.content[: 4 * LONGEST_TEXT])
    for heading in _HTML_HEADING.finditer(content):
        title = _bare(heading[2])
        if title:
            yield block("heading", plain_markdown(title), line, line, level=int(heading[1]))
    text = _bare(_HTML_HEADING.sub(" ", content))
    if len(text.split()) >= 4:
        yield block("paragraph", plain_markdown(text), line, end_line)


def _bare(content: str) -> str:
    return " ".join(html.unescape(_HTML_TAG.sub(" ", content)).split())


def _without_matter(text: str) -> str:
    """The text with blank lines in place of its front matter."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return text
    end = next((n for n, line in enumerate(lines[1:MOST_MATTER], start=1) if line.rstrip() in ("---", "...")), 0)
    return "\n".join([""] * (end + 1) + lines[end + 1 :]) if end else text
