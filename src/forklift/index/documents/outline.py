"""Blocks as sections: what stands below each heading, without the sentences that name people."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from forklift.index.messages import People, names_somebody, sentences
from forklift.index.prose import first_sentence
from forklift.records import Block, Section

SUMMARY_CHARS = 240
MOST_SECTIONS = 3_000  # of one document
MOST_BLOCKS = 400  # of one section
_WORD = re.compile(r"\b[a-z]{3,}\b")


def sections_of(path: str, blocks: Iterable[Block], people: People) -> Iterator[Section]:
    """The sections of a document in order, all with the id 0. A heading without text below it is one as well."""
    trail: list[tuple[int, str]] = []
    heading: Block | None = None
    inside: list[Block] = []
    count = 0
    for one in blocks:
        if one.kind != "heading":
            inside.append(one)
            continue
        if section := _section(path, heading, trail, inside, people):
            yield section
            count += 1
        if count == MOST_SECTIONS:
            return
        if heading is not None:
            trail = [*trail, (heading.level, heading.text)]
        trail = [above for above in trail if above[0] < one.level]
        heading, inside = one, []
    if section := _section(path, heading, trail, inside, people):
        yield section


def _section(
    path: str, heading: Block | None, trail: Sequence[tuple[int, str]], inside: Sequence[Block], people: People
) -> Section | None:
    kept = [clean for one in inside[:MOST_BLOCKS] if (clean := without_people(one, people)) is not None]
    title = "" if heading is None or names_somebody(heading.text, people) else heading.text
    if heading is None and not kept:
        return None
    first = heading or inside[0]
    prose = next((one.text for one in kept if one.kind == "paragraph" and not _announces(one.text)), "")
    return Section(
        id=0, path=path, line=first.line, end_line=max(one.end_line for one in (first, *inside[:MOST_BLOCKS])),
        heading=title, trail=tuple(text for _, text in trail if text), summary=first_sentence(prose, SUMMARY_CHARS),
        blocks=tuple(kept),
    )  # fmt: skip


def _announces(text: str) -> bool:
    """Whether a paragraph only asks, or is one sentence that goes on in a list or in code."""
    first = next(sentences(text), "")
    return first.endswith("?") or (text.endswith(":") and first == text)


def without_people(block: Block, people: People) -> Block | None:
    """The block without sentences that name somebody; None when nothing is left."""
    if block.kind == "code":
        return block
    kept = [sentence for sentence in sentences(block.text) if not names_somebody(sentence, people)]
    text = " ".join(kept)
    return replace(block, text=text) if text or block.label else None


def words_of_documents(texts: Iterable[str], most_chars: int) -> frozenset[str]:
    """The words that documents write in lower case: a capital at their beginning does not make them names of people."""
    found: set[str] = set()
    for text in texts:
        found.update(_WORD.findall(text[:most_chars]))
        most_chars -= len(text)
        if most_chars <= 0:
            break
    return frozenset(found)
