"""The stages: lift, build, train, test."""

import time
from pathlib import Path
from typing import Annotated

import typer

from forklift.cli.options import (
    AdapterOption,
    AgainstOption,
    HostOption,
    JudgeOption,
    LiftArgument,
    LimitOption,
    MethodOption,
    MinutesOption,
    ModelOption,
    OutOption,
    PortOption,
    QuestionsOption,
    RepoArgument,
    SeedOption,
)
from forklift.cli.scores import print_scores
from forklift.cli.serving import serve_until_stopped
from forklift.cli.terminal import Bars, say
from forklift.config import BuildConfig, DeployConfig, ScoreConfig, TrainConfig, parse
from forklift.workspace import create_lift, locked, open_lift

DEFAULT_MINUTES = 10.0
QUICK = ("naive", "listing", "briefing", "hmm", "base", "sft")  # who is scored within a whole lift; `test` scores all


def lift(
    repo: RepoArgument,
    out_directory: OutOption = None,
    minutes: Annotated[float, typer.Option(help="Time for everything but deploying.")] = DEFAULT_MINUTES,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    seed: SeedOption = None,
    host: HostOption = None,
    port: PortOption = None,
    deploy: Annotated[bool, typer.Option(help="Serve the model when it is scored.")] = True,
) -> None:
    """REPO -> dataset -> model -> scores -> URL, in the given time."""
    from forklift.lift import lift as run_lift

    root = out_directory or default_lift(repo)
    say(f"lifting {repo} into {root} in about {minutes:g} minutes")
    train_config = parse(TrainConfig, model=model, adapter=adapter, seed=seed, minutes=minutes)
    deploy_config = parse(DeployConfig, host=host, port=port)
    build_config, score_config = parse(BuildConfig, seed=seed), parse(ScoreConfig, against=QUICK, seed=seed)
    started = time.monotonic()
    with Bars() as report:
        result = run_lift(repo, root, build_config, train_config, score_config, minutes, report, say)
    print_scores(result, root)
    say(f"lifted in {(time.monotonic() - started) / 60:.1f} minutes")
    if deploy:
        serve_until_stopped(root, deploy_config)


def build(repo: RepoArgument, out_directory: OutOption = None, seed: SeedOption = None) -> None:
    """Code directory -> dataset: index REPO, collect facts, write checked questions and answers."""
    from forklift.build import build as run_build
    from forklift.index import checkout

    space = create_lift(out_directory or default_lift(repo))
    with locked(space), Bars() as report:
        run_build(checkout(repo, space.source, report), space, parse(BuildConfig, seed=seed), report)
    say(f"dataset: {space.dataset} (its README.md says what is in it); next: forklift train {space.root}")


def train(
    lift_directory: LiftArgument,
    method: MethodOption = None,
    minutes: MinutesOption = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    seed: SeedOption = None,
) -> None:
    """Dataset -> model: fine-tune on the questions of LIFT. Interrupted training goes on where it was."""
    from forklift.train import train as run_train
    from forklift.train import train_baselines

    space = open_lift(lift_directory)
    config = parse(TrainConfig, method=method, model=model, adapter=adapter, seed=seed, minutes=minutes)
    with locked(space), Bars() as report:
        run_train(space, config, report, say)
        if method is None:
            train_baselines(space, config, report, say)
    say(f"model: {space.model(config.method)}; next: forklift test {space.root}")


def test(
    lift_directory: LiftArgument,
    against: AgainstOption = None,
    questions: QuestionsOption = None,
    judge: JudgeOption = None,
    limit: LimitOption = None,
    minutes: MinutesOption = None,
    max_tokens: Annotated[int | None, typer.Option(help="Longest answer, in tokens.")] = None,
    seed: SeedOption = None,
) -> None:
    """Dataset -> scores: the model against baselines, on questions in wordings it has never seen."""
    from forklift.test import test as run_test

    space = open_lift(lift_directory)
    values = {"limit": limit, "minutes": minutes, "max_tokens": max_tokens, "seed": seed}
    config = parse(ScoreConfig, against=against, questions=questions, judge=judge, **values)
    with locked(space), Bars() as report:
        result = run_test(space, config, report, say)
    print_scores(result, space.root)


def default_lift(repo: str) -> Path:
    """Where a repository is lifted to when nobody says: lifts/ and its name."""
    name = Path(repo).expanduser().resolve().name if Path(repo).exists() else repo.rstrip("/").rpartition("/")[2]
    return Path("lifts") / (name.removesuffix(".git") or "repository")
