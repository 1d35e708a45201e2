"""Why code is as it is, where its comments and documentation say so, and what they warn of.

A reason is a sentence with "because", "so that", "otherwise" and the like; a caution one that begins with "Note",
"Hack" or "Warning", or speaks of a workaround. The first sentence of a documentation says what something is for and
is left to that.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice, takewhile

from forklift.index.comments import ATTRIBUTE, MARKS, words_of
from forklift.index.filters import is_test
from forklift.index.messages import People, names_somebody, plain_sentences, sentences
from forklift.index.prose import joined_lines
from forklift.records import Notice, Symbol

MOST_OF_FILE, MOST_OF_SYMBOL = 150, 3
LONGEST_COMMENT = 25  # lines
DOC_ABOVE = 60  # lines in which a documentation above a symbol is looked for
MOST_MARKS = 5  # lines of annotations between a comment and what it is about
MIN_WORDS, MAX_CHARS = 6, 260
REASON = re.compile(
    r"\b(?:because|so that|(?<=[\w,;] )otherwise(?=[^.]*\b(?:would|might|could|fails?|breaks?|leaks?|hangs?)\b)|"
    r"in order to|due to (?:the|a|how)|"
    r"(?<!have )(?<!has )(?<!need )(?<!needs )(?<!want )(?<!ways )(?<!way )"
    r"(?:to|we) (?:avoid|prevent|ensure|make sure|work around)|"
    r"(?:is|are|was|were) (?:\w+ )?(?:needed|required|necessary) (?:because|so|since)\b|"
    r"(?:done|used|kept) (?:because|so|since|here)|"
    r"for (?:backwards?|performance|security|compat\w*|historical|efficiency)\b)",
    re.IGNORECASE,
)
CAUTION = re.compile(
    r"^(?:note that\b|beware\b|(?:note|hack|warning|caution|important|careful|xxx|nb)[:,!])\s|\b(?:workaround|"
    r"hack(?:y|ish)?|must (?:not|never)|do(?:es)? not rely|be careful)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"(?:when|whenever|if|in case|once|while|unless)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:necessary|needed|required|used|done|kept|so|or|and|but)\b|"
    r"(?:this|that|it|these|those|they) (?:is|are|was) (?:the|what|how|where)\b|"
    r"(?:if|when|unless|while|once|as|since) (?:they|these|those|he|she)\b|"
    r"check (?:to make sure|that|if|whether)\b(?!.*\b(?:because|otherwise|so that|to avoid|to prevent)\b)",
    re.IGNORECASE,
)
_SETTING = re.compile(r"(?:set|pass|specify|provide|give)\b", re.IGNORECASE)  # what a value is for
_CUES = (
    *("because", "so that", "otherwise", "in order to", "avoid", "prevent", "ensure", "make sure", "workaround"),
    *("work around", "due to", "needed", "required", "necessary", "compat", "for performance", "for security"),
    *("for historical", "for efficiency", "hack", "warning", "caution", "beware", "careful", "must n"),
)
"""A file or a documentation without any of these, nor "note", is not looked at."""
_NOTE = re.compile(r"\bnote\b")
_WORDS = (
    *("because", "so", "otherwise", "order", "due", "avoid", "prevent", "ensure", "sure", "around", "needed"),
    *("required", "necessary", "since", "here", "backward", "performance", "security", "compat", "historical"),
    *("efficiency", "note", "hack", "warning", "caution", "important", "beware", "careful", "xxx", "nb"),
    *("must", "rely"),
)
"""Of these each reason and each caution has at least one."""
_LEAD = re.compile(r"^(?:NOTE(?: that)?|NB|HACK|XXX|WARNING|CAUTION|IMPORTANT)(?:\([^)]*\))?[:,!]?\s+", re.IGNORECASE)
_FIELDS = re.compile(
    r"^\s*(?:[@:\\](?:param|arg|return|raise|throws?|type)\w*\b|(?:args|arguments|parameters|returns?|raises|yields|"
    r"attributes|(?:other|keyword) (?:parameters|args|arguments)):?\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
"""What a documentation says from here on is about parameters and results."""
_CODE_LINE = re.compile(r"[;{}]\s*$|^\s*(?:if|for|return|def|class|import|from|print)\b.*[:(=]|\w\(.*\)\s*$|^\s*@\w")
_OUTER = frozenset(
    "class struct union enum interface trait module function method property macro constant variable".split()
)
_INNER = frozenset({"member", "attribute", "enumerator"})  # a comment above one is not about what is around it
Piece = tuple[int, int, str]
"""A comment: its first and last line, and its words."""


def reasons_of(texts: Mapping[str, str], symbols: Sequence[Symbol], people: People) -> Iterator[Notice]:
    """Notices of the kinds "reason" and "caution" about the symbols of code files. `texts`: contents by path."""
    by_path: dict[str, list[Symbol]] = defaultdict(list)
    for one in symbols:
        if not one.is_test and one.kind in _OUTER | _INNER and not is_test(one.path):
            by_path[one.path].append(one)
    for path, here in by_path.items():
        text = texts.get(path, "")
        if _has_cue(text):
            yield from _of_file(path, text, sorted(here, key=lambda one: (one.line, -one.end_line)), people)


def _of_file(path: str, text: str, symbols: Sequence[Symbol], people: People) -> Iterator[Notice]:
    lines = text.split("\n")
    places = Places(symbols, lines)
    told: dict[int, int] = defaultdict(int)
    seen = {said for one in symbols if _has_cue(one.doc) for _, said in _telling(_first(one.doc), people)}
    pieces = [(around, piece) for piece in _comments(lines, symbols[0].language)
              if (around := places.around(piece))]  # fmt: skip
    pieces += [(one, piece) for one in symbols for piece in _documentation(one, lines)]
    for symbol, (line, end_line, words) in pieces:
        if symbol.kind in _INNER:
            continue
        for kind, said in _telling(words, people):
            if said not in seen and told[symbol.id] < MOST_OF_SYMBOL and len(seen) < MOST_OF_FILE:
                at = _line_of(said, lines, line, end_line)
                if at:
                    seen.add(said)
                    told[symbol.id] += 1
                    yield Notice(kind, symbol.id, "", said, path, at)


def _telling(words: str, people: People) -> Iterator[tuple[str, str]]:
    """The sentences of a comment that give a reason or a warning, cleaned."""
    for sentence in sentences(plain_paragraph(words)):
        if not len(sentence.split()) >= MIN_WORDS or len(sentence) > MAX_CHARS or sentence[-1:] not in ".!)`":
            continue
        kind = "reason" if gives_reason(sentence) else "caution" if CAUTION.search(sentence) else ""
        said = plain_sentences(_LEAD.sub("", sentence), people).rstrip(".") if kind else ""
        if (
            len(said.split()) >= MIN_WORDS
            and not _GOES_ON.match(said)
            and not (kind == "reason" and _SETTING.match(said))
            and "..." not in said  # nor where code stood between
            and not names_somebody(said, people)
        ):
            yield kind, said[:1].upper() + said[1:] if re.match(r"[a-z]+[\s,]", said) else said


def gives_reason(sentence: str) -> bool:
    """Whether a sentence says why; not where that is only part of a condition: "when it fails because of X, ..."."""
    return REASON.search(sentence.partition(",")[2] if _CONDITION.match(sentence) else sentence) is not None


def plain_paragraph(words: str) -> str:
    """Comment lines as one text, ended by a full stop; lines of code, lists and fields go."""
    kept: list[str] = []
    for line in _FIELDS.split(words, maxsplit=1)[0].split("\n"):
        bare = line.strip()
        if not bare or re.match(r"[-*+] |\d+[.)] |:[\w ]+:(?!`)|@\w|\.\. |>>> |\||=+(?: \S.*)?$|-+$", bare):
            if kept and not kept[-1].endswith((".", "!", "?", ":")):
                kept[-1] += "."
            continue
        kept.append(bare)
    text = joined_lines(kept)
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def _has_cue(text: str) -> bool:
    lower = text.lower()
    return any(cue in lower for cue in _CUES) or ("note" in lower and _NOTE.search(lower) is not None)


def _may_tell(text: str) -> bool:
    """Whether a sentence of `text` can be a reason or caution at all."""
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def _comments(lines: Sequence[str], language: str) -> Iterator[Piece]:
    """Whole-line comments that may tell something, neighbouring lines together."""
    mark = MARKS.get(language, "#" if language == "python" else "//")
    start, inside = -1, False
    for number, line in enumerate([*lines, ""]):
        bare = line.strip()
        opens = mark == "//" and bare.startswith("/*")
        if bare.startswith(mark) or inside or opens:
            start = number if start < 0 else start
            inside = (inside or opens) and "*/" not in bare
            continue
        behind = "".join(lines[start - 1 : start]) if start > 0 else ""  # code, with a comment that goes on below
        if start >= 0 and f" {mark} " not in behind and _may_tell("\n".join(lines[start:number])):
            block = [
                "// ..." if mark == "//" and _CODE_LINE.search(words_of([each])) else each
                for each in lines[start:number][:LONGEST_COMMENT]
                if mark == "//" or not _CODE_LINE.search(words_of([each]))
            ]
            yield start + 1, number, words_of(block)
        start = -1


def _documentation(symbol: Symbol, lines: Sequence[str]) -> Iterator[Piece]:
    """What a docstring says after its first sentence."""
    if symbol.doc and _has_cue(symbol.doc):
        rest = " ".join(list(sentences(plain_paragraph(symbol.doc)))[1:])
        inside = symbol.language == "python"
        first = symbol.line if inside else max(symbol.line - DOC_ABOVE, 1)
        yield first, min(symbol.end_line if inside else symbol.line, len(lines)), rest


def _first(doc: str) -> str:
    """The first sentence of a documentation: what something is for."""
    return next(iter(sentences(plain_paragraph(doc))), "")


class Places:
    """The symbols of one file, by line, and which of them a comment is about."""

    def __init__(self, symbols: Sequence[Symbol], lines: Sequence[str]) -> None:
        self.symbols, self.lines = symbols, lines
        self.starts = [one.line for one in symbols]
        self.reach = list(accumulate((one.end_line if one.end_line > one.line else 0 for one in symbols), max))

    def around(self, piece: Piece) -> Symbol | None:
        """The innermost symbol around a comment, or the one that begins right below it."""
        line, end_line, _ = piece
        at = bisect_right(self.starts, end_line)
        below = takewhile(lambda one: one.line <= end_line + MOST_MARKS, islice(self.symbols, at, None))
        next_one = next((one for one in below if one.line == end_line + 1 or self.is_marked(one, end_line)), None)
        if next_one is not None and not self.is_within(next_one, line):
            return next_one
        return self.innermost(line, end_line)

    def innermost(self, line: int, end_line: int) -> Symbol | None:
        """Of the symbols of several lines around these, the one that begins last; of equals the longest."""
        found = None
        for at in range(bisect_right(self.starts, line) - 1, -1, -1):
            one = self.symbols[at]
            if self.reach[at] < end_line or (found is not None and one.line < found.line):
                break
            found = one if one.end_line >= end_line and one.end_line > one.line else found
        return found

    def is_marked(self, symbol: Symbol, end_line: int) -> bool:
        """Whether only annotations stand between a comment and a symbol."""
        between = self.lines[end_line : symbol.line - 1]
        return bool(between) and all(ATTRIBUTE.match(line) for line in between)

    def is_within(self, symbol: Symbol, line: int) -> bool:
        """Whether a comment above a variable stands in the function around both: it explains that function."""
        return symbol.kind == "variable" and any(
            one.kind in ("function", "method") and one.line < line <= one.end_line for one in self.symbols
        )


def _line_of(said: str, lines: Sequence[str], first: int, last: int) -> int:
    """The first line that holds some words of a sentence in a row, as many and early ones as possible: lines break
    anywhere. 0 where none does: the comment stands in another file, a header."""
    words = re.findall(r"\w+", said)
    for length in (5, 3):
        for at in range(max(len(words) - length + 1, 1)):
            wanted = re.compile(r"\W+".join(map(re.escape, words[at : at + length])), re.IGNORECASE)
            for number in range(first, last + 1):
                if wanted.search(lines[number - 1]):
                    return number
    return 0
