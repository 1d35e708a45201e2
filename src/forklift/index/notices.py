"""What documentation, code and change logs say themselves about when something came, changed or is to go.

Marks in documentation: Sphinx' versionadded, versionchanged and deprecated, "@deprecated", Go's "Deprecated:". In code:
deprecating decorators and attributes, and warnings of the category DeprecationWarning. In change logs: entries that
name a symbol as code.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from forklift.index.messages import People, plain_sentences
from forklift.records import Notice, Symbol

LOG = re.compile(
    r"(?:docs?/)?(?:changes|changelog|history|news|releases?|release[-_]notes)(?:\.(?:md|rst|txt))?", re.IGNORECASE
)
DIRECTIVE = re.compile(
    r"^([ \t]*)\.\. (deprecated|versionadded|versionchanged)::[ \t]*(\S*)[ \t]*"
    r"(.*(?:\n(?:\1[ \t]+\S.*|[ \t]*(?=\n\1[ \t]+\S)))*)",
    re.MULTILINE,
)
MARK = re.compile(r"(?:^|\n)\s*(?:@deprecated\b[:\s]*|Deprecated:[ \t]*)((?:.+(?:\n(?!\s*(?:@|\n)).+)*)?)")
SINCE = re.compile(r"\bsince\s*=\s*\"([^\"]+)\"")
NOTE = re.compile(r"\"([^\"\n]{8,})\"")
ATTRIBUTE = re.compile(r"(?:#\[|@(?:\w+\.)*)[Dd]eprecated?\b(.*)")
WARNING = re.compile(
    r"\bwarn\(\s*((?:(?:\"[^\"\n]*\"|'[^'\n]*')\s*)+),\s*(?:category\s*=\s*)?(?:\w+\.)?(?:Pending)?DeprecationWarning\b"
)
STRING = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+(?:(?:a|b|rc)\d+)?)(?![\w.]*\w)")
HEADING = re.compile(r"#{1,4} .*|\[v?\d.*|(?:[Vv]ersion |[Rr]elease )?v?\d+(?:\.\d+)+:?(?:\s*[-(].*)?")
BULLET = re.compile(r"^(\s*)[-*+] +(?=\S)")
QUOTED = re.compile(r"`{1,2}[~!.]*([A-Za-z_][\w.:]*?(?:->\w+)?)(\(\))?`{1,2}")
KINDS = {"versionadded": "added", "versionchanged": "changed", "deprecated": "deprecated"}
ABOVE = 80  # lines in which a comment above a symbol is looked for
MOST_ENTRIES = 5  # of one change log, about one symbol
NAMED = frozenset(
    "class struct enum interface trait union function method property macro constant typedef type".split()
)


def notices_in(text: str, symbols: Sequence[Symbol], people: People) -> Iterator[Notice]:
    """What a file of code says about its own symbols."""
    lines = text.split("\n")
    wanted = [one for one in symbols if _is_wanted(one)]
    for one in wanted:
        yield from _documented(one, lines, people)
        yield from _attributes(one, lines, people)
    if wanted:
        yield from _warnings(wanted, lines, people)


def _is_wanted(symbol: Symbol) -> bool:
    return not symbol.is_test and symbol.kind in NAMED


def _documented(symbol: Symbol, lines: Sequence[str], people: People) -> Iterator[Notice]:
    for _, kind, version, text in DIRECTIVE.findall(symbol.doc):
        line = _line_of(f".. {kind}:: {version}".rstrip(), symbol, lines)
        yield Notice(KINDS[kind], symbol.id, _version(version), plain_sentences(text, people), symbol.path, line)
    mark = MARK.search(symbol.doc)
    if mark:
        line = _line_of(mark[0].strip().split("\n")[0][:40], symbol, lines)
        yield Notice("deprecated", symbol.id, "", plain_sentences(mark[1], people), symbol.path, line)


def _version(text: str) -> str:
    found = VERSION.search(text)
    return found[1] if found else ""


def _line_of(words: str, symbol: Symbol, lines: Sequence[str]) -> int:
    """The line nearest to the symbol's first in which `words` stand; its first line when they do not."""
    around = range(max(symbol.line - ABOVE, 1), min(symbol.end_line, len(lines)) + 1)
    whole = re.compile(rf"{re.escape(words)}(?![\w.])")
    inside = [number for number in around if whole.search(lines[number - 1])]
    after = [number for number in inside if number >= symbol.line]
    return (after or inside[-1:] or [symbol.line])[0]


def _attributes(symbol: Symbol, lines: Sequence[str], people: People) -> Iterator[Notice]:
    """Decorators, annotations and attributes that deprecate what they stand on."""
    if not any(re.search(r"(?:^|\.)deprecated?$", name, re.I) for name in symbol.decorators):
        return
    for number in range(symbol.line, max(symbol.line - 6, 0), -1):
        found = ATTRIBUTE.search(lines[number - 1]) if number <= len(lines) else None
        if found:
            since, note = SINCE.search(found[1]), NOTE.search(SINCE.sub("", found[1]))
            text = plain_sentences(note[1], people) if note else ""
            yield Notice("deprecated", symbol.id, since[1] if since else "", text, symbol.path, number)
            return


def _warnings(symbols: Sequence[Symbol], lines: Sequence[str], people: People) -> Iterator[Notice]:
    """What functions warn about, as they say it: the innermost one around the call."""
    callables = [one for one in symbols if one.kind in ("function", "method", "property")]
    text = "\n".join(lines) if any("DeprecationWarning" in line for line in lines) else ""
    for call in WARNING.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        around = [one for one in callables if one.line <= line <= one.end_line]
        said = plain_sentences("".join(one or other for one, other in STRING.findall(call[1])), people)
        if around and said:
            yield Notice("warns", max(around, key=lambda one: one.line).id, "", said, symbols[0].path, line)


def notices_of_log(path: str, text: str, symbols: Sequence[Symbol], people: People) -> Iterator[Notice]:
    """What a change log says about symbols of any file."""
    symbols = [one for one in symbols if _is_wanted(one)]
    known = _unmistakable(symbols)
    words = {each.name for one in symbols for each in one.parameters}  # what may be meant is a parameter, or the word
    words |= {one.name for one in symbols if one.parent_id is not None and re.fullmatch("[a-z]+", one.name)}
    told: dict[int, int] = defaultdict(int)
    for version, line, entry in entries_of(text):
        written = [(name.replace("::", ".").strip("."), called) for name, called in QUOTED.findall(entry)]
        mentioned = {known[name] for name, called in written if name in known and (called or name not in words)}
        said = plain_sentences(entry, people) if mentioned else ""
        for one in sorted(mentioned) if len(said.split()) > 2 else ():
            told[one] += 1
            if told[one] <= MOST_ENTRIES and said.find(_leaf(one, symbols)) >= 0:
                yield Notice("log", one, version, said, path, line)


def _leaf(symbol_id: int, symbols: Sequence[Symbol]) -> str:
    return next(one.name for one in symbols if one.id == symbol_id)


def _unmistakable(symbols: Sequence[Symbol]) -> dict[str, int]:
    """Every way to write a name that means one symbol only -> its id."""
    ways: dict[str, set[int]] = defaultdict(set)
    for one in symbols:
        parts = one.qualified_name.split(".")
        for at in range(len(parts)):
            ways[".".join(parts[at:])].add(one.id)
    return {way: next(iter(ids)) for way, ids in ways.items() if len(ids) == 1}


def entries_of(text: str) -> Iterator[tuple[str, int, str]]:
    """The entries of a change log, newest as they stand: (version, line, text). Those under no version are left out."""
    version, start, entry, indent = "", 0, list[str](), 0
    above: list[tuple[int, str]] = []  # the entries that the present one stands below, with their indentation
    lines = text.replace("\r", "").split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        bullet = BULLET.match(line)
        underlined = number < len(lines) and bool(re.fullmatch(r"\s*[-=~^+]{3,}\s*", lines[number]))
        heading = not bullet and (underlined or HEADING.fullmatch(line)) and VERSION.search(line)
        goes_on = bool(entry) and bool(line.strip()) and not heading and len(line) - len(line.lstrip()) > indent
        if goes_on and not bullet:
            entry.append(line.strip())
            continue
        if entry and version and (bullet or heading or not goes_on):
            above = [one for one in above if one[0] < indent]
            yield version, start, ": ".join([*(text for _, text in above), " ".join(entry)])
            above.append((indent, " ".join(entry).rstrip(".:")))
            entry = []
        if heading:
            version, above = heading[1], []
        elif underlined or re.match(r"^#{1,2} ", line):
            version = ""
        if bullet:
            start, entry, indent = number, [BULLET.sub("", line).strip()], len(bullet[1])
        else:
            entry = []
