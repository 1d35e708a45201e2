"""Answers in the terminal."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from forklift.cli.options import LiftArgument
from forklift.cli.terminal import out, printable, say
from forklift.errors import ConfigError, ModelError
from forklift.workspace import open_lift

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel
    from forklift.index import Index

MaxTokensOption = Annotated[int, typer.Option(help="Longest answer, in tokens.", min=1)]


def ask(
    lift_directory: LiftArgument,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    model: Annotated[str, typer.Option(help="Who answers: sft, base, either +retrieval, listing, ...")] = "sft",
    max_tokens: MaxTokensOption = 128,
) -> None:
    """One answer in the terminal, every name in it checked against the repository."""
    from forklift.answerers import answer_one
    from forklift.index import open_index

    space = open_lift(lift_directory)
    with open_index(space.index) as index:
        answer = answer_one(model, space, question, max_tokens)
        out.print(Text(printable(answer)))
        _print_grounds(question, answer, index)


def chat(
    lift_directory: LiftArgument,
    model: Annotated[str, typer.Option(help="Who answers: sft or base, also +retrieval, +checked.")] = "sft",
    max_tokens: MaxTokensOption = 256,
) -> None:
    """Questions and answers in the terminal, with the names checked, until Ctrl-D.

    Each question stands on its own: the models are taught single questions. Ctrl-C ends an answer.
    """
    from forklift.answerers import load_answering_model
    from forklift.answerers.asking import split_name
    from forklift.index import open_index

    space = open_lift(lift_directory)
    try:
        plain, extras = split_name(model)
    except ValueError:
        raise ConfigError(f"unknown model {model!r}: use sft or base, also with +retrieval and +checked") from None
    with open_index(space.index) as index:
        loaded = load_answering_model(space, plain)
        say(f"ask about {index.meta['name']}; Ctrl-D ends")
        while question := _next_question():
            try:
                answer = _written(question, extras, loaded, index, max_tokens)
            except KeyboardInterrupt:
                out.print("")
                continue
            except ModelError as error:
                say(str(error))
                continue
            _print_grounds(question, answer, index)


def _next_question() -> str:
    """What somebody types, or the next line of a file; "" at its end."""
    try:
        while not (question := input("> " if sys.stdin.isatty() else "").strip()):
            pass
    except (EOFError, KeyboardInterrupt):
        return ""
    return question


def _written(question: str, extras: frozenset[str], model: "LanguageModel", index: "Index", max_tokens: int) -> str:
    """Prints the answer while it comes; returns it. Raises ModelError."""
    from forklift.answerers.asking import name_check, told

    messages = [{"role": "user", "content": told(question, extras, model, index)}]
    answer = ""
    for piece in model.stream(messages, max_tokens=max_tokens, allows=name_check(question, extras, index)):
        answer += piece
        out.print(Text(printable(piece)), end="")
    out.print("")
    return answer


def _print_grounds(question: str, answer: str, index: "Index") -> None:
    """Where the names of an answer are, and which exist nowhere."""
    from forklift.answerers.correction import correction
    from forklift.grading import ground

    if note := correction(question, answer, index):
        out.print(Text(printable(note)))
    for name in {name.text: name for name in ground(f"{answer} {note}", index, question)}.values():
        if name.location:
            where = f"{name.location.path}:{name.location.line}"
            out.print(Text(printable(f"  {name.text}  {where}"), style="green"))
        elif not name.known:
            near = f"; closest: {name.closest}" if name.closest else ""
            out.print(Text(printable(f"  {name.text}  not in this repository{near}"), style="red"))
