"""What is written to the terminal: results on stdout, everything for people on stderr."""

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
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


class Bars:
    """Shows every report as a bar with time left; as a line now and then where no bar can be drawn."""

    def __init__(self) -> None:
        self.bars: dict[str, Any] = {}
        self.told: dict[str, float] = {}
        self.began: dict[str, float] = {}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self.display = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=err)

    def __enter__(self) -> Report:
        if err.is_terminal:
            self.display.start()
            return self._bar
        return self._line

    def __exit__(self, *_: object) -> None:
        self.display.stop()

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
        say(f"{what}: {done}/{total}" + (f", about {left:.0f} s left" if done < total else f", {now - began:.1f} s"))
