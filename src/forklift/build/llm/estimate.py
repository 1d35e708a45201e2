"""What recruiting would take, without asking anybody."""

from collections.abc import Sequence

from forklift.build.llm.costs import BATCH_FACTOR
from forklift.build.llm.dossiers import Library, dossier
from forklift.build.llm.lane import CHARS_PER_TOKEN
from forklift.build.llm.parts import Part, needs_summary
from forklift.build.llm.prompts import Sizes, rows_request, summary_request
from forklift.build.llm.rewording import Wanted, requests_of
from forklift.build.llm.spec import Teacher
from forklift.build.llm.staff import Staff
from forklift.build.llm.store import Request
from forklift.config import BuildConfig

SUMMARY_OUT, ROWS_OUT, ALONE_OUT, VERDICT_OUT = 70, 900, 150, 40  # tokens of a usual reply
ROWS_EACH = 4  # rows that one reply brings after verification
ALONE_IN = 60
WORDING_OUT = 10


def estimate_lines(
    library: Library, wanted: Sequence[Part], sizes: Sizes, staff: Staff, config: BuildConfig
) -> list[str]:
    """A table of calls, tokens and cost: summaries, questions, preference pairs, judge.

    Sizes are those of the dossiers without the summaries that only the teachers can write, which add little. What
    stands in the store already is not counted.
    """
    shown = {part.id: dossier(library, part, {}, sizes.dossier) for part in wanted}
    models = [teacher.model for teacher in staff.teachers]
    needed = [part for part in wanted if needs_summary(part)]
    summaries = _missing([summary_request(part, shown[part.id]) for part in needed], staff, models)
    rows = _missing([rows_request(part, shown[part.id], sizes.rows) for part in wanted], staff, models)
    pairs = round(len(rows) * ROWS_EACH * config.preference_share)
    verdicts = round(len(rows) * ROWS_EACH * config.judge_share) if config.judge else 0
    mean_in = sum(map(_tokens_in, rows)) // max(1, len(rows))
    table: list[tuple[str, int, int, int]] = [
        ("summaries", len(summaries), sum(map(_tokens_in, summaries)), len(summaries) * SUMMARY_OUT),
        ("questions and answers", len(rows), sum(map(_tokens_in, rows)), len(rows) * ROWS_OUT),
        ("answers without a dossier", pairs, pairs * ALONE_IN, pairs * ALONE_OUT),
        ("verdicts of the judge", verdicts, verdicts * mean_in, verdicts * VERDICT_OUT),
    ]
    return _lines(table, staff)


def rewording_lines(lessons: Sequence[Wanted], staff: Staff) -> list[str]:
    """The same of other wordings."""
    models = [teacher.model for teacher in staff.teachers]
    asked = _missing([request for lesson in lessons for request in requests_of(lesson)], staff, models)
    return _lines([("wordings", len(asked), sum(map(_tokens_in, asked)), len(asked) * WORDING_OUT)], staff)


def _lines(table: Sequence[tuple[str, int, int, int]], staff: Staff) -> list[str]:
    total = ("in all", sum(row[1] for row in table), sum(row[2] for row in table), sum(row[3] for row in table))
    lines = [f"{'':26}{'calls':>8}{'tokens in':>14}{'tokens out':>14}"]
    lines += [f"{name:26}{calls:>8,}{there:>14,}{back:>14,}" for name, calls, there, back in (*table, total)]
    return [*lines, *(_cost(teacher, total[2], total[3], staff.config.batch) for teacher in staff.teachers)]


def _missing(requests: Sequence[Request], staff: Staff, models: Sequence[str]) -> list[Request]:
    return [request for request in requests if not staff.store.find(request, models)]


def _tokens_in(request: Request) -> int:
    return round(request.chars / CHARS_PER_TOKEN)


def _cost(teacher: Teacher, tokens_in: int, tokens_out: int, is_batch: bool) -> str:
    if teacher.price is None:
        return f"{teacher.model}: its price is unknown (give it as #in=USD,out=USD for a million tokens)"
    cost = teacher.price.cost_usd(tokens_in, 0, tokens_out) * (BATCH_FACTOR if is_batch else 1.0)
    return f"{teacher.model}: about {cost:.2f} USD if it does all of it"
