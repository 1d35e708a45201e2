"""Several teachers as one pool: each request goes to whoever is free, and comes back exactly once.

A teacher that is slow keeps few requests, one that fails is paused and then left out; what it had goes to the others.
Requests are drawn from an iterator as there is room for them, so their number costs no memory.
"""

import asyncio
import heapq
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forklift.build.llm.call import Headers, Trouble, call, open_client
from forklift.build.llm.lane import Lane, most_usd
from forklift.build.llm.store import Reply, Request, Store
from forklift.engine import Report, silent
from forklift.errors import EndpointError
from forklift.records import Failure

if TYPE_CHECKING:
    from httpx2 import AsyncClient

LEAST_S = 120.0  # that a server gets for one reply
SLOWEST = 5.0  # tokens a second that a server writes at least, for one reply at a time
MOST_LOSSES = 8  # calls of one request that brought nothing
MOST_FAULTS = 4  # replies to one request that cannot be used, in all runs together
AGAIN_S = 0.25  # before a lost request is asked again, doubled each time
TELL_EVERY_S = 15.0
FOUND_AT_ONCE = 64  # in the store, before others have a turn

Limit = Callable[[Request], float]
"""limit(request): seconds that one reply may take by itself."""
Keep = Callable[[Request, Reply | Failure], None]
"""keep(request, reply or why there is none): called once for each request, as they come."""
Check = Callable[[str], str]
"""check(text): why a reply cannot be used, "" when it can."""


def reply_s(request: Request) -> float:
    """Seconds that a slow server needs for a reply of full length."""
    return max(LEAST_S, request.max_tokens / SLOWEST)


@dataclass(order=True, slots=True)
class _Job:
    due: float
    number: int
    request: Request = field(compare=False)
    losses: int = field(default=0, compare=False)
    faults: int = field(default=0, compare=False)
    refused_by: set[int] = field(default_factory=set, compare=False)
    lost_by: int = field(default=-1, compare=False)  # who had it last
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How asking went."""

    asked: int  # answered by a teacher now
    found: int  # answered in the store
    failed: int
    stopped: str  # why the rest was not asked; "" when all was


def ask_pool(
    lanes: Sequence[Lane],
    requests: Iterable[Request],
    store: Store,
    keep: Keep,
    *,
    check: Check | None = None,
    total: int = 0,
    report: Report = silent,
    announce: Callable[[str], None] | None = None,
    budget_usd: float | None = None,
    limit: Limit = reply_s,
) -> Outcome:
    """Has every request answered, from the store or by one of the teachers, and gives each answer to `keep`.

    Every reply is stored before anything else is done with it. `budget_usd` bounds what all of the store costs; what
    is under way counts with its longest reply. `total`: how many requests there are, for the progress told. Raises
    EndpointError when no teacher answers at all.
    """
    work = _Work(lanes, iter(requests), store, keep, check, total, report, announce, budget_usd, limit)
    return asyncio.run(work.run())


class _Work:
    def __init__(
        self,
        lanes: Sequence[Lane],
        requests: Iterator[Request],
        store: Store,
        keep: Keep,
        check: Check | None,
        total: int,
        report: Report,
        announce: Callable[[str], None] | None,
        budget_usd: float | None,
        limit: Limit,
    ) -> None:
        self.lanes, self.requests, self.store, self.keep, self.check = lanes, requests, store, keep, check
        self.total, self.report, self.announce, self.budget_usd = total, report, announce, budget_usd
        self.limit = limit
        self.models = list(dict.fromkeys(lane.teacher.model for lane in lanes))
        self.again: list[_Job] = []  # a heap
        self.held: _Job | None = None  # drawn, and nobody is free
        self.drawn = self.asked = self.found = self.failed = 0
        self.stopped = ""
        self.under_way: set[asyncio.Task[None]] = set()
        self.spent_usd = store.spent_usd() if budget_usd is not None else 0.0
        self.reserved_usd = 0.0
        self.error: BaseException | None = None  # of a call: no answer of a teacher, but a full disk
        self.changed = asyncio.Event()

    async def run(self) -> Outcome:
        began = self.told_at = self.began = time.monotonic()
        async with AsyncExitStack() as stack:
            self.clients = [await stack.enter_async_context(open_client(one.teacher)) for one in self.lanes]
            try:
                await self._dispatch()
            finally:
                for task in self.under_way:
                    task.cancel()
                await asyncio.gather(*self.under_way, return_exceptions=True)
                for lane in self.lanes:
                    lane.running = 0
                    lane.usage.wall_s += time.monotonic() - began
        if self.failed and not self.asked and not self.found and all(lane.is_out for lane in self.lanes):
            lane = self.lanes[0]
            raise EndpointError(f"{lane.teacher.endpoint.base_url} cannot be asked: {lane.reason}")
        return Outcome(self.asked, self.found, self.failed, self.stopped)

    async def _dispatch(self) -> None:
        while True:
            if self.error is not None:
                raise self.error
            now = time.monotonic()
            self._tell(now)
            job = self._next(now)
            if job is None:
                if not self.under_way and (not self.again or self.stopped):
                    return
                await self._wait(math.inf if self.stopped or not self.again else self.again[0].due - now)
                continue
            if self._is_found(job):
                if self.found % FOUND_AT_ONCE == 0:
                    await asyncio.sleep(0)
                continue
            lane, wait_s = self._choose(job, now)
            if lane is not None and self._afford(lane, job.request):
                lane.take(job.request)
                self.reserved_usd += most_usd(lane.teacher, job.request)
                task = asyncio.create_task(self._ask(lane, job))
                self.under_way.add(task)
                task.add_done_callback(self._done)
            elif lane is not None:  # what is under way may cost less than was set aside for it
                await self._hold_or_stop(job)
            elif not self._is_hopeless(job):
                self._put_back(job, now, wait_s)
                await self._wait(wait_s)

    def _next(self, now: float) -> _Job | None:
        if self.stopped:
            return None
        if self.held is not None:
            job, self.held = self.held, None
            return job
        if self.again and self.again[0].due <= now:
            return heapq.heappop(self.again)
        request = next(self.requests, None)
        if request is None:
            return None
        self.drawn += 1
        return _Job(now, self.drawn, request)

    def _is_found(self, job: _Job) -> bool:
        """Whether the store answers, or says that asking again is in vain."""
        if job.losses or job.faults or job.refused_by:
            return False
        if reply := self.store.find(job.request, self.models):
            self.found += 1
            self._finish(job, reply)
            return True
        faults = self.store.faults(job.request)
        job.faults = len(faults)
        if job.faults >= MOST_FAULTS:
            self._fail(job, faults[-1])
            return True
        return False

    def _choose(self, job: _Job, now: float) -> tuple[Lane | None, float]:
        """The teacher that is free and has had least by its weight; else how long it takes until one is."""
        best: tuple[int, float, Lane] | None = None  # rather another one than who lost it
        soonest_s = math.inf
        for number, lane in enumerate(self.lanes):
            if number in job.refused_by:
                continue
            wait_s = lane.wait_s(job.request, now)
            if wait_s <= 0:
                best = min(best or (2, 0.0, lane), (number == job.lost_by, lane.given, lane), key=lambda one: one[:2])
            soonest_s = min(soonest_s, wait_s)
        return (best[2] if best else None), soonest_s

    def _afford(self, lane: Lane, request: Request) -> bool:
        """Whether the budget holds all that is under way and this at their most. The first call of a teacher goes
        alone, since it tells what its server adds."""
        if self.budget_usd is None:
            return True
        if lane.running and not lane.usage.calls:
            return False
        under_way = self.reserved_usd + sum(each.running * each.excess_usd for each in self.lanes)
        return self.spent_usd + under_way + most_usd(lane.teacher, request) + lane.excess_usd <= self.budget_usd

    async def _hold_or_stop(self, job: _Job) -> None:
        self.held = job
        if self.under_way:
            await self._wait(math.inf)
        else:
            self.stopped = f"the budget of {self.budget_usd:g} USD is used up"

    def _is_hopeless(self, job: _Job) -> bool:
        """Whether no teacher is left for it; then that is its result."""
        left = [n for n, lane in enumerate(self.lanes) if not lane.is_out and n not in job.refused_by]
        if left:
            return False
        self._fail(job, job.reason or f"not asked, because before: {self.lanes[0].reason}")
        return True

    def _put_back(self, job: _Job, now: float, wait_s: float) -> None:
        if job.refused_by:  # others need not wait for it
            job.due = now + min(max(wait_s, AGAIN_S), TELL_EVERY_S)
            heapq.heappush(self.again, job)
        else:
            self.held = job

    async def _wait(self, seconds: float) -> None:
        self.changed.clear()
        try:
            async with asyncio.timeout(min(max(seconds, 0.0), TELL_EVERY_S)):
                await self.changed.wait()
        except TimeoutError:
            pass

    def _done(self, task: "asyncio.Task[None]") -> None:
        self.under_way.discard(task)
        self.changed.set()
        if not task.cancelled() and (error := task.exception()):
            self.error = error

    async def _ask(self, lane: Lane, job: _Job) -> None:
        started = time.monotonic()
        try:
            came, headers = await self._called(lane, job.request)
        finally:
            self.reserved_usd -= most_usd(lane.teacher, job.request)
        now = time.monotonic()
        lane.learn(headers, now)
        if isinstance(came, Reply):
            self._receive(lane, job, came)
            return
        if came.reply is not None:
            self._store(lane, job, came.reply, came.reason)
            lane.count(came.reply)
        self.store.note_failure(job.request, lane.teacher.model, came.reason)
        lane.fail(came, started, now)
        self._again(lane, job, came, now)

    async def _called(self, lane: Lane, request: Request) -> tuple[Reply | Trouble, Headers]:
        """Asks, and gives up when nothing came from the server, for this call or another, as long as one reply may
        take: many servers write one after the other what they are asked side by side. A call that others overtake is
        given up when all of them could have been answered."""
        client: AsyncClient = self.clients[self.lanes.index(lane)]
        limit_s, started = self.limit(request), time.monotonic()
        last = started + limit_s * lane.running
        asking = asyncio.ensure_future(call(client, lane.teacher, lane.dialect, request))
        try:
            while (left_s := min(max(started, lane.heard_at) + limit_s, last) - time.monotonic()) > 0:
                if (await asyncio.wait({asking}, timeout=left_s))[0]:
                    lane.heard_at = time.monotonic()
                    return asking.result()
            return Trouble("late", "it takes too long to answer"), {}
        finally:
            asking.cancel()

    def _receive(self, lane: Lane, job: _Job, reply: Reply) -> None:
        fault = self.check(reply.text) if self.check else ""
        self._store(lane, job, reply, fault)
        lane.succeed(reply)
        if not fault:
            self.asked += 1
            self._finish(job, reply)
            return
        lane.usage.failures += 1
        self._again(lane, job, Trouble("garbled", fault), time.monotonic())

    def _store(self, lane: Lane, job: _Job, reply: Reply, fault: str) -> None:
        cost = lane.cost_usd(job.request, reply)
        self.store.keep(job.request, reply, lane.teacher.endpoint.base_url, cost, fault)
        self.spent_usd += cost or 0.0

    def _again(self, lane: Lane, job: _Job, trouble: Trouble, now: float) -> None:
        """Puts a request back in line, or gives it up."""
        job.reason = trouble.reason
        job.lost_by = self.lanes.index(lane)
        job.losses += trouble.kind in ("passing", "late")
        job.faults += trouble.kind == "garbled"
        if trouble.kind == "request":
            job.refused_by.add(job.lost_by)
        if job.losses >= MOST_LOSSES or job.faults >= MOST_FAULTS:
            self._fail(job, trouble.reason)
            return
        delay_s = AGAIN_S * 2 ** min(job.losses, 6) if trouble.kind in ("passing", "late", "busy") else 0.0
        job.due = now + delay_s
        heapq.heappush(self.again, job)

    def _fail(self, job: _Job, reason: str) -> None:
        self.failed += 1
        self._finish(job, Failure(reason))

    def _finish(self, job: _Job, came: Reply | Failure) -> None:
        self.keep(job.request, came)
        self.report("asking the teachers", self.asked + self.found + self.failed, max(self.total, self.drawn))

    def _tell(self, now: float) -> None:
        if self.announce is None or now - self.told_at < TELL_EVERY_S:
            return
        self.told_at = now
        elapsed_s, left = now - self.began, max(0, self.total - self.asked - self.found - self.failed)
        for lane in self.lanes:
            self.announce(progress_line(lane, elapsed_s))
        if self.asked and left:
            self.announce(f"{left} requests left, about {left * elapsed_s / self.asked:.0f} s")


def progress_line(lane: Lane, elapsed_s: float) -> str:
    """How a teacher is doing: "gpt-4.1-mini: 310 calls, 4 failures, 20.7/s, 0.4211 USD, 64 at a time"."""
    use = lane.usage
    cost = "cost unknown" if use.cost_usd is None else f"{use.cost_usd:.4f} USD"
    state = f"out ({lane.reason})" if lane.is_out else f"{int(lane.allowed)} at a time"
    rate = use.calls / elapsed_s if elapsed_s else 0.0
    return f"{lane.teacher.model}: {use.calls} calls, {use.failures} failures, {rate:.1f}/s, {cost}, {state}"
