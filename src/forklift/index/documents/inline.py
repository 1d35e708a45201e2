"""Inline markup as plain text: code in backticks, links as their words, the rest without marks.

Every pattern is bounded, so that no text takes more than linear time.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from forklift.records import Block

LONGEST_TEXT = 5_000
CODE_ROLES = {
    "class": "class", "exc": "class", "struct": "class", "union": "class", "enum": "class", "type": "class",
    "func": "function", "function": "function", "meth": "method", "method": "method", "macro": "function",
    "attr": "attribute", "attribute": "attribute", "member": "attribute", "prop": "attribute", "property": "attribute",
    "data": "data", "const": "data", "var": "data", "obj": "", "mod": "module", "decorator": "function",
}  # fmt: skip
"""Roles that say that something is a name, and what it names."""
SHOWN_ROLES = frozenset(
    "code literal file command program option envvar samp kbd makevar py confval setting config mimetype".split()
)
TITLE_ROLES = frozenset("ref doc numref any term dfn abbr guilabel menuselection sub sup strong emphasis title".split())
DROPPED_ROLES = frozenset("issue pr pull user gh ghpr ghuser author commit cve cwe bpo raw math eq cite".split())

_OPEN, _CLOSE = "\ue000", "\ue001"
_KEPT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_NAME = re.compile(r"[~!.]{0,3}[A-Za-z_$][\w.:$>-]{0,120}(?:\(\))?")
_CALL = re.compile(r"^([A-Za-z_$][\w.:$>-]{0,120})\([^()`]{1,200}\)$")  # of which only the name says what is meant
_TITLED = re.compile(r"([^<`]{0,300}?)\s*<([^<>`]{1,300})>")

_RST_LITERAL = re.compile(r"``(?=\S)([^\n]{1,300}?)(?<=\S)``(?!`)")
_RST_ROLE = re.compile(r":([A-Za-z][\w:+.-]{0,40}):`([^`]{1,300})`|`([^`]{1,300})`:([A-Za-z][\w:+.-]{0,40}):")
_RST_LINK = re.compile(r"`([^`<>]{1,300}?)\s*(?:<[^<>`]{1,500}>)?`__?(?!\w)|`<([^<>`]{1,500})>`__?")
_RST_DEFAULT = re.compile(r"(?<![\w`])`(?=\S)([^`]{1,300})`(?![\w`])")
_RST_NOTHING = re.compile(r"\|[^|\s][^|\n]{0,80}\|_{0,2}| ?\[[\w#*.-]{1,40}\]_(?!\w)|_`(?=[^`]{1,100}`)")
_RST_REFERENCE = re.compile(r"(?<![\w`_.])([A-Za-z][\w.-]{0,60}?[A-Za-z0-9])__?(?=[\s.,;:)!?'\"]|$)")
_RST_STRONG = re.compile(r"(?<![\w*\\])(\*{1,2})(?=[^\s*])([^*]{1,300})(?<=\S)\1(?![\w*])")

_MD_CODE = re.compile(r"(?:\{([\w:+.-]{1,40})\})?(?<!`)(`{1,3})(?!`)(.{1,300}?)(?<!`)\2(?!`)", re.DOTALL)
_MD_IMAGE = re.compile(r"!\[[^\[\]]{0,300}\](?:\([^()\n]{0,800}\)|\[[^\[\]]{0,100}\])?")
_MD_LINK = re.compile(
    r"\[([^\[\]]{0,400})\](?:\([^()\n]{0,800}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|\[[^\[\]]{0,100}\])"
)
_MD_SHORTCUT = re.compile(r"(?<!\w\()\[(?!secret withheld)([A-Za-z\ue000][^\[\]\n]{1,60})\](?![(\[:])")
_MD_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:[ \t]{0,9}\S[^\n]{0,1000}$", re.MULTILINE)
_MD_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,60}\]")
_MD_STRONG = re.compile(r"(?<![\w*_\\])(\*{1,3}|_{1,3})(?=[^\s*_])([^*\n]{1,300}?)(?<=[^\s\\])\1(?![\w*])")
_TAG = re.compile(
    r"<(?:/?[A-Za-z][^<>]{0,400}|!--[^>]{0,400}--|[a-z]{2,8}:[^<>\s]{0,400}|[^<>\s@]{1,80}@[^<>\s]{1,80})>"
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LABELLED = re.compile(
    r"(?:\*\*([^*\n]{2,60})\*\*|`{1,2}([^`\n]{2,60})`{1,2})\s{0,3}(?::|-{1,2}|[\u2013\u2014]|(?<=:\*\*))\s{1,3}"
    r"(?=\S)((?:.|\n){10,5000})"
)
_CONTROL = re.compile(r"[^\S \n]|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(slots=True)
class Plain:
    """Plain text, and the names that were written as code, after what a role says of them."""

    text: str = ""
    names: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def keep(self, shown: str) -> str:
        """A mark in place of `shown`, which no pattern may touch any more."""
        self.kept.append(shown)
        return f"{_OPEN}{len(self.kept) - 1}{_CLOSE}"

    def code(self, content: str, hint: str = "", name: str = "") -> str:
        """`content` as code, which names something when it looks so."""
        content = " ".join(content.replace("`", "'").split())
        name = name or _CALL.sub(r"\1()", content)
        if len(name) <= 120 and _NAME.fullmatch(name):
            self.names.append(f"{hint}:{name.lstrip('~!.')}")
        return self.keep(f"`{content}`") if content else ""


def plain_rst(text: str) -> Plain:
    """The text of a reStructuredText paragraph."""
    found = Plain()
    text = _cut(text)
    text = _RST_LITERAL.sub(lambda one: found.code(one[1]), text)
    text = _RST_ROLE.sub(lambda one: _role(found, one[1] or one[4], one[2] or one[3]), text)
    text = _RST_LINK.sub(lambda one: one[1] or "", text)
    text = _RST_NOTHING.sub("", text)
    text = _RST_DEFAULT.sub(lambda one: found.code(one[1]) if _NAME.fullmatch(one[1]) else one[1], text)
    text = _RST_STRONG.sub(r"\2", text)
    text = _RST_REFERENCE.sub(r"\1", text.replace("\\ ", ""))
    return _restored(found, _ESCAPE.sub(r"\1", text))


def plain_markdown(text: str) -> Plain:
    """The text of a Markdown paragraph, with the roles that MyST adds."""
    found = Plain()
    text = _cut(text)
    text = _MD_DEFINITION.sub("", text)
    text = _MD_CODE.sub(lambda one: _role(found, one[1], one[3]) if one[1] else found.code(one[3]), text)
    for _ in range(2):  # an image in a link
        text = _MD_LINK.sub(r"\1", _MD_IMAGE.sub("", text))
    text = _TAG.sub("", _MD_FOOTNOTE.sub("", _MD_SHORTCUT.sub(r"\1", text)))
    for _ in range(2):  # ***both***
        text = _MD_STRONG.sub(r"\2", text)
    return _restored(found, html.unescape(_ESCAPE.sub(r"\1", text)))


def plain_text(text: str) -> Plain:
    """The text of a paragraph without markup; names between backticks count."""
    found = Plain()
    text = _MD_CODE.sub(lambda one: found.code(one[3]), _cut(text))
    return _restored(found, text)


def labelled(text: str, plain: Callable[[str], Plain]) -> tuple[str, str]:
    """A list item that begins with a term, as (term, what is said of it): "**Term**: it is...". ("", "") for others."""
    found = _LABELLED.match(text)
    if found is None:
        return "", ""
    return plain(found[1] or found[2]).text.strip("` :"), plain(found[3]).text


def block(kind: str, plain: Plain, line: int, end_line: int, **more: object) -> Block:
    """A block of plain text."""
    return Block(kind, line, end_line, plain.text, names=tuple(dict.fromkeys(plain.names)), **more)  # type: ignore[arg-type]


def _cut(text: str) -> str:
    return _CONTROL.sub(" ", _PRIVATE.sub("", text[:LONGEST_TEXT]))


def _restored(found: Plain, text: str) -> Plain:
    found.text = " ".join(_KEPT.sub(lambda one: found.kept[int(one[1])], text).split())
    return found


def _role(found: Plain, role: str, content: str) -> str:
    """What is shown for an interpreted text."""
    name = role.rpartition(":")[2].lower()
    titled = _TITLED.fullmatch(content.strip())
    title, target = (titled[1], titled[2]) if titled else ("", content.strip())
    if name in CODE_ROLES:
        target = target.partition("(")[0].lstrip("~!.")
        if title:
            found.names.append(f"{CODE_ROLES[name]}:{target}")
            return found.keep(title)
        return found.code(target, CODE_ROLES[name])
    if name in DROPPED_ROLES:
        return ""
    if name in SHOWN_ROLES:
        return found.code(title or target, name=" ")
    if name in ("ref", "doc", "numref") and not title:
        return re.sub(r"[-_:/.]+", " ", target.rstrip("/").rpartition("/")[2] if name == "doc" else target).strip()
    return title or target.lstrip("~!")
