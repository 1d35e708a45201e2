"""A second model that checks a share of the rows against their dossiers."""

from collections import Counter
from collections.abc import Sequence

from forklift.build.llm.costs import Usage
from forklift.build.llm.parse import check_verdict, read_verdict
from forklift.build.llm.prompts import INSTRUCTION_TOKENS, judge_request
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.staff import Staff
from forklift.build.llm.verify import Kept
from forklift.config import BuildConfig


def judged(
    kept: Sequence[Kept], config: BuildConfig, staff: Staff, tokens: int, dropped: Counter[str]
) -> tuple[list[Kept], list[Usage]]:
    """The rows without those that the judge calls wrong, and what judging took. Without a judge all rows stay.

    It is asked as the `staff` of the rows is, with at most `tokens` of evidence. Which rows it sees hangs on their ids
    alone; a row without a verdict stays.
    """
    if config.judge is None:
        return list(kept), []
    judge = parse_teacher(config.judge)
    jury = Staff([judge], staff.store, staff.config, tokens + INSTRUCTION_TOKENS, staff.report, staff.announce)
    drawn = [each for each in kept if is_drawn(each.question.id, config.judge_share)]
    requests = {
        each.question.id: judge_request(_asked(each), each.question.completion, each.evidence) for each in drawn
    }
    texts = jury.ask(list(requests.values()), check_verdict)
    verdicts = {row: read_verdict(texts[request.key]) for row, request in requests.items() if request.key in texts}
    wrong = {row for row, verdict in verdicts.items() if verdict is False}
    staff.announce(f"the judge called {len(wrong)} of {len(verdicts)} rows wrong")
    dropped["the judge calls it wrong"] += len(wrong)
    return [each for each in kept if each.question.id not in wrong], jury.usages()


def _asked(kept: Kept) -> str:
    return "\n".join((*kept.question.history, kept.question.prompt))


def is_drawn(row: str, share: float) -> bool:
    """Whether a row is among that share of all, by its id."""
    return int(row[-4:], 16) < share * 0x10000
