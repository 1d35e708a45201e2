"""Votes of the arena."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from forklift.cli.options import LiftArgument
from forklift.cli.terminal import out, printable, say
from forklift.workspace import open_lift


def votes(
    lift_directory: LiftArgument,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="JSONL file to write preference pairs to: prompt, chosen, rejected."),
    ] = None,
) -> None:
    """What people voted in the arena of `deploy`; exported as preference pairs for DPO with -o."""
    from forklift.deploy.arena import preferences, read_votes, standings_of, write_preferences

    cast = read_votes(open_lift(lift_directory).votes)
    for one in standings_of(cast):
        share = f"{one.won / one.decided:.0%} ({one.low:.0%}-{one.high:.0%})"
        out.print(Text(printable(f"{one.model}  preferred in {one.won} of {one.decided}, {share}")))
    pairs = preferences(cast)
    say(f"{len(cast)} votes, {len(pairs)} preference pairs")
    if out_file:
        write_preferences(out_file, pairs)
        out.print(Text(printable(str(out_file))))
