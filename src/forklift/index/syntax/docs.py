"""Comments as documentation: the words without the marks, in any language."""

import html
import inspect
import re
from collections.abc import Sequence

from tree_sitter import Node

from forklift.index.syntax.tree import end_line_of, is_header, line_of, text

MARKS = re.compile(r"^\s*(/\*+!?<?|//[/!]*<?|#+!?|=begin|=end)|(?<!\*)\*+/\s*$")
STAR = re.compile(r"^\s*\*(?!\*) ?|^\s")
HEADING = re.compile(r"=+ \w")  # of RDoc
BRIEF = re.compile(r"^[@\\](brief|description|summary|short)\b\s*", re.MULTILINE)
NAMED = re.compile(r"""<(param|typeparam|exception)\s+(?:name|cref)\s*=\s*["'](?:\w:)?([^"']*)["']\s*>""")
MENTION = re.compile(
    r"""<(?:see|seealso|paramref|typeparamref)\s+(?:cref|name|langword|href)\s*=\s*["'](?:\w:)?([^"']*)["']\s*/?>"""
)
INLINE = re.compile(r"\{@(?:code|link|linkplain|literal|value|inheritDoc)\s*#?([^{}]*)\}", re.IGNORECASE)
CODE = re.compile(r"</?(code|tt|c)>", re.IGNORECASE)
BREAK = re.compile(r"</?(br|summary|li)\b[^<>]*/?>", re.IGNORECASE)
PARAGRAPH = re.compile(r"</?(p|para|remarks|returns|value|ul|ol|dl|pre|h\d)\b[^<>]*/?>", re.IGNORECASE)
TAG = re.compile(
    r"</?(?:(?-i:b|i|a|u)|em|strong|sup|sub|span|div|blockquote|table|tr|td|th|dt|dd|inheritdoc|example|list|item|term|"
    r"description|listheader|see|param|typeparam|exception|permission|include)\b[^<>]*/?>",
    re.IGNORECASE,
)
FIELDS = {"param": "@param", "typeparam": "@typeparam", "exception": "@throws"}


def words_of(comments: Sequence[Node]) -> str:
    """The words of adjacent comments, without marks and markup; "" where they are a licence or a directive."""
    lines: list[str] = []
    for comment in comments:
        written = text(comment).rstrip().split("\n")
        lines += [MARKS.sub("", STAR.sub("", line) if at else line).rstrip() for at, line in enumerate(written)]
    words = inspect.cleandoc("\n".join(lines)).rstrip("*-=/~_# \t\r\n")
    words = words if HEADING.match(words) else words.lstrip("*-=/~_# \t\r\n")
    return "" if is_header(words) else without_markup(words)


def without_markup(words: str) -> str:
    """Doxygen's @brief, Javadoc's and C#'s tags taken out, what they name kept in backticks."""
    words = BRIEF.sub("", words)
    if "{@" in words:
        words = INLINE.sub(lambda found: f"`{link(found[1])}`" if found[1].strip() else "", words)
    if "<" in words:
        words = MENTION.sub(r"`\1`", words)
        words = words.replace("<returns>", "\n@returns ")
        words = NAMED.sub(lambda found: f"\n{FIELDS[found[1]]} {found[2]} ", words)
        words = TAG.sub("", BREAK.sub("\n", PARAGRAPH.sub("\n\n", CODE.sub("`", words))))
    if "&" in words:
        words = html.unescape(words)
    lines = [line.rstrip() for line in words.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def link(written: str) -> str:
    """What {@link A#b label} names."""
    return written.strip().split("  ")[0].partition(" ")[0].replace("#", ".") if "(" not in written else written.strip()


def blocks_of(comments: Sequence[Node]) -> list[list[Node]]:
    """Comments in blocks of adjacent lines."""
    blocks: list[list[Node]] = []
    for comment in comments:
        if blocks and line_of(comment) <= end_line_of(blocks[-1][-1]) + 1:
            blocks[-1].append(comment)
        else:
            blocks.append([comment])
    return blocks
