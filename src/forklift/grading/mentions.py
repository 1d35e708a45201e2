"""Finds the code names, paths and options that an answer mentions."""

import re
from dataclasses import replace
from functools import lru_cache

from forklift.grading.code import bound_names, code_mentions, type_mentions
from forklift.grading.prose import EXTENSIONS, FILE, NO_NAMES, Mention, prose_mentions

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}(?!`)|~{3,}(?!~))[ \t]*(?P<language>[\w+#.-]*)[^`\n]*(?:\n|\Z)"
    r"(?P<code>[\s\S]*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE,
)
_DATA = frozenset("json json5 jsonc yaml yml toml ini cfg xml html css csv diff svg http text txt".split())
_TREE = re.compile(r"[├└│]")

_CUT = re.compile(r"`[^`\s]*\Z")  # an answer that ended in the middle of a name does not claim its half
_QUOTED = re.compile(r"(?<!`)`+([^`\n]+)`+")
_QUOTED_PATH = re.compile(
    rf"(?!-)(?:\.{{1,2}}/|/)?(?:{FILE}|(?:[\w.+-]+/)+(?:[\w.+-]*\w)?)|\.(?:git|env|flaskenv|netrc)\w*"
)
_NO_PATH = re.compile(
    r"(?:application|audio|font|image|message|multipart|text|video)/[\w.+-]+(?<!\.py)(?<!\.c)(?<!\.h)"
    r"|[A-Z\d]+(?:/[A-Z\d.]+)+|\d[\d./]*|/(?!.*\.(?:py|c|h|cc|cpp|hpp|rs|go|java|rb|php)$).*"
    r"|~?/(?:etc|usr|tmp|var|home|opt|dev|proc|sys)/.*"
)
_EXTENSION = re.compile(rf"\*?\.(?:{EXTENSIONS})|\*?\.(?:so|gz|zip|whl|exe|o|a)")
_QUOTED_SYMBOL = re.compile(
    r"[*@&~$.]*(?P<name>[A-Za-z_]\w*(?:(?:\.|::|->|#)[A-Za-z_]\w*)*[!?]?)(?:\(\s*\)|\[\]|=|\s?\*{1,2})?[;,:.]?"
)


@lru_cache(maxsize=4096)  # the gold answer of a fact is graded once for each of its wordings
def find_mentions(text: str) -> tuple[Mention, ...]:
    """The code names of `text` in order, not overlapping.

    Code fences are read as code, and so is what stands between backticks: a single name counts, whatever it is.
    Outside only what cannot be plain English does: paths, dotted names, snake_case, CamelCase, calls, options and
    keyword arguments. URLs, e-mail addresses, versions and the names of well-known products do not count. Names that
    a code fence makes itself have the kind "local" wherever they stand.
    """
    mentions: list[Mention] = []
    own: set[str] = set()
    position = 0
    for fence in _FENCE.finditer(text):
        mentions += _sentence_mentions(text, position, fence.start())
        mentions += _fenced_mentions(text, fence)
        own |= bound_names(text, *fence.span("code"))
        position = fence.end()
    cut = _CUT.search(text, position) if text.count("`") % 2 else None
    mentions += _sentence_mentions(text, position, cut.start() if cut else len(text))
    return tuple(replace(one, kind="local") if one.text in own and one.kind == "symbol" else one for one in mentions)


def _fenced_mentions(text: str, fence: re.Match[str]) -> list[Mention]:
    start, end = fence.span("code")
    if _TREE.search(text, start, end):
        return prose_mentions(text, start, end)
    found = [] if fence["language"].lower() in _DATA else code_mentions(text, start, end)
    return [one for one in found if one.end < len(text)]  # an answer that ended in its code ended within a name


def _sentence_mentions(text: str, start: int, end: int) -> list[Mention]:
    """The names in prose with code between backticks."""
    mentions: list[Mention] = []
    for quoted in _QUOTED.finditer(text, start, end):
        mentions += prose_mentions(text, start, quoted.start())
        mentions += _quoted_mentions(text, *quoted.span(1))
        start = quoted.end()
    return mentions + prose_mentions(text, start, end)


def _quoted_mentions(text: str, start: int, end: int) -> list[Mention]:
    content = text[start:end]
    start, content = start + len(content) - len(content.lstrip()), content.strip()
    end = start + len(content)
    if _EXTENSION.fullmatch(content) or _NO_PATH.fullmatch(content) or content in NO_NAMES:
        return []
    if _QUOTED_PATH.fullmatch(content):
        return [Mention(content, start, end, "path")]
    if name := _QUOTED_SYMBOL.fullmatch(content):
        return [Mention(name["name"], start + name.start("name"), start + name.end("name"), "symbol")]
    return type_mentions(text, start, end) or code_mentions(text, start, end)
