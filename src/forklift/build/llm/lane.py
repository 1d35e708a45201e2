"""One teacher at work: how many requests it may have now, how fast, and how it is doing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from forklift.build.llm.call import Dialect, Trouble, duration_s
from forklift.build.llm.costs import Usage
from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request

CHARS_PER_TOKEN = 3.2  # of code and prose, roughly
MINUTE_S = 60.0
BURST_S = 0.25  # so much of a limit may be taken at once
FEWER = {"busy": 0.7, "late": 0.5}  # of the concurrency: a server without limits says it is too much, or it is slow
LOST_IN_A_ROW = 6  # calls without an answer between them, before a teacher gets a pause
MOST_STRIKES = 7  # pauses in a row, before the teacher is out
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


@dataclass(slots=True)
class Rate:
    """A token bucket: so much a minute, learned or given; None is no limit."""

    per_minute: float | None = None
    level: float = 0.0
    filled_at: float = 0.0

    def set(self, per_minute: float | None, now: float) -> None:
        """Takes over a limit. The bucket holds a fraction of a second, not a minute: many servers count so, too."""
        if per_minute and per_minute != self.per_minute:
            self.per_minute, self.level, self.filled_at = per_minute, per_minute / MINUTE_S * BURST_S, now

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken; never longer than a full bucket takes."""
        if self.per_minute is None:
            return 0.0
        per_s = self.per_minute / MINUTE_S
        self.level = min(max(per_s * BURST_S, 1.0, amount), self.level + (now - self.filled_at) * per_s)
        self.filled_at = now
        return max(0.0, (min(amount, self.per_minute) - self.level) / per_s)

    def take(self, amount: float) -> None:
        self.level -= amount if self.per_minute is not None else 0.0


@dataclass(slots=True, eq=False)
class Lane:
    """What is known of a teacher while it is asked. Times are of the event loop's clock."""

    teacher: Teacher
    usage: Usage
    dialect: Dialect = field(default_factory=Dialect)
    allowed: float = 1.0  # requests at a time, now
    running: int = 0
    given: float = 0.0  # requests it got, by its weight
    not_before: float = 0.0
    eased_at: float = -1.0  # when `allowed` was last lowered
    heard_at: float = 0.0  # when it last answered anything
    lost_in_a_row: int = 0
    strikes: int = 0
    reason: str = ""  # why the last call was lost
    is_out: bool = False
    excess_usd: float = 0.0  # by which a reply has cost more than `most_usd`: templates, thoughts, other tokenizers
    requests: Rate = field(default_factory=Rate)
    tokens: Rate = field(default_factory=Rate)

    def wait_s(self, request: Request, now: float) -> float:
        """Seconds until it may take the request; infinite while it has no room."""
        if self.is_out or self.running >= int(self.allowed):
            return math.inf
        paced = max(self.requests.wait_s(1.0, now), self.tokens.wait_s(tokens_of(request), now))
        return max(paced, self.not_before - now, 0.0)

    def take(self, request: Request) -> None:
        """Gives it a request."""
        self.running += 1
        self.given += 1 / self.teacher.weight
        self.requests.take(1.0)
        self.tokens.take(tokens_of(request))

    def succeed(self, reply: Reply) -> None:
        """Notes an answer; room grows by one each time all that it may have at once has been answered."""
        self.running -= 1
        self.lost_in_a_row = self.strikes = 0
        self.allowed = min(self.allowed + 1 / max(1.0, self.allowed), self.teacher.concurrency)
        self.count(reply)

    def count(self, reply: Reply) -> None:
        """Adds what a reply took to the usage."""
        use, price = self.usage, self.teacher.price
        use.calls += 1
        use.tokens_in += reply.tokens_in
        use.tokens_cached += reply.tokens_cached
        use.tokens_out += reply.tokens_out
        if price is None:
            use.cost_usd = None
        elif use.cost_usd is not None:
            use.cost_usd += price.cost_usd(reply.tokens_in, reply.tokens_cached, reply.tokens_out)

    def cost_usd(self, request: Request, reply: Reply) -> float | None:
        """What a reply cost, None when nobody knows; learns how far that is beyond what was set aside."""
        price = self.teacher.price
        if price is None:
            return None
        cost = price.cost_usd(reply.tokens_in, reply.tokens_cached, reply.tokens_out)
        self.excess_usd = max(self.excess_usd, cost - most_usd(self.teacher, request))
        return cost

    def fail(self, trouble: Trouble, started: float, now: float) -> None:
        """Notes a call that went wrong: who asks to wait gets its wait, who fails again and again a pause."""
        self.running -= 1
        self.usage.failures += 1
        if trouble.kind in ("request", "garbled"):
            self.lost_in_a_row = self.strikes = 0
            return
        self.reason = trouble.reason
        if trouble.kind in FEWER:
            self._ease(trouble, started, now)
        self.lost_in_a_row += 1
        if self.lost_in_a_row >= LOST_IN_A_ROW and started >= self.not_before:
            self._pause(trouble, now)

    def _ease(self, trouble: Trouble, started: float, now: float) -> None:
        if trouble.wait_s is not None:
            self.not_before = max(self.not_before, now + trouble.wait_s)
        elif started > self.eased_at:  # once for all that were under way together
            self.allowed, self.eased_at = max(1.0, self.allowed * FEWER[trouble.kind]), now

    def _pause(self, trouble: Trouble, now: float) -> None:
        self.strikes += 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (self.strikes - 1), LONGEST_PAUSE_S)
        self.not_before = max(self.not_before, now + pause_s)
        is_final = trouble.kind == "teacher" and self.strikes > 1
        self.is_out = is_final or self.strikes >= MOST_STRIKES

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Takes over the limits that a server names, and waits where it says that nothing is left."""
        for what, rate in (("requests", self.requests), ("tokens", self.tokens)):
            limit = headers.get(f"x-ratelimit-limit-{what}")
            if limit is None:
                continue
            if limit.isdigit() and int(limit) > 0:
                rate.set(float(limit), now)
            reset_s = duration_s(headers.get(f"x-ratelimit-reset-{what}", ""))
            if headers.get(f"x-ratelimit-remaining-{what}") == "0" and reset_s is not None:
                self.not_before = max(self.not_before, now + reset_s)


def new_lane(teacher: Teacher, dialect: Dialect | None = None) -> Lane:
    """A lane with nothing done yet."""
    lane = Lane(teacher, Usage(teacher.model), dialect or Dialect(), allowed=float(teacher.concurrency))
    lane.requests.set(teacher.requests_per_minute, 0.0)
    lane.tokens.set(teacher.tokens_per_minute, 0.0)
    return lane


def tokens_of(request: Request) -> float:
    """How many tokens a request may take, more or less: what is asked, and the longest reply."""
    return request.chars / CHARS_PER_TOKEN + request.max_tokens


def most_usd(teacher: Teacher, request: Request) -> float:
    """What a request costs at most, as far as that is known before it is asked; 0 without a price."""
    return teacher.price.cost_usd(request.size_bytes, 0, request.max_tokens) if teacher.price else 0.0
