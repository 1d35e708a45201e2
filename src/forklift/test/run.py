"""Lets every answerer answer the same questions, and grades the answers."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from forklift.answerers import Answerer
from forklift.engine import Report, silent
from forklift.grading import grade
from forklift.records import Answer, Question

SLICE = 48  # questions that all answerers answer before the clock is looked at again


def seen_and_unseen(questions: Sequence[Question], trained: frozenset[str]) -> tuple[list[Question], int]:
    """The test questions that mean what their split says, and how many are left out.

    A and B ask for facts the model was taught: questions about others, which did not fit its time, are left out.
    """
    kept = [q for q in questions if q.split in ("C", "D") or trained.issuperset(q.fact_ids)]
    return kept, len(questions) - len(kept)


def in_turn(questions: Sequence[Question], limit: int, seed: int) -> list[Question]:
    """At most `limit` questions of each split, shuffled, splits evenly mixed: any beginning is a fair sample."""
    by_split: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        by_split[question.split].append(question)
    placed = []
    for split, rows in sorted(by_split.items()):
        picked = random.Random(f"{seed} {split}").sample(rows, min(len(rows), limit))
        placed += [((n + 0.5) / len(picked), question) for n, question in enumerate(picked)]
    return [question for _, question in sorted(placed, key=lambda row: (row[0], row[1].id))]


def answer_all(
    questions: Sequence[Question],
    answerers: Mapping[str, Answerer],
    known: Callable[[str], bool],
    max_tokens: int,
    seconds: float | None,
    report: Report,
) -> Iterator[list[Answer]]:
    """Graded answers, a slice of the questions at a time, each answered by all answerers.

    Stops before a slice that would not end within `seconds`.
    """
    started = time.monotonic()
    longest = 0.0
    for start in range(0, len(questions), SLICE):
        began = time.monotonic()
        if seconds is not None and start and began - started + longest > seconds:
            break
        rows = questions[start : start + SLICE]
        graded: list[Answer] = []
        for number, (name, answerer) in enumerate(answerers.items()):
            texts = answerer(rows, max_tokens, silent)
            graded += [_graded(name, *pair, known) for pair in zip(rows, texts, strict=True)]
            report("answering", start + len(rows) * (number + 1) // len(answerers), len(questions))
        longest = max(longest, time.monotonic() - began)
        yield graded
    report("answering", len(questions), len(questions))


def _graded(answerer: str, question: Question, text: str, known: Callable[[str], bool]) -> Answer:
    result = grade(question, text, known)
    return Answer(
        answerer=answerer,
        question_id=question.id,
        split=question.split,
        facet=question.facet,
        cluster=question.fact_ids[0] if question.fact_ids else question.id,
        prompt=question.prompt,
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
