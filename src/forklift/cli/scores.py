"""Scores as tables in the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from forklift.cli.terminal import out, printable, say


def print_scores(result: Mapping[str, Any], root: Path) -> None:
    """The verdict and the score tables."""
    from forklift.test.wording import verdict

    headings = ("A seen, new wording", "B new direction", "C never taught", "D absent", "invented", "refusals on A")
    table = _table("", *headings)
    for name, summary in result["answerers"].items():
        rates = [_share(summary[rate]) for rate in ("invented_symbol_rate", "abstention_rate")]
        table.add_row(name, *(_cell(summary[split]) for split in "ABCD"), *rates)
    table.columns[0].min_width = max(map(len, result["answerers"]), default=0)
    out.print(Text(printable(verdict(result))))
    out.print(table)
    for stem, answerers in result["external"].items():
        _print_external(stem, answerers)
    say(f"report: {root / 'scores' / 'report.html'}")


def _print_external(stem: str, answerers: Mapping[str, Mapping[str, Any]]) -> None:
    from forklift.test.wording import EXTERNAL

    table = _table(printable(stem), *(heading for heading, _, _ in EXTERNAL.values()), "n")
    for name, row in answerers.items():
        cells = [_share(row[metric]) if share else _number(row[metric]) for metric, (_, _, share) in EXTERNAL.items()]
        table.add_row(name, *cells, str(row["n"]))
    table.columns[0].min_width = max(len(name) for name in answerers)
    out.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=not number)
    return table


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _cell(accuracy: Mapping[str, Any]) -> str:
    if not accuracy["n"]:
        return "no questions"
    return f"{accuracy['accuracy']:.1%} ({accuracy['low']:.0%}-{accuracy['high']:.0%}, n={accuracy['n']})"
