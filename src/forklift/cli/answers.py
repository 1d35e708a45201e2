"""Answers in the terminal."""

from typing import Annotated

import typer
from rich.text import Text

from forklift.cli.options import LiftArgument
from forklift.cli.terminal import out, printable
from forklift.workspace import open_lift


def ask(
    lift_directory: LiftArgument,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    model: Annotated[str, typer.Option(help="Who answers: sft, base, either +retrieval, listing, ...")] = "sft",
    max_tokens: Annotated[int, typer.Option(help="Longest answer, in tokens.", min=1)] = 128,
) -> None:
    """One answer in the terminal, every name in it checked against the repository."""
    from forklift.answerers import answer_one
    from forklift.grading import correction, ground
    from forklift.index import open_index

    space = open_lift(lift_directory)
    with open_index(space.index) as index:
        answer = answer_one(model, space, question, max_tokens)
        out.print(Text(printable(answer)))
        if note := correction(question, answer, index):
            out.print(Text(printable(note)))
        for name in {name.text: name for name in ground(f"{answer} {note}", index, question)}.values():
            if name.location:
                where = f"{name.location.path}:{name.location.line}"
                out.print(Text(printable(f"  {name.text}  {where}"), style="green"))
            elif not name.known:
                near = f"; closest: {name.closest}" if name.closest else ""
                out.print(Text(printable(f"  {name.text}  not in this repository{near}"), style="red"))
