"""What is kept of a teacher's rows: what names only what exists, contradicts nothing, and says something new."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from forklift.build.facts.view import fact_id
from forklift.build.llm.claims import contradicted
from forklift.build.llm.parse import Draft
from forklift.build.llm.parts import Part
from forklift.build.overlap import without_near_tests
from forklift.build.teachers.builtin import lesson, needed
from forklift.build.teachers.grammar import normalised
from forklift.errors import DatasetError
from forklift.grading import abstains, check_question, content_words, find_mentions, has_word, is_known
from forklift.index import WITHHELD, Index
from forklift.records import Fact, KeyType, Question

FACET = "explained"
MOST_KEYS = 6
RESTATED = 0.85  # of the words of an answer that its question says already
ALIKE = 0.8  # of the word pairs of two texts about one subject that both have (Jaccard)
FEWEST_WORDS = 5  # of an answer
DISTINCT = 0.8  # of the runs of three words in an answer, at least
VALIDATION_ONE_IN = 20
_SHOP_TALK = re.compile(
    r"\b(?:dossier|as an ai|language model|i cannot|i can't|not (?:provided|shown|included|specified|mentioned) in the"
    r"|(?:provided|given|above) (?:source|code|context|snippet|information|text|facts))\b",
    re.IGNORECASE,
)

Reasons = Counter[str]


@dataclass(frozen=True)
class Candidate:
    """A draft, what it is about, and what its teacher was shown."""

    draft: Draft
    part: Part
    evidence: str  # the dossier


@dataclass(frozen=True)
class Kept:
    """A verified row, what its teacher wrote, and what that was told from."""

    question: Question
    draft: Draft
    evidence: str


@dataclass
class Verifier:
    """Looks at candidates one after the other and remembers what it has kept."""

    index: Index
    facts_of: Mapping[str, Sequence[Fact]]
    held_out: Sequence[Fact]  # that training must not state
    reversed_: Sequence[Fact]  # that training must not ask about
    dropped: Reasons = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    texts: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = field(default_factory=lambda: defaultdict(list))
    known: Callable[[str], bool] = field(init=False)
    secret_of: Mapping[str, list[Fact]] = field(init=False)
    backwards_of: Mapping[str, list[Fact]] = field(init=False)

    def __post_init__(self) -> None:
        self.known = lru_cache(maxsize=100_000)(lambda name: is_known(name, self.index))
        self.secret_of = _by_name(self.held_out)
        self.backwards_of = _by_name(self.reversed_)

    def verify(self, candidate: Candidate) -> Iterator[Kept]:
        """The rows that can be kept of a candidate: itself, and its follow-up question."""
        draft = candidate.draft
        first = self._row(candidate, draft.question, draft.answer)
        if first is None:
            return
        yield Kept(first, draft, candidate.evidence)
        if draft.follow_up and draft.follow_up_answer:
            history = (draft.question, draft.answer)
            more = self._row(candidate, draft.follow_up, draft.follow_up_answer, history)
            if more is not None:
                yield Kept(more, draft, candidate.evidence)

    def _row(self, candidate: Candidate, question: str, answer: str, history: tuple[str, ...] = ()) -> Question | None:
        reason = self._fault(candidate, question, answer, history)
        row = None
        if not reason:
            row = _question(candidate, question, answer, history, self)
            reason = grader_fault(row)
        if reason:
            self.dropped[reason] += 1
            return None
        self._remember(candidate.part, question, answer, history)
        return row

    def _fault(self, candidate: Candidate, question: str, answer: str, history: tuple[str, ...]) -> str:
        """Why a row is dropped, "" when there is no reason so far. Cheap checks come first."""
        said = f"{question}\n{answer}"
        if abstains(answer) or _SHOP_TALK.search(said):
            return "refuses, or speaks of the dossier"
        if len(answer.split()) < FEWEST_WORDS:
            return "says nearly nothing"
        if _restates(question, answer):
            return "only restates the question"
        if repeats_itself(answer) or repeats_itself(question):
            return "repeats itself"
        if not self._names_something("\n".join((*history, said))):
            return "names nothing of the repository"
        if WITHHELD in said:
            return "quotes a withheld secret"
        if self._is_repeated(candidate.part, question, answer, history):
            return "repeats another row"
        if unknown := self.unknown(said, candidate.evidence):
            return f"names a {unknown} that does not exist"
        if claim := contradicted(answer, candidate.part.symbol, self.index):
            return f"contradicts the index ({claim.relation})"
        if self._gives_away(said, question):
            return "states what a test holds back"
        return ""

    def misleads(self, summary: str, part: Part, evidence: str) -> bool:
        """Whether a summary had better not be shown to those who write about what the part is in."""
        return bool(
            len(summary.split()) < FEWEST_WORDS
            or _SHOP_TALK.search(summary)
            or repeats_itself(summary)
            or self.unknown(summary, evidence)
            or contradicted(summary, part.symbol, self.index)
        )

    def _names_something(self, said: str) -> bool:
        return any(self.index.locate(mention.text) is not None for mention in find_mentions(said))

    def unknown(self, text: str, evidence: str) -> str:
        """The kind of the first code name in `text` that stands neither in the index nor in the evidence."""
        for mention in find_mentions(text):
            if mention.kind == "local" or self.known(mention.text):
                continue
            if mention.kind == "path" or not has_word(evidence, mention.text):
                return "path" if mention.kind == "path" else "name"
        return ""

    def _gives_away(self, said: str, question: str) -> bool:
        names = {part for mention in find_mentions(said) for part in mention.text.split(".")} | set(said.split())
        stated = (fact for name in names for fact in self.secret_of.get(name, ()))
        if any(_states(fact, said) for fact in stated):
            return True
        asked = (fact for name in names for fact in self.backwards_of.get(name, ()))
        return any(_asks_back(fact, question, said) for fact in asked)

    def _is_repeated(self, part: Part, question: str, answer: str, history: tuple[str, ...]) -> bool:
        if normalised("\n".join((*history, question))) in self.seen:
            return True
        asked, said = pairs_of("\n".join((*history, question))), pairs_of(answer)
        return any(
            jaccard(asked, others[0]) >= ALIKE or jaccard(said, others[1]) >= ALIKE for others in self.texts[part.id]
        )

    def has_asked(self, question: str) -> bool:
        """Whether a row that was kept asks exactly so."""
        return normalised(question) in self.seen

    def _remember(self, part: Part, question: str, answer: str, history: tuple[str, ...]) -> None:
        asked = "\n".join((*history, question))
        self.seen.add(normalised(asked))
        self.texts[part.id].append((pairs_of(asked), pairs_of(answer)))


def grader_fault(row: Question) -> str:
    """Why the grader cannot tell a right answer to a row from a wrong one, "" when it can."""
    if not row.keys:
        return "the question says the answer"
    try:
        check_question(row, ())
    except DatasetError:
        return "grader check failed"
    return ""


def without_near_wordings(kept: Sequence[Kept], tests: Sequence[Question], dropped: Reasons) -> list[Kept]:
    """The rows that no test question nearly repeats: the tests stay as they are, whoever teaches."""
    near = without_near_tests([each.question for each in kept], tests)
    dropped["nearly a test wording"] += len(kept) - len(near)
    ids = {question.id for question in near}
    return [each for each in kept if each.question.id in ids]


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring words."""
    words = re.findall(r"\w+", text.lower())
    return frozenset(f"{one} {other}" for one, other in itertools.pairwise(words)) or frozenset(words)


def jaccard(some: frozenset[str], others: frozenset[str]) -> float:
    """How much of two sets both have."""
    return len(some & others) / len(some | others) if some or others else 1.0


def repeats_itself(text: str) -> bool:
    """Whether a text says the same over and over, as small models do."""
    words = re.findall(r"\w+", text.lower())
    runs = [*zip(words, words[1:], words[2:], strict=False)]
    return len(set(runs)) < DISTINCT * len(runs)


def _restates(question: str, answer: str) -> bool:
    asked, said = set(content_words(question)), content_words(answer)
    return not said or sum(word in asked for word in said) >= RESTATED * len(said)


def _by_name(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Facts by the last part of their subject's name."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.subject.rpartition(".")[2] if "/" not in fact.subject else fact.subject].append(fact)
    return found


def _states(fact: Fact, said: str) -> bool:
    """Whether a text says what a fact states."""
    if fact.relation == "documented_as":
        return " ".join(fact.text.split()[:5]) in said
    objects = [name.rpartition(".")[2] for name in fact.objects]
    told = [has_word(said, name) for name in objects]
    if fact.text and fact.relation == "value":
        told.append(fact.text in said)
    return bool(told) and sum(told) >= needed(len(told), "symbol")


def _asks_back(fact: Fact, question: str, said: str) -> bool:
    """Whether the reverse of facts is asked: the question names where they lead, the answer where they start."""
    subject = fact.subject.rpartition(".")[2]
    objects = [name.rpartition(".")[2] for name in fact.objects]
    return has_word(question, subject) and not any(has_word(question, name) for name in objects) and _states(fact, said)


def _question(
    candidate: Candidate, question: str, answer: str, history: tuple[str, ...], verifier: Verifier
) -> Question:
    part, draft = candidate.part, candidate.draft
    asked = "\n".join((*history, question))
    keys, key_type = keys_of(asked, answer, verifier.index)
    facts = [fact for fact in verifier.facts_of.get(part.name, ()) if fact.objects and _told(fact, answer)]
    row = fact_id("explained", part.id, asked)
    is_validation = int(row, 16) % VALIDATION_ONE_IN == 0
    places = [f"{part.path}:{part.line}"] if part.path else []
    return Question(
        id=row,
        split="validation" if is_validation else "train",
        facet=f"{FACET} {draft.style}",
        direction="forward",
        fact_ids=(row, *(fact.id for fact in facts)),
        subject=part.name,
        prompt=question,
        completion=answer,
        keys=keys,
        min_keys=needed(len(keys), key_type),
        key_type=key_type,
        rank=part.rank,
        evidence=tuple(dict.fromkeys([*places, *(f"{fact.path}:{fact.line}" for fact in facts)])),
        history=history,
    )


def _told(fact: Fact, answer: str) -> bool:
    return lesson(fact).completion in answer or all(has_word(answer, name.rpartition(".")[2]) for name in fact.objects)


def keys_of(asked: str, answer: str, index: Index) -> tuple[tuple[str, ...], KeyType]:
    """What a right answer contains: names that the question does not say, else a file, else words."""
    mentions = find_mentions(answer)
    places = {mention.text: index.locate(mention.text) for mention in mentions}
    new = [m for m in mentions if places[m.text] is not None and not has_word(asked, m.text)]
    names = tuple(dict.fromkeys(m.text for m in new if m.kind == "symbol" and not has_word(asked, m.text)))
    if names:
        return names[:MOST_KEYS], "symbol"
    paths = tuple(dict.fromkeys(m.text for m in new if m.kind == "path"))
    if paths:
        return paths[:1], "path"
    return tuple(word for word in content_words(answer) if word not in content_words(asked)), "text"


def as_validation(kept: Sequence[Kept]) -> Iterator[Question]:
    """The rows, follow-ups in the split of the question they follow."""
    splits = {each.draft.question: each.question.split for each in kept if not each.question.history}
    for each in kept:
        yield replace(each.question, split=splits.get(each.draft.question, each.question.split))
