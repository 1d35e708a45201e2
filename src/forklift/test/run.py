"""Lets every answerer answer the same questions, keeps each answer as it comes, and grades it."""

import math
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forklift.answerers import Answerer, answer_budget, asked
from forklift.engine import Report, silent
from forklift.errors import ForkLiftError
from forklift.grading import grade
from forklift.records import Answer, Failure, Question
from forklift.test.cache import Kept, cache_key, keep, kept

SLICE = 48  # questions that all answerers answer before the clock is looked at again
LONG_SLICE = 256  # where there is no clock to look at: batches are fuller, answers still kept now and then


@dataclass(frozen=True)
class Answerers:
    """Who answers: how each is made, and the key of everything its answers depend on beside the question."""

    make: Mapping[str, Callable[[], Answerer]]
    keys: Mapping[str, str]


@dataclass
class Answered:
    """What came of asking: answers by answerer and question id, what failed, and who could not go on."""

    answers: dict[str, dict[str, Kept]] = field(default_factory=lambda: defaultdict(dict))
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # reasons, by answerer
    unavailable: dict[str, str] = field(default_factory=dict)  # why, by answerer
    asked: list[Question] = field(default_factory=list)

    def notes(self, unavailable: Mapping[str, str]) -> list[str]:
        """What could not be scored, a line each: who never could answer, who stopped, and single failures."""
        gone = {**unavailable, **self.unavailable}
        failed = {name: reasons for name, reasons in self.failures.items() if reasons}
        return [
            *(f"{name} is not (or not wholly) scored: {reason}" for name, reason in gone.items()),
            *(f"{name}: {len(reasons)} answers could not be had ({reasons[0]})" for name, reasons in failed.items()),
        ]

    def speeds(self) -> dict[str, dict[str, float | int]]:
        """Answers, seconds they took, and failures, by answerer."""
        return {
            name: {
                "answers": len(texts),
                "seconds": sum(each.seconds for each in texts.values()),
                "failures": len(self.failures[name]),
            }
            for name, texts in list(self.answers.items())
        }


def seen_and_unseen(
    questions: Sequence[Question], facts: frozenset[str], lessons: frozenset[str]
) -> tuple[list[Question], int]:
    """The test questions that mean what their split says, and how many are left out.

    A and B ask for facts the model was taught: questions about others, which did not fit its time, are left out. A
    question of A whose facts were taught only as parts of something broader is one of B: training never asked for
    them in that composition.
    """
    rows = [q for q in questions if q.split in ("C", "D") or facts.issuperset(q.fact_ids)]
    asked = [replace(q, split="B") if q.split == "A" and q.lesson not in lessons else q for q in rows]
    return asked, len(questions) - len(rows)


def in_turn(groups: Mapping[str, Sequence[Question]], limit: int, seed: int) -> list[Question]:
    """At most `limit` questions of each group, shuffled, groups evenly mixed: any beginning is a fair sample."""
    placed = []
    for name, rows in sorted(groups.items()):
        picked = random.Random(f"{seed} {name}").sample(list(rows), min(len(rows), limit))
        placed += [((n + 0.5) / len(picked), question) for n, question in enumerate(picked)]
    return [question for _, question in sorted(placed, key=lambda row: (row[0], row[1].id))]


def by_split(questions: Sequence[Question]) -> dict[str, list[Question]]:
    """The questions of each split."""
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.split].append(question)
    return dict(groups)


def answer_all(
    questions: Sequence[Question],
    answerers: Answerers,
    cache: sqlite3.Connection,
    max_tokens: int,
    left_s: Callable[[], float],
    report: Report,
) -> Answered:
    """Has every answerer answer the questions, a slice at a time; what the cache holds is not asked again.

    Stops before a slice that would not end within the time left. An answerer that fails as a whole is left out
    from then on, and why is said; what it had answered counts.
    """
    longest, result, made = 0.0, Answered(), dict[str, Answerer]()
    size = LONG_SLICE if math.isinf(left_s()) else SLICE
    for start in range(0, len(questions), size):
        began = time.monotonic()
        if start and longest > left_s():
            break
        rows = questions[start : start + size]
        for number, name in enumerate(answerers.keys):
            if name not in result.unavailable:
                _answer_slice(name, rows, answerers, made, cache, max_tokens, result)
            report("answering", start + len(rows) * (number + 1) // len(answerers.keys), len(questions))
        result.asked += rows
        longest = max(longest, time.monotonic() - began)
    report("answering", len(questions), len(questions))
    return result


def _answer_slice(
    name: str,
    questions: Sequence[Question],
    answerers: Answerers,
    made: dict[str, Answerer],
    cache: sqlite3.Connection,
    max_tokens: int,
    result: Answered,
) -> None:
    keys = [
        cache_key(answerers.keys[name], "\0".join((*q.history, q.prompt)), answer_budget(q, max_tokens))
        for q in questions
    ]
    known = kept(cache, keys)
    missing = [(key, question) for key, question in zip(keys, questions, strict=True) if key not in known]
    began = time.monotonic()
    try:
        if missing and name not in made:
            made[name] = answerers.make[name]()
            began = time.monotonic()
        texts = made[name]([question for _, question in missing], max_tokens, silent) if missing else []
    except ForkLiftError as error:
        result.unavailable[name] = str(error)
        texts = []
        missing = []
    each_s = (time.monotonic() - began) / max(1, len(missing))
    pairs = list(zip(missing, texts, strict=True))
    fresh = {key: Kept(text, each_s) for (key, _), text in pairs if isinstance(text, str)}
    keep(cache, fresh)
    result.failures[name] += [text.reason for _, text in pairs if isinstance(text, Failure)]
    known |= fresh
    result.answers[name] |= {q.id: known[key] for key, q in zip(keys, questions, strict=True) if key in known}


def graded(answerer: str, question: Question, text: str, known: Callable[[str], bool]) -> Answer:
    """An answer with its grade. `known(name)` says whether a code name exists."""
    result = grade(question, text, known)
    return Answer(
        answerer=answerer,
        question_id=question.id,
        split=question.split,
        facet=question.facet,
        cluster=question.fact_ids[0] if question.fact_ids else question.id,
        prompt=asked(question),
        gold=question.completion,
        answer=text,
        right=result.right,
        score=result.score,
        abstained=result.abstained,
        wrong=result.wrong,
        invented=result.invented,
        mentioned=result.mentioned,
        evidence=question.evidence,
    )
