"""What teaching costs: prices of models, tokens used, and the table of both."""

from collections.abc import Iterable
from dataclasses import dataclass

BATCH_FACTOR = 0.5  # what a request costs through OpenAI's Batch API, relative to a direct one

# USD for a million tokens: input, cached input, output. From openai.com/api/pricing; `#in=..,out=..` overrides.
_LISTED = {
    "gpt-4.1": (2.00, 0.50, 8.00),
    "gpt-4.1-mini": (0.40, 0.10, 1.60),
    "gpt-4.1-nano": (0.10, 0.025, 0.40),
    "gpt-4o": (2.50, 1.25, 10.00),
    "gpt-4o-mini": (0.15, 0.075, 0.60),
    "gpt-5": (1.25, 0.125, 10.00),
    "gpt-5-mini": (0.25, 0.025, 2.00),
    "gpt-5-nano": (0.05, 0.005, 0.40),
    "o3": (2.00, 0.50, 8.00),
    "o4-mini": (1.10, 0.275, 4.40),
}


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens."""

    tokens_in: float
    tokens_cached: float
    tokens_out: float

    def cost_usd(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> float:
        """What so many tokens cost; the cached ones are among those that went in."""
        cached = min(tokens_cached, tokens_in)
        fresh = (tokens_in - cached) * self.tokens_in
        return (fresh + cached * self.tokens_cached + tokens_out * self.tokens_out) / 1e6


@dataclass(slots=True)
class Usage:
    """What one teacher has done."""

    model: str
    calls: int = 0  # answered, usable or not
    failures: int = 0  # calls without an answer, and answers that could not be used
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0  # None: nobody knows the price
    wall_s: float = 0.0


def listed_price(model: str) -> Price | None:
    """The price of one of OpenAI's models, also of a dated version ("gpt-4.1-mini-2025-04-14"); None when unlisted."""
    for length in range(len(model.split("-")), 0, -1):
        name = "-".join(model.split("-")[:length])
        if name in _LISTED:
            return Price(*_LISTED[name])
    return None


def usage_table(usages: Iterable[Usage]) -> list[str]:
    """The lines of a table: model, calls, failures, tokens in, cached and out, cost, wall time, tokens/s."""
    head = ("model", "calls", "failures", "tokens in", "cached", "tokens out", "USD", "wall s", "tokens out/s")
    rows = [head, *(_row(usage) for usage in usages)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _row(usage: Usage) -> tuple[str, ...]:
    rate = usage.tokens_out / usage.wall_s if usage.wall_s else 0.0
    counts = (usage.calls, usage.failures, usage.tokens_in, usage.tokens_cached, usage.tokens_out)
    cost = "unknown" if usage.cost_usd is None else f"{usage.cost_usd:.4f}"
    return (usage.model, *(f"{count:,}" for count in counts), cost, f"{usage.wall_s:.1f}", f"{rate:.0f}")
