"""What fits the time: how many facts, most central first, in how many wordings each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forklift.records import Question

MIN_EXPOSURES = 18  # wordings a fact must be seen in to be remembered; fewer facts rather than fewer of these


@dataclass(frozen=True)
class Plan:
    """The rows to train on, round by round; a round holds one wording of every covered fact."""

    rounds: Sequence[Sequence[int]]  # numbers into the questions
    lessons: int  # covered: facts, and overviews of several
    lessons_in_all: int
    exposures: int
    seconds: float  # predicted

    @property
    def rows(self) -> int:
        return sum(map(len, self.rounds))


def make_plan(
    questions: Sequence[Question],
    row_tokens: Sequence[float],
    tokens_per_s: float,
    seconds: float,
    exposures: int,
) -> Plan:
    """Plans training on `questions` (row_tokens[n] tokens each) at `tokens_per_s` within `seconds`, may be infinite.

    Without a limit every lesson gets `exposures` wordings. With one, wordings are taken away first, down to
    MIN_EXPOSURES, then the lessons about the least central symbols. Questions about absent names are spread
    over the rounds in proportion.
    """
    lessons = _lessons(questions)
    absent = [n for n, question in enumerate(questions) if question.direction == "absent"]
    costs = [sum(row_tokens[n] for n in rows) / len(rows) for rows in lessons]
    mean_absent = sum(row_tokens[n] for n in absent) / max(1, len(absent))
    share = len(absent) / max(1, sum(map(len, lessons)))  # absent rows for each row of a lesson
    per_lesson = [(cost + share * mean_absent) / tokens_per_s for cost in costs]
    covered, turns = _fit(per_lesson, seconds, exposures)
    rounds = [[rows[turn % len(rows)] for rows in lessons[:covered]] for turn in range(turns)]
    for turn, numbers in enumerate(rounds):
        start, end = (round(share * covered * n) for n in (turn, turn + 1))
        numbers += [absent[n % len(absent)] for n in range(start, end)]
    return Plan(rounds, covered, len(lessons), turns, sum(per_lesson[:covered]) * turns)


def _lessons(questions: Sequence[Question]) -> list[list[int]]:
    """Row numbers by what they teach, the most central subject first."""
    rows: Mapping[tuple[str, ...], list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        if question.direction != "absent":
            rows[(question.facet, *question.fact_ids)].append(number)
    return sorted(rows.values(), key=lambda numbers: -questions[numbers[0]].rank)


def _fit(per_lesson: Sequence[float], seconds: float, exposures: int) -> tuple[int, int]:
    """(lessons, exposures) that take at most `seconds`; at least one of each."""
    total = sum(per_lesson)
    if total * exposures <= seconds:
        return len(per_lesson), exposures
    least = min(MIN_EXPOSURES, exposures)
    if total * least <= seconds:
        return len(per_lesson), int(seconds / total)
    spent, covered = 0.0, 0
    for cost in per_lesson:
        if covered and (spent + cost) * least > seconds:
            break
        spent, covered = spent + cost, covered + 1
    return covered, least
