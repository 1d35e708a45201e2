"""Facts that the index holds about a question, as text to put before it.

What is retrieved are verified sentences, not pieces of source code: about each symbol or file that the question speaks
of, where it is and what is known about it. Symbols and facts are ranked by BM25 and the two rankings fused by
reciprocal rank (Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", 2009). A name in the question that exists
nowhere is said to be missing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from forklift.answerers.briefing import brief, pieces
from forklift.grading import Grounded, find_mentions, ground
from forklift.index import Index, Statement
from forklift.records import Location

Subject = int | str  # a symbol's id; a path or a parameter's name

SYMBOLS, FACTS = 16, 32  # hits that are looked at
FUSION = 4  # of reciprocal rank fusion: how slowly a lower rank counts less
NAMESAKES = 2  # symbols that a name in the question may mean
MOST_SAID = 6  # sentences about what the question names
DEPTH = 2  # sentences about what the question does not name: what and where it is, and what is most to the point
MOST_NAMED = 8  # names in a question that are looked up
RELATIONS = (
    "documented_as", "parameters", "inherits", "works_with", "has_methods", "attributes", "subclassed_by", "calls",
    "called_by", "raises", "raised_by", "catches", "caught_by", "returns", "value", "default", "relation", "main_line",
    "error_message", "overrides", "worked_with_by", "descendants", "enum_members", "read_from_environment", "example",
    "reason", "caution", "used_to", "explained_in",
)  # fmt: skip
"""Of symbols, most telling first. What a card's header or another of these says already is left out."""
STEPS = ("inherits", "calls", "called_by", "subclassed_by", "raises", "raised_by")
ALONE = (
    "documented_as", "components", "defines", "depends_on", "exceptions", "family", "entry_points", "exports",
    "modules", "declares", "imported_by", "needed_by", "taken_by", "project_is", "how_to", "term_means", "section_says",
    "installed_with", "project_features", "document_begins", "sections_of", "explains",
)  # fmt: skip
"""Of files, directories, the repository, packages, parameters, tasks, terms and sections."""

_CAPITALISED = re.compile(r"(?<=[^.?!\s]\s)[A-Z]\w+(?:\.\w+)*")
_MARKER = re.compile(r"<(?=[^\s=<>])|\[(?=/?[A-Z]{2,}\])")


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found: a line for each symbol or file, and the evidence, "path:line"."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Card:
    """What may be said of one symbol or file: sentences with their sources, the first one introduces it."""

    sentences: Sequence[tuple[str, str]]
    asked: int  # so many of them, from the first on, come before what may only help


@dataclass(frozen=True, slots=True)
class _Saying:
    """One fact as it is said, first on a line or after another sentence."""

    sentence: str  # as the index has it
    first: str
    after: str
    source: str


def with_context(question: str, context: str) -> str:
    """The question with what was retrieved for it, as the user's message; the question alone without any."""
    return f"Facts from the index of the repository:\n{context}\n\nQuestion: {question}" if context else question


def retrieve(index: Index, question: str, max_tokens: int, count_tokens: Callable[[str], int]) -> Retrieved:
    """The facts that answer `question` best, in at most `max_tokens` tokens of `count_tokens`. Deterministic.

    Names come from the repository and so from strangers: marks of chat templates in them are broken up, and every
    sentence stays on its line.
    """
    cards = _cards(index, question)
    said: dict[int, list[int]] = defaultdict(list)
    left = max_tokens
    for card, number in _by_worth(cards):
        tokens = count_tokens(f"{cards[card].sentences[number][0]}\n")
        if tokens <= left and (number == 0 or said[card]):
            said[card].append(number)
            left -= tokens
    chosen = [(card, number) for card in sorted(said) for number in sorted(said[card])]
    while count_tokens(_text(cards, chosen)) > max_tokens:  # sentences may take more tokens together than apart
        chosen.pop()
    sources = (cards[card].sentences[number][1] for card, number in chosen)
    return Retrieved(_text(cards, chosen), tuple(source for source in dict.fromkeys(sources) if source))


def known_of(index: Index, question: str, places: Sequence[Location], sentences: int) -> list[str]:
    """Of each of `places` as many sentences: what is most telling, then what answers `question`; `harmless`. Of one
    place alone they go on from a sentence about it."""
    asked = _found(index.search_facts(question, FACTS))
    said = []
    for place in places:
        symbols = [one.id for one in index.find(place.name, NAMESAKES) if one.path == place.path]
        subject: Subject = symbols[0] if symbols else place.path
        (_, telling), (_, told) = _told(index, subject), _told_for(index, subject, asked)
        best = list(dict.fromkeys([*telling[:1], *told]))[:sentences]
        said += [each.after if len(places) == 1 else each.first for each in best]
    return said


def harmless(text: str) -> str:
    """`text` on one line, with nothing in it that a chat template or tokenizer takes for a mark of its own."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return _MARKER.sub(lambda found: f"{found[0]} ", " ".join(plain.split()))


def _text(cards: Sequence[_Card], chosen: Sequence[tuple[int, int]]) -> str:
    """The chosen sentences, a line for each card."""
    lines: dict[int, list[str]] = defaultdict(list)
    for card, number in chosen:
        lines[card].append(cards[card].sentences[number][0])
    return "\n".join(" ".join(sentences) for sentences in lines.values())


def _by_worth(cards: Sequence[_Card]) -> Iterator[tuple[int, int]]:
    """Every sentence as (card, number): what each card is there for, then what is left."""
    for card, each in enumerate(cards):
        yield from ((card, number) for number in range(each.asked))
    for card, each in enumerate(cards):
        yield from ((card, number) for number in range(each.asked, len(each.sentences)))


def _cards(index: Index, question: str) -> list[_Card]:
    """Cards of what the question speaks of: names that are missing, what it names, then what search finds."""
    missing = [_missing(name, index) for name in ground(question, index) if not name.known]
    found = index.search_facts(question, FACTS)
    asked = _found(found)
    named = _named(index, question)
    rankings: list[Sequence[Subject]] = [
        [symbol.id for symbol in index.search(question, SYMBOLS)],
        list(dict.fromkeys(fact.symbol_id or fact.subject for fact in found)),
        _neighbours(index, named),
    ]
    others = [each for each in dict.fromkeys(_fused(rankings)) if each not in named]
    return [
        *dict.fromkeys(missing),
        *(_card(index, each, asked, MOST_SAID) for each in named),
        *_briefing(index, question),
        *(_card(index, each, asked, DEPTH) for each in others),
    ]


def _found(facts: Sequence[Statement]) -> dict[tuple[Subject, str], int]:
    """The rank of each fact that a search found, by what it is about and how it is said."""
    return {(each.symbol_id or each.subject, each.sentence): rank for rank, each in enumerate(facts)}


def _briefing(index: Index, question: str) -> Iterator[_Card]:
    """What lies around the question, as it is told where no model says it."""
    told = [
        (harmless(text), f"{one.path}:{one.line}" if one else "") for text, one in pieces(brief(index, question), "it")
    ]
    if told:
        yield _Card(told, len(told))


def _missing(name: Grounded, index: Index) -> _Card:
    near = f" The closest name is `{name.closest}`." if name.closest else ""
    return _Card(((harmless(f"There is no `{name.text}` in {index.meta['name']}.{near}"), ""),), 1)


def _named(index: Index, question: str) -> list[Subject]:
    """What the question names: code, paths, and capitalised words inside it that name a symbol."""
    words = [mention.text for mention in find_mentions(question)]
    words += [word for word in _CAPITALISED.findall(question) if word.lower() != index.meta["name"].lower()]
    words = list(dict.fromkeys(words))[:MOST_NAMED]
    members = {
        name: found for owner, name in permutations(words, 2) if (found := index.find(f"{owner}.{name}", NAMESAKES))
    }
    subjects: list[Subject] = []
    for word in words:
        symbols = members.get(word) or index.find(word, NAMESAKES)
        place = None if symbols else index.locate(word)
        subjects += [symbol.id for symbol in symbols]
        subjects += [place.path] if place and place.kind == "file" else []
    return list(dict.fromkeys(subjects))


def _neighbours(index: Index, named: Sequence[Subject]) -> Sequence[Subject]:
    """What is one step away from what the question names: bases, callees, callers and so on."""
    facts = [fact for subject in named if isinstance(subject, int) for fact in index.facts_of(subject)]
    facts.sort(key=lambda fact: STEPS.index(fact.relation) if fact.relation in STEPS else len(STEPS))
    names = [name.text for fact in facts if fact.relation in STEPS for name in find_mentions(fact.sentence)[1:]]
    return [symbol.id for name in dict.fromkeys(names) for symbol in index.find(name, 1)][:SYMBOLS]


def _fused(rankings: Sequence[Sequence[Subject]]) -> list[Subject]:
    """Several rankings as one, best first; of equals the one that comes first in the first rankings."""
    scores: dict[Subject, float] = defaultdict(float)
    for ranking in rankings:
        for rank, subject in enumerate(ranking):
            scores[subject] += 1 / (FUSION + rank)
    return sorted(scores, key=lambda subject: -scores[subject])


def _card(index: Index, subject: Subject, asked: Mapping[tuple[Subject, str], int], depth: int) -> _Card:
    header, told = _told_for(index, subject, asked)
    sentences = [
        *header,
        *((each.after if header or number else each.first, each.source) for number, each in enumerate(told)),
    ]
    return _Card(sentences, min(depth, len(sentences)))


def _told_for(
    index: Index, subject: Subject, asked: Mapping[tuple[Subject, str], int]
) -> tuple[Sequence[tuple[str, str]], Sequence[_Saying]]:
    """`_told` with what is `asked` for first."""
    header, told = _told(index, subject)
    return header, sorted(told, key=lambda each: asked.get((subject, each.sentence), FACTS))


@lru_cache(maxsize=4096)  # the same symbols are found for many questions
def _told(index: Index, subject: Subject) -> tuple[Sequence[tuple[str, str]], Sequence[_Saying]]:
    """The sentence that introduces a symbol, with its source, and what is known about a subject, most telling first."""
    facts = index.facts_about(subject) if isinstance(subject, str) else index.facts_of(subject)
    told = [fact for fact in facts if fact.relation in (ALONE if isinstance(subject, str) else RELATIONS)]
    order = (*RELATIONS, *ALONE)
    told.sort(key=lambda fact: (order.index(fact.relation), fact.sentence))
    header = [] if isinstance(subject, str) else [_header(index, subject, facts)]
    label = str(next((fact.subject for fact in facts if fact.relation == "defined_in"), subject))
    return [(harmless(text), source) for text, source in header], [
        _Saying(
            one.sentence, harmless(one.sentence), harmless(_follow_up(one.sentence, label)), f"{one.path}:{one.line}"
        )
        for one in told
    ]


def _header(index: Index, symbol_id: int, facts: Sequence[Statement]) -> tuple[str, str]:
    """The sentence that says what and where a symbol is, and its evidence."""
    place = next((fact for fact in facts if fact.relation == "defined_in"), None)
    if place is None:
        one = index.symbol(symbol_id)
        source = f"{one.path}:{one.line}"
        return f"`{one.qualified_name}` ({one.kind}) is defined in `{source}`.", source
    source = f"{place.path}:{place.line}"
    return place.sentence.replace(f"`{place.path}`", f"`{source}`"), source


def _follow_up(sentence: str, label: str) -> str:
    """A sentence after one with the same subject."""
    start = f"`{label}` "
    return f"It {sentence.removeprefix(start)}" if sentence.startswith(start) else sentence
