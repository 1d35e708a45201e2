"""Asks a set of requests: what the store has comes from there, the rest from the pool, or through a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from forklift.build.llm.batch import through_batch
from forklift.build.llm.cluster import ask_through_ray
from forklift.build.llm.costs import Usage
from forklift.build.llm.lane import Lane
from forklift.build.llm.pool import Check, ask_pool
from forklift.build.llm.probe import probe_all
from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.config import RecruitConfig
from forklift.engine import Report
from forklift.records import Failure

Announce = Callable[[str], None]


@dataclass
class Staff:
    """Some teachers and what they may cost; probed only when there is something to ask."""

    teachers: Sequence[Teacher]
    store: Store
    config: RecruitConfig
    prompt_tokens: int  # of the largest request
    report: Report
    announce: Announce
    lanes: list[Lane] | None = None
    stopped: str = ""  # why not all was asked
    failures: list[str] = field(default_factory=list)
    found: int = 0  # replies that were in the store

    def ask(self, requests: Sequence[Request], check: Check) -> dict[str, str]:
        """The text of each reply by the key of its request; what could not be had is missing and noted.

        Raises EndpointError, and UnfinishedError when a batch has to be waited for.
        """
        models = [teacher.model for teacher in self.teachers]
        texts: dict[str, str] = {}
        missing: list[Request] = []
        for request in {request.key: request for request in requests}.values():
            if reply := self.store.find(request, models):
                texts[request.key] = reply.text
            else:
                missing.append(request)
        self.found += len(texts)

        def keep(request: Request, came: Reply | Failure) -> None:
            if isinstance(came, Reply):
                texts[request.key] = came.text
            else:
                self.failures.append(came.reason)

        if missing and not self.stopped:
            self._ask(missing, check, keep)
        return texts

    def _ask(self, missing: Sequence[Request], check: Check, keep: Callable[[Request, Reply | Failure], None]) -> None:
        if self.config.batch:
            through_batch(self.teachers[0], missing, self.store, check, keep, self.announce, self.config.budget_usd)
            return
        if self.lanes is None:
            self.lanes = probe_all(self.teachers, self.prompt_tokens, self.announce)
        if self.config.engine != "local":
            ask_through_ray(self.config.engine, self.lanes, missing, self.store, keep, check)
            return
        outcome = ask_pool(
            self.lanes, missing, self.store, keep, check=check, total=len(missing), report=self.report,
            announce=self.announce, budget_usd=self.config.budget_usd,
        )  # fmt: skip
        self.stopped = outcome.stopped

    @property
    def is_complete(self) -> bool:
        """Whether all that was asked was answered."""
        return not self.stopped and not self.failures

    def usages(self) -> list[Usage]:
        """What each teacher has done in this run."""
        return [lane.usage for lane in self.lanes or ()]
