"""What the documentation says, as the facets that read it need it: sections that can be named and quoted."""

import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from forklift.build.facts.view import CLASS_KINDS
from forklift.grading import content_words, find_mentions, has_word, is_known
from forklift.index import Index
from forklift.records import Passage, Section, Symbol

MOST_SECTIONS = 20_000  # of a repository, the shallowest documents first
LONGEST_HEADING = 80
FEWEST_WORDS = 4  # of a sentence that says something
README = re.compile(r"readme(?:\.\w+)?", re.IGNORECASE)
LOOSE = frozenset({"javascript", "typescript"})  # languages in which what belongs to an object need not say so
_UNQUOTABLE = re.compile(
    r"^\d+[.)]? [A-Z]|^(?:[A-Z]\w+ ){1,3}[-\u2013\u2014] [A-Z]|://|\\|^(?:Type|Default|Returns?|Required): |"
    r"[<>\"\u201c\u201d{}|]|\[secret|^\W*(?:TODO|FIXME|TBD|Copyright)\b|^[^\w`]"
)
_DANGLING = re.compile(
    r"(?:which|who|whose|here|it|its|they|their|he|these|those|that|both|such|and|but|so|also|then|or|however|therefore|thus|instead|"
    r"otherwise|as (?:above|mentioned|described|shown|you can)|(?:the|this|that) (?:above|below|following|example)|"
    r"this (?:(?:will|would|can|may|should|could)(?:n't)?|makes?|allows?|means|way|one|event|case|check|call|line|code|"
    r"condition|"
    r"branch|block|loop|step|point|behaviou?r|situation|problem|issue|change|trick|approach|part|list|table|argument|parameter|protects?|"
    r"prevents?|ensures?|avoids?|happens|works|gives|lets|helps|is (?:because|why|done|needed|to))|"
    r"(?:\w+ ){1,3}also\b|do this|steps? \d|in (?:our|these|those|an?|the (?:first|second|last)) (?:\w+ )?examples?|"
    r"(?:the|these|those|this|that|both|all) (?:methods?|functions?|class(?:es)?|propert(?:y|ies)|attributes?|options?|"
    r"commands?|values?|results?|outputs?|code|snippets?|flags?|settings?|types?|objects?|macros?|modules?)"
    r"(?= (?:\w+ )?(?:is|are|was|were|has|have|had|will|can|may|must|should|does|takes?|returns?|exposes?|accepts?|"
    r"gives?|works?|needs?|uses?|provides?|allows?|lets?|shows?|prints?|produces?|looks?|also|now|only|then)\b)|"
    r"(?:in order )?to \w+ (?:this|that|these|those|it|them|so)|this \w+[^s\W]s|"
    r"now|next|the (?:first|second|third|other|others|last|rest)\b|let's|finally|again|additionally|"
    r"furthermore|moreover|besides|likewise|similarly|conversely|alternatively|"
    r"in (?:addition|contrast|turn)|as a (?:result|consequence)|consequently|hence|still|for (?:example|instance)|"
    r"(?:in|from|with|within|for|by|after|before|using|via|unlike|like|see|use) "
    r"(?:its|this|that|these|the (?:above|example|function|following|same)))\b",
    re.IGNORECASE,
)
"""How a sentence begins that goes on from another one, or from code."""
_POINTING = re.compile(
    r"\b(?:below|above)\b|\b(?:found|see|seen|available|documented|described|listed|click|look|read|is|are) here\b|"
    r"\b(?:the|this|these|following) (?:\w+ )?(?:posts?|articles?|videos?|links?|tutorials?|talks?)\b|"
    r"\bmore (?:information|details?|examples?|about)\b|"
    r"\b(?:these|those|here|the (?:following|previous|next|former|latter|same))\b|"
    r"\bhow to:?$|\b(?:we|our|us|let's)\b|"
    r"\bthis\b(?! (?:is an?\b|(?:\w+ )?(?:library|package|project|crate|gem|module|tool|repository|program|framework|"
    r"document|page|guide|section|chapter|function|method|class|file|type|macro|constructor|decorator)\b))",
    re.IGNORECASE,
)
"""How a sentence points to what stands elsewhere, or was a link."""
_EVERYWHERE = frozenset(dir(builtins)) | frozenset(
    "add at concat delete entries every fill find get has includes join keys pop push reduce reverse shift slice some "
    "sort splice test then values".split()
)
"""What Python has without any import, and the arrays and maps of JavaScript; documents mean those."""
_OF_CONTENTS = re.compile(r"\s*(?:[-*+]|\d+[.)])\s*\[[^\]]*\]\(#")  # an entry of a table of contents
_ELSEWHERE = re.compile(r"\s*(?:[-*+]|\d+[.)])\s*(?:\*\*)?\[([^\]]*)\]\(https?://")  # an item about what is linked
_CUT = re.compile(r"\b(?:see|at|from|by|via|and|or|the|an?|of|with)$")  # before an address that was taken out
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.):]?|[IVX]+\.|Step \d+[.:]?)\s+")


@dataclass(frozen=True)
class Told:
    """The sections of the documentation, in order."""

    sections: Sequence[Section]
    titles: Mapping[int, str]  # by id, of those whose title no other section has
    passages: Mapping[int, Sequence[Passage]]  # by section
    quotable: Callable[..., str]  # (text, fewest_words): without its full stop; "" when it may not be quoted


@lru_cache(maxsize=2)
def told_of(index: Index) -> Told:
    """What the documentation of an index says: read once for each that is open."""
    sections: list[Section] = []
    for path in sorted(index.documents(), key=lambda path: (path.count("/"), path)):
        sections += index.sections(path)
        if len(sections) >= MOST_SECTIONS:
            break
    passages: dict[int, list[Passage]] = defaultdict(list)
    meant = _Meant(index, {one.id: one for one in sections})
    for one in index.passages():
        if meant.surely(one):
            passages[one.section_id].append(one)

    @cache
    def known(name: str) -> bool:
        return is_known(name, index)

    def quotable(text: str, fewest_words: int = FEWEST_WORDS) -> str:
        text = text if text.endswith("...") else text.rstrip(". ")
        if (
            _UNQUOTABLE.search(text)
            or _DANGLING.match(text)
            or text.endswith((":", ";", "..."))
            or _CUT.search(text)
            or _POINTING.search(text)
            or text.count("(") != text.count(")")
            or len(content_words(text)) < fewest_words
        ):
            return ""
        return text if all(known(one.text) or one.text.endswith(own) for one in find_mentions(text)) else ""

    own = f"/{index.meta['name']}"  # "gorilla/mux"
    return Told(sections, _titles(sections), passages, quotable)


class _Meant:
    """Which mentions of symbols are sure: a member is named with its class, a plain word as a call or by a path; a name
    that files import from elsewhere, or that is the project's own, as code of the project."""

    def __init__(self, index: Index, sections: Mapping[int, Section]) -> None:
        self._index, self._sections = index, sections
        self._text = lru_cache(maxsize=8)(self._lines)
        self._symbol = lru_cache(maxsize=4_096)(index.symbol)
        uses = (one for one in index.references() if one.kind == "import" and one.target_id is None)
        self._outside = {re.split(r"\W", one.name)[-1] for one in uses}
        self._project = index.meta["name"].lower()
        self._packages = "|".join({re.escape(one.partition(".")[0]) for one in index.modules().values()}) or "$^"

    def _lines(self, number: int) -> str:
        section = self._sections[number]
        return "\n".join(self._index.lines(section.path, section.line, section.end_line))

    def surely(self, passage: Passage) -> bool:
        """Whether the symbol of a passage is what its section means."""
        if passage.section_id not in self._sections:
            return False
        symbol, text = self._symbol(passage.symbol_id), self._text(passage.section_id)
        at = passage.line - self._sections[passage.section_id].line
        line = "".join(text.split("\n")[at : at + 1])
        elsewhere = _ELSEWHERE.match(line)
        if _OF_CONTENTS.match(line) or (elsewhere and symbol.name not in elsewhere[1]):
            return False
        if symbol.language in LOOSE and self._is_one_of_several(symbol, line):
            return False
        owner, name = symbol.qualified_name.rpartition(".")[0].rpartition(".")[2], re.escape(symbol.name)
        if owner and symbol.kind not in CLASS_KINDS:
            return has_word(text, owner)
        if symbol.name in self._outside and passage.kind != "entry":
            return re.search(rf"\b(?:{self._packages})\.(?:\w+\.)*{name}\b", text) is not None
        if symbol.name.lower() == self._project:
            return re.search(rf"`{name}[`.:(]|\b{name}(?:::|\(|\.[a-z]\w*\()|:\w+:`[^`]*{name}`", text) is not None
        if not re.fullmatch(r"[a-z]+", symbol.name):
            return True
        if symbol.name in _EVERYWHERE:
            return re.search(rf"\b(?:{self._packages})(?:\.|::)(?:\w+\.)*{name}\b", text) is not None
        called = rf"(?<![\w.]){name}\((?![-\d.%, ]+\))"  # with numbers alone it may be a notation: "rgb(1, 2, 3)"
        return re.search(rf"(?<=[\w)][.:#~]){name}\b|(?<=::){name}\b|{called}|:[\w:]+:`{name}`", text) is not None

    def _is_one_of_several(self, symbol: Symbol, line: str) -> bool:
        """Whether another symbol may be meant, or a member of what a list describes."""
        named = self._index.find(symbol.name)
        others = {(one.path, one.qualified_name) for one in named if one.name == symbol.name and not one.is_test}
        return len(others) > 1 or re.match(rf"\s*[-*+]\s+\W*{re.escape(symbol.name)}\b", line) is not None


def _titles(sections: Iterable[Section]) -> dict[int, str]:
    """A title for each section that no other one has: its heading, else with the one above before it."""
    rest = [one for one in sections if is_title(plain_heading(one))]
    titles: dict[int, str] = {}
    for name in (plain_heading, _with_trail):
        counts = Counter(name(one).lower() for one in rest)
        titles |= {one.id: name(one) for one in rest if counts[name(one).lower()] == 1}
        rest = [one for one in rest if one.id not in titles]
    return titles


def plain_heading(section: Section) -> str:
    """The heading without marks and numbers."""
    return numberless(section.heading).replace("`", "").strip(" :.")


def numberless(heading: str) -> str:
    """A heading without the number before it."""
    return _NUMBERING.sub("", heading)


def _with_trail(section: Section) -> str:
    above = section.trail[-1].replace("`", "").strip(" :.") if section.trail else section.path
    return f"{above}: {plain_heading(section)}"


def is_title(text: str) -> bool:
    """Whether a heading can stand in a question."""
    return (
        2 < len(text) <= LONGEST_HEADING and bool(re.search(r"[A-Za-z]{3}", text)) and not re.search(r'["<>{}|]', text)
    )


def ranks_of(told: Told, rank: Mapping[int, float]) -> dict[int, float]:
    """How central each section is: half of what its most central symbol is, and more for shallow documents."""
    found: dict[int, float] = {}
    for one in told.sections:
        named = max((rank.get(each.symbol_id, 0.0) for each in told.passages.get(one.id, ())), default=0.0)
        place = 0.3 if README.fullmatch(one.path) else 0.15 / (1 + one.path.count("/") + len(one.trail))
        found[one.id] = min(1.0, 0.5 * named + place)
    return found


def exact_line(index: Index, section: Section, line: int, name: str) -> int:
    """The first line from `line` on, inside the section, in which the last part of `name` stands; else `line`."""
    last = re.compile(rf"\b{re.escape(name.rpartition('.')[2])}\b")
    for number, text in enumerate(index.lines(section.path, line, section.end_line), start=line):
        if last.search(text):
            return number
    return line
