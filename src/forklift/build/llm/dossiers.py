"""What a teacher is shown of one part: its source, its facts, its neighbours, what is in it and what it is in.

A dossier never takes more tokens than it may: each section has a share, and what one does not need goes to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from forklift.build.facts import View
from forklift.build.facts.graph import Graph, reverse_of
from forklift.build.llm.lane import CHARS_PER_TOKEN
from forklift.build.llm.parts import Part
from forklift.build.teachers.builtin import lesson
from forklift.index import Index, first_sentence
from forklift.records import Fact

MOST_NEIGHBOURS = 12
LONGEST_LINE = 300  # characters; longer ones are cut
SHARES = {"source": 0.45, "facts": 0.2, "inside": 0.2, "neighbours": 0.1, "around": 0.05}  # of the tokens, in order
SHARES_WIDE = {"inside": 0.5, "facts": 0.2, "source": 0.2, "neighbours": 0.05, "around": 0.05}  # of what has parts
TITLES = {
    "source": "Source",
    "facts": "Facts read from the code",
    "inside": "What is in it",
    "neighbours": "What it has to do with",
    "around": "What it is part of",
}


@dataclass(frozen=True)
class Library:
    """What dossiers are made from."""

    view: View
    index: Index  # open, for the source lines
    parts: Mapping[str, Part]
    facts: Sequence[Fact]  # without those that training must not give away

    @cached_property
    def facts_of(self) -> Mapping[str, list[Fact]]:
        """Facts by their subject."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            found[fact.subject].append(fact)
        return found

    @cached_property
    def neighbours(self) -> Mapping[str, list[str]]:
        """For each symbol's label, lines about what it calls, inherits and is used by."""
        graph = Graph(self.view)
        found: dict[str, list[str]] = defaultdict(list)
        for kind, there, back in (("inherit", "inherits", "base of"), ("call", "calls", "called by")):
            edges = graph.edges(kind)
            for verb, pairs in ((there, edges), (back, reverse_of(edges))):
                for one, others in pairs.items():
                    for other in list(others)[:MOST_NEIGHBOURS]:
                        found[graph.label(one)].append(f"{verb} {self.shortly(graph.label(other))}")
        return found

    @cached_property
    def symbols(self) -> Mapping[str, int]:
        """Ids of symbols by label."""
        return {label: number for number, label in self.view.labels.items()}

    def shortly(self, label: str) -> str:
        """A symbol in one line: its name, kind and file, and what its documentation says first."""
        symbol = self.view.every[self.symbols[label]]
        said = first_sentence(symbol.doc)
        return f"`{label}` ({symbol.kind} in `{symbol.path}`)" + (f": {said}" if said else "")


def dossier(library: Library, part: Part, summaries: Mapping[str, str], max_tokens: int) -> str:
    """What is known of a part in at most `max_tokens` tokens, roughly counted; `summaries` are of other parts."""
    sections = {
        "source": _source(library, part),
        "facts": [lesson(fact).completion for fact in library.facts_of.get(part.name, ())],
        "inside": [_line(library, library.parts[each], summaries) for each in part.inside],
        "neighbours": library.neighbours.get(part.id, []),
        "around": [_line(library, each, summaries) for each in _above(library, part)],
    }
    head = f"{part.kind} `{part.name}`" + (f", `{part.path}` lines {part.line}-{part.end_line}" if part.symbol else "")
    chars = int(max_tokens * CHARS_PER_TOKEN) - len(head) - 1
    fitted = fit(sections, SHARES_WIDE if part.inside else SHARES, chars)
    return "\n".join([head, *(f"\n## {TITLES[name]}\n{text}" for name, text in fitted.items())])


def fit(sections: Mapping[str, Sequence[str]], shares: Mapping[str, float], chars: int) -> dict[str, str]:
    """The text of each section, cut at a line, all together in `chars` characters with their titles.

    What a section leaves of its share goes to those after it, most telling first.
    """
    fitted: dict[str, str] = {}
    spare = 0.0
    for name, share in shares.items():
        room = share * chars + spare
        text = _cut(sections[name], int(room) - len(TITLES[name]) - 6)
        if text:
            fitted[name] = text
            room -= len(text) + len(TITLES[name]) + 6
        spare = room
    return fitted


def _cut(lines: Iterable[str], chars: int) -> str:
    """As many of the lines as fit, with a word on how many do not."""
    lines = [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..." for line in lines]
    note = "... (9999999 more lines)"
    kept: list[str] = []
    used = 0
    for number, line in enumerate(lines):
        is_last = number + 1 == len(lines)
        if used + len(line) + 1 + (0 if is_last else len(note) + 1) > chars:
            break
        kept.append(line)
        used += len(line) + 1
    if not kept or not lines:
        return ""
    left = len(lines) - len(kept)
    return "\n".join([*kept, f"... ({left} more lines)"] if left else kept)


def _source(library: Library, part: Part) -> list[str]:
    if part.kind == "directory" or not part.path:
        return []
    last = part.end_line if part.symbol else 10_000
    return library.index.lines(part.path, part.line, last)


def _line(library: Library, part: Part, summaries: Mapping[str, str]) -> str:
    """A part in one line: its summary, or what its documentation says first."""
    if said := summaries.get(part.id):
        return f"`{part.name}` ({part.kind}): {' '.join(said.split())}"
    if part.symbol is not None:
        return library.shortly(part.id)
    doc = next((fact.text for fact in library.facts_of.get(part.name, ()) if fact.relation == "documented_as"), "")
    return f"`{part.name}` ({part.kind})" + (f": {doc}" if doc else "")


def _above(library: Library, part: Part) -> list[Part]:
    """What a part is in, nearest first."""
    found: list[Part] = []
    while part.parent in library.parts and part.parent != part.id:
        part = library.parts[part.parent]
        found.append(part)
    return found
