"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from forklift.config import EMBEDDED_MODEL

RepoArgument = Annotated[str, typer.Argument(help="A code directory or a git URL.", metavar="REPO")]
LiftArgument = Annotated[Path, typer.Argument(help="A lift directory, made by build or lift.", metavar="LIFT")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="The lift directory to write; lifts/NAME when left out.")
]
MinutesOption = Annotated[float | None, typer.Option(help="Time to spend; the most central symbols come first.")]
ModelOption = Annotated[
    str | None, typer.Option(help=f"{EMBEDDED_MODEL} (embedded), a model directory, a .gguf file, or a hub id.")
]
AdapterOption = Annotated[
    str | None, typer.Option(help="none trains all weights; lora an adapter; qlora one on 4-bit weights (CUDA).")
]
SeedOption = Annotated[int | None, typer.Option(help="Seed of everything that is drawn.")]
LimitOption = Annotated[int | None, typer.Option(help="Test questions of each split, at most.")]
MethodOption = Annotated[
    str | None,
    typer.Option(
        help="sft; rl or dpo, which go on from sft; naive or hmm, the trivial baselines alone. "
        "Left out: sft and the baselines."
    ),
]
RewardOption = Annotated[str | None, typer.Option(help="Of rl: keys, bleu, or both.")]
ReplayOption = Annotated[
    float | None, typer.Option(help="Of sft: general requests, as the base answers them, for each row of a lesson.")
]
TrackerOption = Annotated[
    str | None, typer.Option(help="Where curves go: tensorboard (into the lift), wandb, mlflow, trackio, none.")
]
AgainstOption = Annotated[
    list[str] | None,
    typer.Option(
        help="An answerer to score, repeatable: naive, listing, briefing, hmm, base, sft, any +retrieval, api:MODEL."
    ),
]
QuestionsOption = Annotated[
    list[str] | None, typer.Option(help="JSONL file of questions and answers that others wrote; repeatable.")
]
JudgeOption = Annotated[
    str | None, typer.Option(help="MODEL[@BASE_URL] that judges answers to --questions; key in OPENAI_API_KEY.")
]
TeacherOption = Annotated[
    list[str] | None,
    typer.Option(
        help="MODEL or MODEL@BASE_URL that explains the code, repeatable; key in OPENAI_API_KEY. See docs/teachers.md.",
    ),
]
TeacherJudgeOption = Annotated[
    str | None, typer.Option("--judge", help="MODEL or MODEL@BASE_URL that checks a share of what the teachers write.")
]
LessonsOption = Annotated[
    int | None, typer.Option(help="Facts taught one by one, of the most central symbols; 10,000 when left out.")
]
PartsOption = Annotated[
    int | None, typer.Option("--parts", help="Functions, classes, files... the teachers explain; most central first.")
]
BudgetOption = Annotated[
    float | None, typer.Option("--budget-usd", help="What all replies in the lift may cost; stops cleanly before.")
]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")]
