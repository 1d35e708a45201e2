"""Whether a comment above a definition is about that definition, and not a remark or the heading of several."""

import re
from collections.abc import Callable, Sequence

from forklift.records import File, Symbol

MARKED = frozenset("rust java c# php javascript typescript kotlin scala swift".split())
"""Languages with a mark of their own for comments that document what stands below; others there are remarks."""
VALUES = frozenset("constant variable attribute member macro enumerator typedef type".split())
CALLABLE = frozenset({"function", "method", "constructor", "property"})
REMARKED = frozenset({"c", "c++", "ruby"})
"""Languages in which comments without a mark may be documentation."""
_REMARK = re.compile(
    r"(?:(?:this|it|that|these|they)(?: \w+)? (?:should|must|needs?|has|have|could|would|will|can|may|might|won't|"
    r"doesn't|isn't|is (?:needed|necessary|required|because|only|not|here|ugly|just|so|where|safe|probably|to))\b|"
    r"we\b|i\b|you\b|let's\b|note\b|n\.?b\b|don't\b|do not\b|not\b|no\b|unfortunately\b|hack|workaround|"
    r"work around|however\b|but\b|because\b|since\b|now\b|should\b|must\b|need to\b|technically\b|ideally\b|"
    r"maybe\b|perhaps\b|sorry\b|avoid\b|prevent\b|silence\b|make sure\b|so that\b|in order to\b|from\b|end of\b|"
    r"why\b|what\b|the following\b|same as\b|ditto\b|deprecated\b|internal\b|private\b)",
    re.IGNORECASE,
)
"""How a remark begins that says something else than what the code below is for."""
FEWEST_WORDS, FEWEST_OF_SENTENCE = 3, 5
MOST_ABOVE = 200  # lines before any code
MOST_BETWEEN = 30  # lines of annotations
_MARK = re.compile(r"\s*(?:/\*[*!]|//[/!])")
_ANNOTATION = re.compile(r"^\s*(?:[@#\[\])}]|\w.*[,(]$|\w+\s*[=:].*|[\w\"'.]+,?\)?\]?$|$)")


def is_about(symbol: Symbol, lines: Sequence[str]) -> bool:
    """Whether the documentation of a symbol is surely its own; `lines` are those of its file."""
    if symbol.language in MARKED and not _is_marked(symbol, lines):
        return False
    if symbol.language in REMARKED and _is_remark(symbol) and not _is_marked(symbol, lines):
        return False
    if symbol.language == "go" and symbol.kind in VALUES:
        return re.search(rf"\b{re.escape(symbol.name)}\b", symbol.doc) is not None  # else of its group
    if symbol.language == "go" and symbol.name not in symbol.doc and len(symbol.doc.split()) < FEWEST_WORDS:
        return False  # the heading of several
    is_single = symbol.end_line == symbol.line and (symbol.language not in MARKED or symbol.kind not in CALLABLE)
    return not is_single or not _goes_on(symbol, lines)


def _is_remark(symbol: Symbol) -> bool:
    """Whether a comment without a mark may be a remark, or the heading of several definitions."""
    is_short = len(symbol.doc.split()) < FEWEST_OF_SENTENCE and not symbol.doc.rstrip().endswith(".")
    is_heading = symbol.language != "ruby" and is_short
    return is_heading or _REMARK.match(symbol.doc) is not None


def is_of_file(file: File, lines_of: Callable[[str], Sequence[str]]) -> bool:
    """Whether the documentation of a file stands apart from what follows, which it may be about otherwise."""
    if not file.doc or file.language == "python":
        return True
    lines = lines_of(file.path)[:MOST_ABOVE]
    last = file.doc.strip().split("\n")[-1].strip()
    at = next((number for number, line in enumerate(lines) if last and last in line), len(lines))
    ends = at + 1 if at + 1 < len(lines) and lines[at + 1].strip() in ("*/", "**/", "=end", "-->") else at
    below = "".join(lines[ends + 1 : ends + 2]).strip()
    return at < len(lines) and (not below or below.startswith(("package ", "//!")))


def _is_marked(symbol: Symbol, lines: Sequence[str]) -> bool:
    at = symbol.line - 2
    while at >= 0 and symbol.line - at < MOST_BETWEEN and not _ends_comment(lines[at]) and _ANNOTATION.match(lines[at]):
        at -= 1
    if at < 0 or not _ends_comment(lines[at]):
        return False
    if lines[at].rstrip().endswith("*/"):
        while at > 0 and "/*" not in lines[at]:
            at -= 1
    return _MARK.match(lines[at]) is not None


def _ends_comment(line: str) -> bool:
    return line.rstrip().endswith("*/") or line.lstrip().startswith("//")


def _goes_on(symbol: Symbol, lines: Sequence[str]) -> bool:
    """Whether the line below a definition of one line is another one like it, without a comment of its own."""
    here, below = ("".join(lines[number : number + 1]) for number in (symbol.line - 1, symbol.end_line))
    return bool(below.strip()) and _like(here) == _like(below)


def _like(line: str) -> tuple[str, int]:
    """What kind of definition a line is, roughly: its indentation and what it begins with."""
    word = re.match(r"\s*(#\s*\w+|[A-Z]\w*(?=\s*=)|\w+)", line)
    begins = "=" if word and re.match(r"[A-Z]\w*$", word[1]) and "=" in line else word[1] if word else ""
    return begins, len(line) - len(line.lstrip())
