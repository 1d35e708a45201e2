"""Facts -> questions, split by fact; written in Hugging Face layout."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from forklift.build.broad import broad_lessons
from forklift.build.facts import View
from forklift.build.facts.absence import Absent, held_out_absences, training_absences
from forklift.build.facts.unwritten import Unwritten, held_out_unwritten, training_unwritten
from forklift.build.facts.view import CALLABLE_KINDS, CLASS_KINDS, fact_id
from forklift.build.overlap import without_near_repeats
from forklift.build.reading import reading_questions
from forklift.build.teachers.builtin import Lesson, code_forms, denial, denial_of_text, lesson, name_forms, overview
from forklift.build.teachers.grammar import normalised, wordings
from forklift.build.teachers.held_out import TEST
from forklift.build.teachers.held_out.tones import TONES as TEST_TONES
from forklift.build.teachers.training import TRAINING
from forklift.build.teachers.training.tones import TONES as TRAINING_TONES
from forklift.build.variants import Taught, Variant, variants
from forklift.config import BuildConfig
from forklift.engine import Report, track
from forklift.errors import DatasetError
from forklift.grading import check_question, content_words, has_word
from forklift.index import Index, split_identifier
from forklift.records import Fact, Question, Split
from forklift.tables import write_rows
from forklift.workspace import write_json

ABSENT_SHARE = 0.25  # of the training questions
HELD_OUT_ABSENCES = 100
VALIDATION_SHARE = 0.05  # of the facts: one more training wording each, never trained on
CONTROL_RELATIONS = frozenset({"parameters", "documented_as", "calls", "returns", "value", "term_means"})
OVERVIEW_RELATIONS = (
    "documented_as", "inherits", "works_with", "has_methods", "subclassed_by", "calls", "raises", "called_by",
)  # fmt: skip
ASKED_OF_ALL = ("defined_in", "documented_as", "overview")
ASKED_OF_CLASSES = (*ASKED_OF_ALL, "inherits", "subclassed_by", "has_methods", "called_by")
ASKED_OF_CALLABLES = (*ASKED_OF_ALL, "parameters", "returns", "calls", "called_by", "raises")
FIRST_ASKED = {"overview": 8.0, "defined_in": 4.0, "documented_as": 4.0}
"""Of absent names in training, how often beside other relations: as often as the first lessons ask for them. A wording
that comes only with absent names would mean absence, whatever the name."""
OVERVIEW_PAST = ("deprecated_since", "changed_because", "introduced_in")  # of these one more, the first there is
MAX_OVERVIEW_FACTS = 4
HISTORY_SHARE = 0.15  # of the lessons about single facts
SIDE_NOTES = frozenset({"last_changed", "commit_changed"})  # of the history, what is worth least
GIVEAWAY_WORDS = 5  # so many first words of a documentation give it away


@dataclass(frozen=True)
class Allotment:
    """Which facts training may see. `control` is for split C, `reversed_` for split B."""

    trained: Sequence[Fact]
    control: Sequence[Fact]
    reversed_: Sequence[Fact]


def allot(facts: Sequence[Fact], config: BuildConfig) -> Allotment:
    """Keeps some facts out of training, and of others only the reverse direction.

    What would give a control fact away goes too: reverse facts made of it, the defaults of its parameters, and what
    tells of an architecture in its words.
    """
    rng = random.Random(config.seed)
    eligible = [fact for fact in facts if fact.relation in CONTROL_RELATIONS]
    control = _sample(eligible, config.control_share * len(facts), rng)
    hidden = {fact.id for fact in control}
    silent_signatures = {fact.subject for fact in control if fact.relation == "parameters"}
    silent_docs = [fact.text for fact in control if fact.relation == "documented_as"]
    rest = [
        fact
        for fact in facts
        if fact.id not in hidden
        and hidden.isdisjoint(fact.sources)
        and not (fact.relation == "default" and fact.subject in silent_signatures)
        and not (fact.facet == "architecture" and any(doc in fact.text for doc in silent_docs))
    ]
    reverse = [fact for fact in rest if fact.sources and fact.relation not in ("defines", "member_of")]
    reversed_ = _sample(reverse, config.reverse_share * len(reverse), rng)
    held_out = {fact.id for fact in reversed_}
    return Allotment([fact for fact in rest if fact.id not in held_out], control, reversed_)


def most_central(allotment: Allotment, count: int) -> Allotment:
    """`count` of the facts that training may see, about the most central symbols; and the others of them alone."""
    ordered = sorted(allotment.trained, key=lambda fact: -fact.rank)
    if len(ordered) <= count:
        return allotment
    kept, least = {fact.id for fact in ordered[:count]}, ordered[count - 1].rank
    return Allotment(
        [fact for fact in allotment.trained if fact.id in kept],
        [fact for fact in allotment.control if fact.rank >= least],
        [fact for fact in allotment.reversed_ if kept.issuperset(fact.sources)],
    )


def _sample(facts: Sequence[Fact], count: float, rng: random.Random) -> list[Fact]:
    return rng.sample(list(facts), min(round(count), len(facts)))


def make_questions(
    view: View, facts: Sequence[Fact], index: Index, config: BuildConfig, report: Report
) -> tuple[list[Question], Counter[str], dict[str, Any]]:
    """Every question of the dataset, checked by the grader; how many were dropped, by reason; and how near the test
    wordings come to those of training.

    No test question nearly repeats a training wording.
    """
    lessons = {fact.id: lesson(fact) for fact in facts}
    gradable = [fact for fact in facts if lessons[fact.id].keys]
    whole = allot(gradable, config)
    allotment = most_central(whole, config.lessons)
    less_central = len(whole.trained) - len(allotment.trained)
    overviews = list(_overviews(allotment.trained))
    single = _history_within_share(allotment.trained)
    beyond_share = len(allotment.trained) - len(single)
    known = {fact.id for fact in single}
    allotment = replace(
        allotment, trained=single, reversed_=[fact for fact in allotment.reversed_ if known.issuperset(fact.sources)]
    )
    taught = [Taught((fact,), lessons[fact.id], fact.relation) for fact in single]
    taught += [Taught(facts, overview(facts), "overview") for facts in overviews]
    words = {word for symbol in view.symbols for word in split_identifier(symbol.name)}
    other_ways = variants(taught, words, config.seed)
    draft: list[Question] = []
    for number, one in enumerate(track(taught, "wording the facts", report)):
        draft += _trained_questions(one, config, other_ways.get(number, ()))
    silent_docs = {fact.subject for fact in whole.control if fact.relation == "documented_as"}
    for broad in track(broad_lessons(view, index, silent_docs), "wording the topics", report):
        draft += _trained_questions(Taught((broad.fact,), broad.lesson, "topic"), config)
    draft += _held_out_questions(allotment, lessons)
    trained = sum(question.split == "train" for question in draft)
    absent = round(trained * ABSENT_SHARE / (1 - ABSENT_SHARE))
    if view.symbols:
        draft += _absent_questions(view, index, absent, config.seed)
    else:
        draft += _unwritten_questions(view, index, allotment.trained, absent, config.seed)
    checked, dropped = _checked(draft, report)
    dropped["fact of the history beyond its share of the lessons"] = beyond_share
    if len(gradable) < len(facts):
        dropped["fact of which nothing tells a right answer from a wrong one"] = len(facts) - len(gradable)
    if less_central:
        dropped[f"fact about a less central symbol than the first {config.lessons:,}"] = less_central
    kept, repeats, overlap = without_near_repeats(checked)
    withheld = [said for fact in whole.control for said in _giveaways(fact, lessons[fact.id])]
    kept += reading_questions(kept, index, config.reading_questions, config.seed, report, withheld)
    return kept, dropped + repeats, overlap


def _giveaways(fact: Fact, told: Lesson) -> Iterator[str]:
    """What must not be shown in training of a fact that it may not teach."""
    yield told.completion
    if fact.relation in ("documented_as", "term_means"):
        yield " ".join(fact.text.split()[:GIVEAWAY_WORDS])


def _overviews(facts: Sequence[Fact]) -> Iterator[tuple[Fact, ...]]:
    """For each symbol the facts that introduce it: where it is, then what it is for and what it has to do with."""
    by_subject: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        by_subject[fact.subject].setdefault(fact.relation, fact)
    for told in by_subject.values():
        more = [told[relation] for relation in OVERVIEW_RELATIONS if relation in told]
        if "defined_in" in told and len(more) >= 2:
            past = [told[relation] for relation in OVERVIEW_PAST if relation in told]
            yield (told["defined_in"], *more[: MAX_OVERVIEW_FACTS - 1], *past[:1])


def _history_within_share(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without those of the history that would crowd out the code: side notes go first, then what is about
    the least central symbols."""
    past = sorted((f for f in facts if f.facet == "history"), key=lambda f: (f.relation in SIDE_NOTES, -f.rank))
    most = HISTORY_SHARE / (1 - HISTORY_SHARE) * (len(facts) - len(past))
    left_out = {fact.id for fact in past[round(most) :]}
    return [fact for fact in facts if fact.id not in left_out]


def _trained_questions(one: Taught, config: BuildConfig, other_ways: Sequence[Variant] = ()) -> Iterator[Question]:
    facts, told, relation = one.facts, one.told, one.relation
    seed = f"{config.seed} {facts[0].id} {relation}"
    texts = wordings(TRAINING[relation], told.slots, config.wordings_per_fact + 1, seed, TRAINING_TONES)
    validated = len(texts) > 2 and random.Random(seed).random() < VALIDATION_SHARE
    if validated:
        yield question_of("validation", facts, told, relation, texts.pop())
    plain = config.wordings_per_fact - sum(way.split == "train" for way in other_ways)
    rows = [question_of("train", facts, told, relation, text) for text in texts[:plain]]
    for way in other_ways:
        rows.insert(way.at, question_of(way.split, facts, way.told, relation, way.prompt, way.history))
    yield from rows
    for text in wordings(TEST[relation], told.slots, 1, f"test {seed}", TEST_TONES):
        yield question_of("A", facts, told, relation, text)


def _held_out_questions(allotment: Allotment, lessons: Mapping[str, Lesson]) -> Iterator[Question]:
    trained = {fact.id: fact for fact in allotment.trained}
    splits: tuple[tuple[Split, Sequence[Fact]], ...] = (("C", allotment.control), ("B", allotment.reversed_))
    for split, held_out in splits:
        for fact in held_out:
            told = lessons[fact.id]
            for text in wordings(TEST[fact.relation], told.slots, 1, f"test {fact.id}"):
                question = question_of(split, (fact,), told, fact.relation, text)
                # what a reverse question is about, and what has to be taught for it, are the facts it follows from
                yield replace(question, fact_ids=fact.sources) if split == "B" else question
    yield from _two_hop([*allotment.trained, *allotment.reversed_], trained)


def _two_hop(facts: Sequence[Fact], trained: Mapping[str, Fact]) -> Iterator[Question]:
    """Compositions of two trained facts that are never asked together in training: split B."""
    about = {(fact.relation, fact.subject): fact for fact in trained.values()}
    for above in (fact for fact in facts if fact.relation == "subclassed_by"):  # the base is this one, and no namesake
        for inherits in (trained[source] for source in above.sources if source in trained):
            for relation, second in (("base_file", "defined_in"), ("base_methods", "has_methods")):
                hop = about.get((second, above.subject))
                if hop and len(inherits.objects) == 1:
                    yield _hop_question(relation, inherits, hop)


def _hop_question(relation: str, inherits: Fact, hop: Fact) -> Question:
    told = lesson(hop)
    completion = f"`{inherits.subject}` inherits from `{hop.subject}`. {told.completion}"
    slots = {"name": name_forms(inherits.subject, inherits.subject_kind)}
    told = Lesson(completion, told.keys, told.min_keys, told.key_type, slots)
    text = wordings(TEST[relation], slots, 1, f"test {inherits.id}")[0]
    return question_of("B", (inherits, hop), told, relation, text)


def _absent_questions(view: View, index: Index, count: int, seed: int) -> Iterator[Question]:
    rng = random.Random(f"absent {seed}")
    for absent in training_absences(view, index, count, seed):
        yield _absent_question("train", absent, TRAINING, view.name, rng)
    for absent in held_out_absences(view, index, HELD_OUT_ABSENCES, seed):
        yield _absent_question("D", absent, TEST, view.name, rng)


def _absent_question(
    split: Split, absent: Absent, grammar: Mapping[str, Sequence[str]], repository: str, rng: random.Random
) -> Question:
    kind = absent.origin.kind
    asked = ASKED_OF_CLASSES if kind in CLASS_KINDS else ASKED_OF_CALLABLES if kind in CALLABLE_KINDS else ASKED_OF_ALL
    weights = [FIRST_ASKED.get(one, 1.0) for one in asked] if split == "train" else None
    (relation,) = rng.choices(asked, weights)
    slots = {"name": _absent_forms(absent.name, kind), "words": [f"`{absent.name}`"], "kind": [kind]}
    text = wordings(grammar[relation], slots, 1, f"{absent.name} {split}")[0]
    told = Lesson(denial(absent.name, absent.closest, repository), (absent.name,), 1, "absent", slots)
    fact = Fact(
        id=fact_id("absent", absent.name), facet="absence", relation=relation, subject=absent.name,
        subject_kind=kind, objects=(), path=absent.origin.path, line=absent.origin.line,
        end_line=absent.origin.line, rank=absent.origin.rank,
    )  # fmt: skip
    return replace(question_of(split, (fact,), told, "absent", text), relation=relation)


def _unwritten_questions(view: View, index: Index, facts: Sequence[Fact], count: int, seed: int) -> Iterator[Question]:
    """Where there is no code: about sections and terms that nobody wrote."""
    for one in training_unwritten(facts, index, count, seed):
        yield _unwritten_question("train", one, TRAINING, view.name)
    for one in held_out_unwritten(facts, index, HELD_OUT_ABSENCES, seed):
        yield _unwritten_question("D", one, TEST, view.name)


def _unwritten_question(
    split: Split, one: Unwritten, grammar: Mapping[str, Sequence[str]], repository: str
) -> Question:
    slots = {"name": [f'"{one.name}"', f'"{one.name}"', one.name]}
    text = wordings(grammar[one.origin.relation], slots, 1, f"{one.name} {split}")[0]
    told = Lesson(denial_of_text(one.what, one.name, one.closest, repository), (one.name,), 1, "absent", slots)
    fact = replace(one.origin, id=fact_id("absent", one.name), facet="absence", subject=one.name, sources=())
    return replace(question_of(split, (fact,), told, "absent", text), relation=one.origin.relation)


def _absent_forms(name: str, kind: str) -> list[str]:
    """As code, never as plain words: those may be a slip in the words for something that exists."""
    forms = [
        form for form in code_forms(name, kind) if form != name or not name.islower() or "_" in name or "." in name
    ]
    return [f"`{name}`"] * len(forms) + forms


def question_of(
    split: Split, facts: Sequence[Fact], told: Lesson, relation: str, text: str, history: tuple[str, ...] = ()
) -> Question:
    """The row that asks for a lesson in these words; without keys where they say the answer already."""
    first = facts[0]
    composed = len(facts) > 1
    keys = told.keys if told.key_type == "absent" else _unsaid(told, "\n".join((*history, text)))
    return Question(
        id=fact_id(split, *history, text),
        split=split,
        facet="overview" if relation == "overview" else first.facet,
        direction="absent" if told.key_type == "absent" else "composed" if composed else _direction(first),
        fact_ids=tuple(fact.id for fact in facts),
        subject=first.subject,
        prompt=text,
        completion=told.completion,
        keys=keys,
        min_keys=math.ceil(told.min_keys * len(keys) / len(told.keys)),
        key_type=told.key_type,
        rank=first.rank,
        evidence=tuple(dict.fromkeys(f"{fact.path}:{fact.line}" for fact in facts)),
        history=history,
        relation=relation,
    )


def _unsaid(told: Lesson, text: str) -> tuple[str, ...]:
    """The keys that the question does not say already: repeating those is no knowledge."""
    if told.key_type == "text":
        said = content_words(text)
        return tuple(key for key in told.keys if key not in said)
    return tuple(key for key in told.keys if not has_word(text, key))


def _direction(fact: Fact) -> Literal["forward", "reverse"]:
    return "reverse" if fact.sources else "forward"


def _checked(draft: Sequence[Question], report: Report) -> tuple[list[Question], Counter[str]]:
    """The questions without repeated wordings and without those that fail the grader's own check.

    The wordings of one lesson differ in how they ask alone: what was checked for one holds for all with its keys.
    """
    dropped: Counter[str] = Counter()
    kept: list[Question] = []
    seen: set[str] = set()
    passed: dict[tuple[object, ...], bool] = {}
    peers = _peers(draft)
    for question in track(draft, "checking the questions", report):
        if not question.keys:
            dropped["the question says the answer"] += 1
            continue
        text = normalised("\n".join((*question.history, question.prompt)))
        if text in seen:
            dropped["wording already used"] += 1
            continue
        seen.add(text)
        same = (question.subject, question.completion, question.keys, question.min_keys)
        if same not in passed:
            passed[same] = _passes(question, peers(question))
        if passed[same]:
            kept.append(question)
        else:
            dropped[f"grader check failed ({question.facet})"] += 1
    return kept, dropped


def _passes(question: Question, others: Sequence[Question]) -> bool:
    try:
        check_question(question, others)
    except DatasetError:
        return False
    return True


def _peers(draft: Iterable[Question]) -> Callable[[Question], list[Question]]:
    """For a question, another one of its facet whose gold answer lacks its keys (the grader must refuse it)."""
    by_facet: dict[str, dict[str, Question]] = defaultdict(dict)
    for question in draft:
        by_facet[question.facet].setdefault(question.completion, question)
    pools = {facet: list(questions.values()) for facet, questions in by_facet.items()}

    def peers(question: Question) -> list[Question]:
        if question.key_type == "absent":  # any existing thing's answer is wrong here
            return next(([pool[0]] for facet, pool in pools.items() if facet != "absence"), [])
        pool = pools[question.facet]
        start = random.Random(question.id).randrange(len(pool))
        for other in (pool[(start + n) % len(pool)] for n in range(min(len(pool), 20))):
            if sum(key in other.completion for key in question.keys) < question.min_keys:
                return [other]
        return []

    return peers


def write_dataset(directory: Path, questions: Sequence[Question], overlap: Mapping[str, Any], card: str) -> None:
    """data/{train,validation,test}.parquet and README.md, as `datasets.load_dataset(directory)` expects.

    overlap.json says how near the test wordings come to those of training.
    """
    for name in ("train", "validation", "test"):
        rows = [q for q in questions if (q.split if q.split in ("train", "validation") else "test") == name]
        write_rows(directory / "data" / f"{name}.parquet", rows, Question)
    write_json(directory / "overlap.json", overlap)
    (directory / "README.md").write_text(card, encoding="utf-8")
