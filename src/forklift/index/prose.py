"""Doc comments as plain prose."""

import re

_ASIDE = re.compile(r"\.\.|>>>|@|go:[a-z]|\+build |:[^:`]+:(?!`)|[A-Z][\w /-]{1,40}::(?=\s|$)")
"""Directives, doctests, fields, RDoc's "Label::"; a role (":class:`X`") is prose."""
_SHOWN = re.compile(r"\[!\[|!\[|\[[^\]]+\]:\s")  # badges, images, where links lead to
_ITEM = re.compile(r"[-+] \S|\d+[.)] ")
_UNDERLINE = re.compile(r"([-=~^*+#])\1\1+$")
_ROLE = re.compile(r":[\w:+.-]+:`~?!?\.?([^`<]+?)(?:\s*<[^>]*>)?`")
_MARKUP = re.compile(r"``([^`]+)``|(?<!\w)\*\*([^*`]+)\*\*(?!\w)")
_LINK = re.compile(r"(?<![!\w])\[([^\[\]]+)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_SHORTCUT = re.compile(
    r"(?<![\w\])])\[(`[^`\[\]]+`|[A-Z]\w*(?:::\w+)*)\](?![(\[:\w])"
)  # a link to a name, of Rust and Go
_STARTS = re.compile(r"(?:Returns?|Raises|Throws|Yields|Note|See)\b")
_SENTENCE_END = re.compile(r"(?<=[\w)`'\"])[.!?](?=\s|$)")
_LEFT = re.compile(r"\*\*|(?<!\w)\(\s*\)|\(\w+ \)")  # what is left of markup, or where an address was taken out
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|[Ee]x)|\b[A-Z])\.$")


def first_sentence(doc: str, max_chars: int = 200) -> str:
    """The first sentence of a doc comment as plain prose, without its final full stop; "" when it says nothing.

    Field lists (":param x:"), directives and doctest lines are no prose. Longer sentences are cut at a word.
    """
    text = _MARKUP.sub(lambda m: f"`{m[1]}`" if m[1] else m[2], _ROLE.sub(r"`\1`", _first_paragraph(doc)))
    text = _SHORTCUT.sub(r"\1", _LINK.sub(r"\1", text))
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[: end.end()]):
            text = text[: end.start()]
            break
    text = text.strip().rstrip(".: ")
    if len(text) > max_chars:
        text = text[:max_chars].rsplit(" ", 1)[0].rstrip(",;:") + "..."
    return text if re.search(r"[A-Za-z]{3}", text) else ""


def whole_sentence(doc: str, max_chars: int = 300) -> str:
    """The first sentence as `first_sentence` has it; "" where it would have to be cut, or goes on in a list."""
    sentence = first_sentence(doc, max_chars)
    announces = _first_paragraph(doc).rstrip("`*_ ").endswith(":") and not _SENTENCE_END.search(_first_paragraph(doc))
    if _LEFT.search(sentence):
        return ""
    is_none = (sentence.isupper() and " " in sentence) or sentence.startswith("///")  # a shout, what a script needs
    return "" if is_none or sentence.endswith("...") or (announces and " " in sentence) else sentence


def joined_lines(lines: list[str]) -> str:
    """Lines of prose as one; a line that ends though the next one's first word, a capitalised one, would have fitted
    on it ends a sentence."""
    width = max(map(len, lines), default=0)
    text = ""
    for before, line in zip(["", *lines], lines, strict=False):
        first = line.partition(" ")[0]
        ended = (
            bool(text) and before[-1:].isalnum() | (before[-1:] in ")`") and bool(re.match(r"[A-Z][a-z]+:?$", first))
        )
        ended = ended and (len(before) + 1 + len(first) <= width or _STARTS.match(first) is not None)
        text += ("." if ended else "") + (" " if text else "") + line
    return text


def _first_paragraph(doc: str) -> str:
    """The first lines of prose, joined; what follows a field, directive or doctest line belongs to it."""
    paragraph: list[str] = []
    aside = False
    for line in doc.strip().splitlines():
        stripped = line.strip().lstrip("*").strip()
        if _UNDERLINE.match(line.strip()) or re.match(r"=+ \S", stripped):
            paragraph.clear()  # it was a title
        elif _SHOWN.match(stripped):
            continue
        elif not stripped or _ASIDE.match(stripped) or (paragraph and _ITEM.match(stripped)):
            if paragraph:
                break
            aside = bool(_ASIDE.match(stripped))
        elif not aside:
            paragraph.append(stripped)
    return joined_lines(paragraph)
