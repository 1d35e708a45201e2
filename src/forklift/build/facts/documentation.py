"""Facet documentation: what the sections of README and docs say, which symbols they explain, what terms mean."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from forklift.build.facts.graph import joined
from forklift.build.facts.told import Told, exact_line, is_title, plain_heading, ranks_of, told_of
from forklift.build.facts.topics import FEWEST, pairs
from forklift.build.facts.view import View, fact_id
from forklift.grading import content_words
from forklift.index import whole_sentence
from forklift.records import Block, Fact, Section

MAX_SECTIONS = 3  # that explain one symbol
MAX_SYMBOLS = 6  # of one section
MAX_HEADINGS = 8
TEXT_CHARS = 240
LONGEST_TERM = 50
FEWEST_WORDS_OF_MEANING = 2  # beside code: a default is no meaning
_OF_CODE = re.compile(r"This (?:method|function|class|command|property|attribute|type|macro|call)\b")  # left out there
_EXAMPLE = re.compile(r"\b(?:[Ff]or (?:example|instance)|[Ee]\.g\.)[^.]*:$")  # what follows is one of many
WORTH = {"entry": 3, "heading": 3, "prose": 1, "code": 0}


def facts(view: View) -> Iterator[Fact]:
    """`section_says` and back `said_in`, `section_in`, `sections_of`, `document_begins`, `explained_in` and back
    `explains`, `term_means` and back `term_of`; where there is no code, `comes_up_in`."""
    told = told_of(view.index)
    ranks = ranks_of(told, {one.id: one.rank for one in view.symbols})
    yield from _sections(view, told, ranks)
    yield from _documents(view, told, ranks)
    yield from _symbols(view, told, ranks)
    yield from _terms(view, told, ranks)
    if not view.symbols:  # else topics are told of by what the code has about them
        yield from _topics(told, ranks)


def section_fact(relation: str, section: Section, subject: str, objects: tuple[str, ...], **more: Any) -> Fact:
    """A fact of the documentation with the section as evidence, unless `more` says else."""
    values: dict[str, Any] = {
        "facet": "documentation", "subject_kind": "section", "path": section.path, "line": section.line,
        "end_line": section.end_line,
    } | more  # fmt: skip
    number = fact_id(relation, subject, *objects, values.get("text", ""))
    return Fact(id=number, relation=relation, subject=subject, objects=objects, **values)


def _sections(view: View, told: Told, ranks: Mapping[int, float]) -> Iterator[Fact]:
    used = Counter(told.quotable(one.summary) for one in told.sections)
    for one in told.sections:
        title = told.titles.get(one.id)
        if title is None:
            continue
        text = told.quotable(one.summary)
        if text and not _OF_CODE.match(text) and begins_with(view, one):
            forward = section_fact("section_says", one, title, (one.path,), text=text, rank=ranks[one.id])
            yield forward
            if used[text] == 1:
                more: dict[str, Any] = {"subject_kind": "text", "rank": ranks[one.id], "sources": (forward.id,)}
                yield section_fact("said_in", one, text, (title,), **more)
        if one.trail or not one.summary:
            yield section_fact("section_in", one, title, (one.path,), end_line=one.line, rank=ranks[one.id] / 2)


def _documents(view: View, told: Told, ranks: Mapping[int, float]) -> Iterator[Fact]:
    by_path: dict[str, list[Section]] = defaultdict(list)
    for one in told.sections:
        by_path[one.path].append(one)
    for path, sections in by_path.items():
        rank = max(ranks[one.id] for one in sections)
        first = next((one for one in sections if any(block.kind != "code" for block in one.blocks)), None)
        if first is not None and begins_with(view, first) and told.quotable(first.summary):
            yield section_fact(
                "document_begins", first, path, (), text=told.quotable(first.summary), rank=rank, subject_kind="file"
            )
        depths = Counter(len(one.trail) for one in sections if one.heading)
        depth = 0 if depths[0] > 1 else 1  # below the title
        inner = [one for one in sections if is_title(plain_heading(one)) and len(one.trail) == depth]
        if len(inner) >= 2:
            headings = tuple(plain_heading(one) for one in inner[:MAX_HEADINGS])
            text = joined([f'"{heading}"' for heading in headings], depths[depth])
            yield section_fact(
                "sections_of", inner[0], path, headings, text=text, rank=rank, subject_kind="file",
                end_line=inner[: MAX_HEADINGS][-1].line,
            )  # fmt: skip


def in_html(view: View, section: Section, block: Block) -> bool:
    """Whether a block stands in HTML: a logo, a sponsor."""
    return "".join(view.index.lines(section.path, block.line, block.line)).lstrip().startswith("<")


def begins_with(view: View, section: Section) -> bool:
    """Whether nothing else that could be read stands before what a section says; not even what was left out there."""
    first = next((block for block in section.blocks if block.kind != "code"), None)
    if (
        first is None
        or not section.summary
        or first.kind != "paragraph"
        or whole_sentence(first.text, TEXT_CHARS) != section.summary
    ):
        return False
    if in_html(view, section, first):
        return False
    written = " ".join(view.index.lines(section.path, section.line, first.end_line))
    word = re.search(r"\w+", section.summary)
    before = written.partition(word[0])[0] if word else written
    return not re.search(r"[\w`)\"'][.!?]\s", before)


def _symbols(view: View, told: Told, ranks: Mapping[int, float]) -> Iterator[Fact]:
    """Which sections explain a symbol, and which symbols a section explains: those that it names outside of code."""
    by_id = view.by_id()
    sections = {one.id: one for one in told.sections if one.id in told.titles}
    scores: dict[int, Counter[int]] = defaultdict(Counter)
    lines: dict[tuple[int, int], int] = {}
    width = {number: len({one.symbol_id for one in told.passages.get(number, ())}) for number in sections}
    for number in sections:
        for one in told.passages.get(number, ()):
            if one.symbol_id in by_id and one.kind != "code":
                scores[one.symbol_id][number] += WORTH[one.kind]
                key = (one.symbol_id, number)
                lines[key] = min(lines.get(key, one.line), one.line)
    forward: dict[tuple[int, int], Fact] = {}
    for symbol in view.symbols:
        best = sorted(scores[symbol.id], key=lambda n: (-scores[symbol.id][n] / width[n] ** 0.5, n))[:MAX_SECTIONS]
        if best:
            where = [sections[number] for number in best]
            said = [f'"{told.titles[one.id]}" (`{one.path}`)' for one in where]
            line = exact_line(view.index, where[0], lines[symbol.id, best[0]], symbol.name)
            is_cut = len(said) < len(scores[symbol.id])  # by more than have a title, too: no number would be right
            text = f"{', '.join(said)} and others" if is_cut else joined(said, len(said))
            fact = section_fact(
                "explained_in", where[0], view.labels[symbol.id], tuple(dict.fromkeys(one.path for one in where)),
                text=text, rank=symbol.rank, subject_kind=symbol.kind, line=line, end_line=line,
            )  # fmt: skip
            yield fact
            forward |= {(symbol.id, number): fact for number in best}
    explained: dict[int, list[Fact]] = defaultdict(list)
    for (_, number), fact in forward.items():
        explained[number].append(fact)
    for number, named in explained.items():
        section = sections[number]
        best_named = sorted(named, key=lambda fact: (-fact.rank, fact.subject))[:MAX_SYMBOLS]
        labels = tuple(fact.subject for fact in best_named)
        more = "" if len(labels) == len(named) else str(len(named))
        yield section_fact(
            "explains", section, told.titles[number], labels, text=more, rank=ranks[number],
            sources=tuple(fact.id for fact in best_named),
        )  # fmt: skip


def _terms(view: View, told: Told, ranks: Mapping[int, float]) -> Iterator[Fact]:
    """What lists of definitions, glossaries, tables and reference entries say of a term, where only one does; beside
    code, of what is written as code or stands in a table: what else stands in bold is said of its section."""
    found: dict[str, list[tuple[Section, Block]]] = defaultdict(list)
    for section in told.sections:
        before = ""
        for block in section.blocks:
            before = block.text if block.kind == "paragraph" else before
            is_general = not _EXAMPLE.search(before)
            if not is_general or block.kind not in ("term", "entry") or not block.text or not _is_term(block.label):
                continue
            if block.kind == "entry" or not view.symbols or _is_written_as_code(view, section, block):
                found[block.label.lower()].append((section, block))
    used: Counter[str] = Counter()
    rows: list[tuple[Section, Block, str]] = []
    for places in found.values():
        section, block = places[0]
        text = told.quotable(whole_sentence(block.text, TEXT_CHARS))
        if len(places) == 1 and len(content_words(re.sub(r"`[^`]*`", "", text))) >= FEWEST_WORDS_OF_MEANING:
            rows.append((section, block, text))
            used[text] += 1
    for section, block, text in rows:
        place = {"line": block.line, "end_line": block.end_line, "rank": ranks[section.id]}
        forward = section_fact(
            "term_means", section, block.label, (section.path,), text=text, subject_kind="term", **place
        )
        yield forward
        if used[text] == 1:
            yield section_fact(
                "term_of", section, text, (block.label,), subject_kind="meaning", sources=(forward.id,), **place
            )


def _topics(told: Told, ranks: Mapping[int, float]) -> Iterator[Fact]:
    """Phrases that a few sections share, with all of those sections."""
    found: dict[str, list[Section]] = defaultdict(list)
    for one in told.sections:
        texts = (one.heading, *(block.text for block in one.blocks if block.kind != "code"))
        for phrase in {phrase for text in texts for phrase in pairs(text)}:
            found[phrase].append(one)
    for phrase, sections in found.items():
        titles = tuple(told.titles.get(one.id, "") for one in sections)
        text = joined([f'"{title}"' for title in titles], len(titles))
        if FEWEST <= len(sections) <= MAX_SYMBOLS and all(titles) and len(text) <= TEXT_CHARS:
            rank = sorted(ranks[one.id] for one in sections)[-2]
            yield section_fact("comes_up_in", sections[0], phrase, titles, text=text, rank=rank, subject_kind="topic")


def _is_written_as_code(view: View, section: Section, block: Block) -> bool:
    line = "".join(view.index.lines(section.path, block.line, block.line))
    return f"`{block.label}`" in line or line.lstrip().startswith("|")


def _is_term(label: str) -> bool:
    return 2 < len(label) <= LONGEST_TERM and bool(content_words(label)) and not re.search(r'["<>{}|`\[\]=]', label)
