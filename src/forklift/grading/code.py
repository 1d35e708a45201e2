"""Code names in pieces of code: what a reader could look up.

One regular expression reads code of the C and Python families and of the shell alike. It finds names that are dotted,
called, imported, inherited, raised, decorate or give a keyword argument, and names that look like no plain word.
Variables that are plain words, literals, keywords and the text of strings are passed over.
"""

import re
from collections.abc import Iterator

from forklift.grading.prose import CAMEL, FILE, NO_NAMES, SNAKE, Kind, Mention, prose_mentions

_NAME = r"[A-Za-z_]\w*"
_SEPARATOR = r"(?:\.|->|::)"
_CHAIN = rf"{_NAME}(?:{_SEPARATOR}{_NAME})+"
_INTRODUCED = "|".join(
    rf"(?<=\b{word}\s)"
    for word in "def class raise except new throw struct enum union extends implements define ifdef ifndef".split()
)
_TYPE_NAME = r"[A-Z]\w+(?=\s?[\[(*&|,)\]])|(?:(?<=[\[|(:&=,]\s)|(?<=[\[|(&])|(?<=->\s)|(?<=return\s))[A-Z]\w+"
_OTHER_PROGRAMS = (
    "pip3?|git|apt|apt-get|brew|conda|npm|npx|yarn|docker|podman|poetry|uv|tox|pytest|make|cmake|gcc|tar|wget|ssh"
)
_SURE_EXTENSIONS = "py|toml|cfg|ini|ya?ml|md|rst|txt|sh"  # no attribute is called so
_COMMENT = (
    r"\#(?!\s*(?:define|ifn?def|if|undef|pragma|elif|endif|include)\b)[^\n]*"
    r"|(?<![\w)\]]\s)//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)"
)
_STRING = r'"""[\s\S]*?(?:"""|\Z)|' + r"'''[\s\S]*?(?:'''|\Z)|" + r'"(?:[^"\\\n]|\\.)*"?|' + r"'(?:[^'\\\n]|\\.)*'?"
_CODE = re.compile(
    rf"""
      (?<!\w)\w+://\S+
    | (?P<imports>\b(?:from\s+\.*[\w.]*\s+)?import\s+(?:\([^)]{{0,1000}}\)|\{{[^}}]{{0,1000}}\}}|[^\n;#]+))
    | \#\s*include\s*[<"](?P<header>[^>"\n]+)
    | (?P<comment>{_COMMENT})
    | (?:(?<!\w)[A-Za-z]{{1,2}})?(?P<string>{_STRING})
    | (?<![\w.-])(?P<command>(?:python3?[ ]-m[ ])?(?:{_OTHER_PROGRAMS})\s(?!=)[^\n]+)
    | (?<![\w-])(?P<option>--[A-Za-z][\w-]*\w)
    | (?<![\w.+/-])(?P<path>(?:\.{{1,2}}/)?(?=[\w.+-]+/|[\w-]+\.(?:{_SURE_EXTENSIONS})\b){FILE})(?![\w/(])
    | (?<!\S)-D(?P<definition>{_NAME})
    | (?<![\w./*~-]){_SEPARATOR}(?P<member>{_NAME}(?:{_SEPARATOR}{_NAME})*)
    | (?<![\w.])(?P<setting>{_NAME})(?=\s=\s(?:["'\d]|True\b|False\b|None\b))
    | (?<![\w.])(?P<symbol>(?:{_CHAIN}|(?<=@){_NAME}|{_NAME}(?=\(|=[^=\s])
        |(?:{_INTRODUCED}){_NAME}|(?:(?<=\$)|(?<=\$\{{)){_NAME}|(?<![<-])(?:{SNAKE}|{CAMEL}|{_TYPE_NAME}))(?:[?!](?![=?:.]))?)(?!\w|-\w)
    """,
    re.VERBOSE,
)
_GENERIC = (
    r"(?:dict|list|tuple|set|frozenset|type|vector|map|[A-Z]\w*|(?:\w+(?:\.|::))+\w+)[\[<][\w.,:\s\[\]<>|*&]*[\]>]"
)
_TYPE = re.compile(rf"(?:{_GENERIC}|[\w.]+)(?:\s\|\s(?:{_GENERIC}|[\w.]+))*")
_ENVIRONMENT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_KEYWORDS = NO_NAMES | frozenset(
    "if else for while do switch case break continue return goto sizeof typeof const static extern inline volatile "
    "unsigned signed struct union enum typedef void auto let var function new delete this throw try catch public "
    "private protected final using namespace template typename operator echo export O".split()
)
_BINDINGS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"\b(?:def|class|function|func|fn|as|let|var)\s+({_NAME})",
        rf"^[ \t>]*({_NAME}(?:{_SEPARATOR}{_NAME})*(?:,\s{_NAME})*)(?:\s*:[^=\n(]{{1,80}})?\s=\s",
        rf"\bfor\s+({_NAME}(?:,\s{_NAME})*)\s+in\b",
        r"\b(?:def|function|func|fn)\s+\w+\(([^()]*)",
        # C: `unsigned char *text = ...`, `int sum(cJSON *one, int other) {`
        rf"^[ \t]*(?!return\b|goto\b|raise\b)(?:{_NAME}[ ])*{_NAME}(?:[ ]\*{{0,2}}|\*{{1,2}}[ ])({_NAME})\s*[=;\[]",
        rf"[(,]\s*(?:{_NAME}[ ]){{1,3}}\*{{0,2}}({_NAME})\s*(?=[,)\[])",
        rf"^(?:{_NAME}[ *]+)+({_NAME})\([^;{{}}]{{0,1000}}\)\s*\{{",
    )
)
_TARGET = re.compile(r"(?:^|,)\s*\*{0,2}([A-Za-z_]\w*(?:(?:\.|->|::)\w+)*)")


def code_mentions(text: str, start: int, end: int) -> list[Mention]:
    """The code names in text[start:end], read as code, in order."""
    return [one for one in _mentions(text, start, end) if one.text not in _KEYWORDS]


def type_mentions(text: str, start: int, end: int) -> list[Mention]:
    """The names of a type such as `dict[str, int]`; none when text[start:end] is something else."""
    names = re.compile(r"(?<![\w.])[A-Za-z_]\w+(?:\.\w+)*").finditer(text, start, end)
    found = [Mention(name[0], name.start(), name.end(), "symbol") for name in names]
    return [one for one in found if one.text not in _KEYWORDS] if _TYPE.fullmatch(text, start, end) else []


def bound_names(text: str, start: int, end: int) -> frozenset[str]:
    """The names that the code in text[start:end] makes itself: definitions, parameters, variables."""
    targets = (match[1] for pattern in _BINDINGS for match in pattern.finditer(text, start, end))
    return frozenset(name for target in targets for name in _TARGET.findall(target))


def _mentions(text: str, start: int, end: int) -> Iterator[Mention]:
    for match in _CODE.finditer(text, start, end):
        group = match.lastgroup
        if group is None:
            continue
        first, last = match.span(group)
        if group == "imports":
            yield from _imported(text, first, last)
        elif group == "comment":
            yield from prose_mentions(text, first, last)
        elif group == "command":  # the options of pip or git are none of the repository's
            yield from (one for one in prose_mentions(text, first, last) if one.kind != "option")
        elif group == "string":
            if _ENVIRONMENT.fullmatch(match[group].strip("\"'")):
                yield Mention(match[group].strip("\"'"), first + 1, last - 1, "symbol")
        else:
            kind: Kind = "path" if group in ("path", "header") else "option" if group == "option" else "symbol"
            yield Mention(match[group], first, last, kind)


def _imported(text: str, start: int, end: int) -> Iterator[Mention]:
    """The names of an import, without the ones that it gives them."""
    for name in re.compile(rf"(?<!\bas\s)(?<![\w.]){_NAME}(?:\.{_NAME})*").finditer(text, start, end):
        yield Mention(name[0], name.start(), name.end(), "symbol")
