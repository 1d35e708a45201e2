"""Facet reasons: why code is as it is and what to beware of, as its comments and documentation say."""

from collections import Counter
from collections.abc import Iterator, Mapping

from forklift.build.facts.documentation import section_fact
from forklift.build.facts.told import Told, exact_line, told_of
from forklift.build.facts.view import View, make_fact
from forklift.grading import content_words, has_word
from forklift.index import gives_reason, sentences
from forklift.records import Block, Fact, Section, Symbol

MOST_OF_SYMBOL = 2  # of each kind
RELATIONS = {"reason": "reason", "caution": "caution"}


def facts(view: View) -> Iterator[Fact]:
    """`reason` and back `reason_for`, `caution`; `documented_reason` of what the documentation explains."""
    told = told_of(view.index)
    yield from _comments(view, told)
    yield from _documents(view, told)


def _comments(view: View, told: Told) -> Iterator[Fact]:
    by_id = view.by_id()
    count: Counter[tuple[int, str]] = Counter()
    for one in view.index.notices():
        if one.kind not in RELATIONS or one.symbol_id not in by_id:
            continue
        text = told.quotable(one.text)
        count[one.symbol_id, one.kind] += bool(text)
        if not text or count[one.symbol_id, one.kind] > MOST_OF_SYMBOL:
            continue
        symbol, label = by_id[one.symbol_id], view.labels[one.symbol_id]
        place = {"path": one.path, "line": one.line, "end_line": one.line, "text": text}
        forward = make_fact("reasons", RELATIONS[one.kind], symbol, label, (), **place)
        yield forward
        if one.kind == "reason" and not has_word(text, symbol.name):
            place |= {"text": "", "subject_kind": "reason"}
            yield make_fact("reasons", "reason_for", symbol, text, (label,), sources=(forward.id,), **place)


def _documents(view: View, told: Told) -> Iterator[Fact]:
    """Sentences of the documentation that give a reason and name one symbol."""
    by_id = view.by_id()
    count: Counter[int] = Counter()
    for section in told.sections:
        named = {one.symbol_id for one in told.passages.get(section.id, ()) if one.kind != "code"} & by_id.keys()
        for block in section.blocks if named else ():
            for sentence, number in _reasons(block, by_id, told, named):
                count[number] += 1
                if count[number] <= MOST_OF_SYMBOL:
                    yield _documented(view, section, block, sentence, by_id[number])


def _reasons(block: Block, by_id: Mapping[int, Symbol], told: Told, named: set[int]) -> Iterator[tuple[str, int]]:
    """The sentences of a block that say why, each with the only symbol that it names as code."""
    if block.kind not in ("paragraph", "item", "step"):
        return
    for sentence in sentences(block.text):
        text = told.quotable(sentence) if gives_reason(sentence) else ""
        code = " ".join(text.split("`")[1::2])
        meant = [number for number in named if has_word(code, by_id[number].name)] if code else []
        if len(meant) == 1 and len(content_words(text)) > 5:
            yield text, meant[0]


def _documented(view: View, section: Section, block: Block, sentence: str, symbol: Symbol) -> Fact:
    line = exact_line(view.index, section, block.line, symbol.name)
    return section_fact(
        "documented_reason", section, view.labels[symbol.id], (section.path,), facet="reasons",
        subject_kind=symbol.kind, text=sentence, rank=symbol.rank, line=line, end_line=max(line, block.end_line),
    )  # fmt: skip
