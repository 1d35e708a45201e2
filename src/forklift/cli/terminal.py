"""What is written to the terminal: results on stdout, everything for people on stderr."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from forklift.engine import Report

PLAIN_EVERY_S = 20.0  # between progress lines where no bar can be drawn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    """`text` without control characters: a terminal must not obey what a repository or a model says."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


def say(message: str) -> None:
    """A line for people, on stderr: stdout is for results."""
    err.print(Text(printable(message)))


FIGURES = {
    "loss": "loss {:.3f}",
    "reward": "reward {:+.2f}",
    "validation_loss": "validation loss {:.3f}",
    "validation_accuracy": "validation accuracy {:.0%}",
    "tokens_per_s": "{:.0f} tokens/s",
    "peak_share": "{:.0%} of what matrix products allow",
    "memory_gib": "{:.1f} GiB",
}


def described(figures: Mapping[str, float]) -> str:
    """The figures of a training that people look at, in one line."""
    return ", ".join(form.format(figures[name]) for name, form in FIGURES.items() if name in figures)


class _Progress(Progress):
    """Bars, with the figures of the training under them."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        self.figures: dict[str, float] = {}
        super().__init__(*columns, console=console)

    def get_renderables(self) -> Iterator[RenderableType]:
        yield from super().get_renderables()
        if self.figures:
            yield Text(described(self.figures), style="dim")


class Bars:
    """Shows every report as a bar with time left; as a line now and then where no bar can be drawn."""

    def __init__(self) -> None:
        self.bars: dict[str, Any] = {}
        self.told: dict[str, float] = {}
        self.began: dict[str, float] = {}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self.display = _Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=err)

    def __enter__(self) -> Report:
        if err.is_terminal:
            self.display.start()
            return self._bar
        return self._line

    def __exit__(self, *_: object) -> None:
        self.display.stop()

    def live(self, figures: Mapping[str, float]) -> None:
        """Shows how a training goes: under the bar, or at the end of its next line."""
        self.display.figures |= figures

    def _bar(self, what: str, done: int, total: int) -> None:
        if what not in self.bars:
            self.bars[what] = self.display.add_task(what, total=total)
        self.display.update(self.bars[what], completed=done, total=total)

    def _line(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        began = self.began.setdefault(what, now)
        if done != total and now - self.told.get(what, began) < PLAIN_EVERY_S:
            return
        self.told[what] = now
        left = (now - began) / done * (total - done) if done else 0.0
        end = f", about {left:.0f} s left" if done < total else f", {now - began:.1f} s"
        shown = described(self.display.figures) if what == "training" else ""
        say(f"{what}: {done}/{total}{end}" + (f" ({shown})" if shown else ""))
