"""What fits the time: how many facts, most central first, in how many wordings each."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from forklift.records import Question

WORTH = {
    "overview": 4.0, "topic": 4.0, "calls": 0.7, "documentation": 0.6, "families": 0.4, "dependencies": 0.3,
    "telling": 0.3, "attributes": 0.3, "architecture": 0.2, "flows": 0.2, "history": 0.2, "usage": 0.2,
}  # fmt: skip
"""By facet: a lesson comes as early as another about a symbol so many times as central. What is asked about many
symbols comes first: a wording of its own is not learnt from the one or two lessons that share it. Where there are many
documents, each section that mentions a central symbol is about as central: code comes before them."""
PART_WORTH = 2.0
"""Of a lesson about a single fact that an overview tells as well, for half of those facts. Who was only ever asked for
overviews denies what it knows from them: narrow questions were then only about names that do not exist."""
ABSENT_SHARE = 0.5  # for each row of a lesson: rows about names that do not exist
READING_SHARE = 0.12  # of the rows of lessons: rows with facts to read before the question
MIN_EXPOSURES = 14  # wordings a fact must be seen in to be remembered; fewer facts rather than fewer of these


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
    replay: tuple[Sequence[int], float] = ((), 0.0),
) -> Plan:
    """Plans training on `questions` (row_tokens[n] tokens each) at `tokens_per_s` within `seconds`, may be infinite.

    Without a limit every lesson gets `exposures` wordings. With one, wordings are taken away first, down to
    MIN_EXPOSURES, then the lessons about the least central symbols. Questions about absent names, and those with facts
    to read before them, are spread over the rounds by their shares. `replay`: numbers of further rows, beyond the
    questions, and how many of them come for each row of a lesson.
    """
    lessons = _lessons(questions)
    absent, reading = (_once(questions, kind) for kind in ("absent", "reading"))
    costs = [sum(row_tokens[n] for n in rows) / len(rows) for rows in lessons]
    # rows for each row of a lesson
    beside = [
        (absent, ABSENT_SHARE if absent else 0.0),
        (reading, READING_SHARE if reading else 0.0),
        (replay[0], replay[1] if replay[0] else 0.0),
    ]
    extra = sum(share * _mean(row_tokens, rows) for rows, share in beside)
    per_lesson = [(cost + extra) / tokens_per_s for cost in costs]
    covered, turns = _fit(per_lesson, seconds, exposures)
    rounds = [[rows[turn % len(rows)] for rows in lessons[:covered]] for turn in range(turns)]
    asked = Counter(questions[n].relation for numbers in rounds for n in numbers)
    drawn = (_alike(questions, absent, asked), cycle(reading), cycle(replay[0]))
    for turn, numbers in enumerate(rounds):
        for rows, (_, share) in zip(drawn, beside, strict=True):
            start, end = (round(share * covered * n) for n in (turn, turn + 1))
            numbers += islice(rows, end - start)
    return Plan(rounds, covered, len(lessons), turns, sum(per_lesson[:covered]) * turns)


def _alike(questions: Sequence[Question], absent: Sequence[int], asked: Mapping[str, int]) -> Iterator[int]:
    """Numbers of rows about absent names without end, of each relation as many of them as the lessons have it `asked`
    (apportioned by Sainte-Laguë's method): a wording that comes mostly with absent names would mean absence, whatever
    the name."""
    pools: Mapping[str, list[int]] = defaultdict(list)
    for n in absent:
        pools[questions[n].relation].append(n)
    taken: Counter[str] = Counter()
    while True:
        relation = max(pools, key=lambda each: (asked.get(each, 0) + 1) / (2 * taken[each] + 1))
        yield pools[relation][taken[relation] % len(pools[relation])]
        taken[relation] += 1


def _once(questions: Sequence[Question], kind: str) -> list[int]:
    """Numbers of the rows that no lesson repeats: about absent names, and with facts to read before them."""
    return [n for n, question in enumerate(questions) if question.direction == kind]


def _mean(row_tokens: Sequence[float], rows: Sequence[int]) -> float:
    return sum(row_tokens[n] for n in rows) / max(1, len(rows))


def _lessons(questions: Sequence[Question]) -> list[list[int]]:
    """Row numbers by what they teach, the most central subject first."""
    told = frozenset(fact for question in questions if question.direction == "composed" for fact in question.fact_ids)
    rows: Mapping[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        if question.direction not in ("absent", "reading"):
            rows[question.lesson].append(number)
    return sorted(rows.values(), key=lambda numbers: -_priority(questions[numbers[0]], told))


def _priority(question: Question, told: frozenset[str]) -> float:
    """Central symbols first, and what tells most at once. `told`: the facts that overviews tell."""
    worth = WORTH.get(question.facet, 1.0)
    is_part = question.direction != "composed" and len(question.fact_ids) == 1 and question.fact_ids[0] in told
    return question.rank * (max(worth, PART_WORTH) if is_part and _is_chosen(question.fact_ids[0]) else worth)


def _is_chosen(fact_id: str) -> bool:
    """True for half of all facts: the others show whether what was learnt from overviews can be told by itself."""
    return int(fact_id, 16) % 2 == 0


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
