"""The stages: lift, build, train, test."""

import time
from pathlib import Path
from typing import Annotated

import typer

from forklift.cli.options import (
    AdapterOption,
    AgainstOption,
    BudgetOption,
    HostOption,
    JudgeOption,
    LessonsOption,
    LiftArgument,
    LimitOption,
    MethodOption,
    MinutesOption,
    ModelOption,
    OutOption,
    PartsOption,
    PortOption,
    QuestionsOption,
    ReplayOption,
    RepoArgument,
    RewardOption,
    SeedOption,
    TeacherJudgeOption,
    TeacherOption,
    TrackerOption,
)
from forklift.cli.scores import print_scores
from forklift.cli.serving import serve_until_stopped
from forklift.cli.terminal import Bars, say
from forklift.config import BuildConfig, DeployConfig, RecruitConfig, ScoreConfig, TrainConfig, parse
from forklift.engine import silent, unheard
from forklift.errors import ConfigError
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
    teacher: TeacherOption = None,
    budget_usd: BudgetOption = None,
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
    build_config = parse(BuildConfig, teachers=teacher, seed=seed)
    score_config, how = parse(ScoreConfig, against=QUICK, seed=seed), parse(RecruitConfig, budget_usd=budget_usd)
    started = time.monotonic()
    bars = Bars()
    with bars as report:
        result = run_lift(repo, root, build_config, train_config, score_config, minutes, report, say, how, bars.live)
    print_scores(result, root)
    say(f"lifted in {(time.monotonic() - started) / 60:.1f} minutes")
    if deploy:
        serve_until_stopped(root, deploy_config)


def build(
    repo: RepoArgument,
    out_directory: OutOption = None,
    teacher: TeacherOption = None,
    judge: TeacherJudgeOption = None,
    parts: PartsOption = None,
    budget_usd: BudgetOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many calls and tokens teachers take, and what it costs.")
    ] = False,
    preview: Annotated[int | None, typer.Option(help="Show so many finished rows of the teachers, and stop.")] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask through OpenAI's Batch API: half the price, within a day.")
    ] = False,
    engine: Annotated[str | None, typer.Option(help="ray or ray://HOST:PORT: ask through a Ray cluster.")] = None,
    lessons: LessonsOption = None,
    seed: SeedOption = None,
) -> None:
    """Code directory -> dataset: index REPO, collect facts, write checked questions and answers."""
    from forklift.build import build as run_build
    from forklift.index import checkout

    config = parse(BuildConfig, teachers=teacher, judge=judge, teacher_parts=parts, lessons=lessons, seed=seed)
    how = parse(RecruitConfig, budget_usd=budget_usd, dry_run=dry_run, preview=preview, batch=batch, engine=engine)
    if not teacher and (judge or parts or budget_usd or dry_run or preview or batch or engine):
        raise ConfigError("there is no teacher: name one, as in --teacher gpt-4.1-mini or --teacher MODEL@BASE_URL")
    space = create_lift(out_directory or default_lift(repo))
    with locked(space), Bars() as report:
        run_build(checkout(repo, space.source, report), space, config, report, say, how)
    say(f"dataset: {space.dataset} (its README.md says what is in it); next: forklift train {space.root}")


def train(
    lift_directory: LiftArgument,
    method: MethodOption = None,
    minutes: MinutesOption = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    reward: RewardOption = None,
    replay: ReplayOption = None,
    tracker: TrackerOption = None,
    seed: SeedOption = None,
) -> None:
    """Dataset -> model: fine-tune on the questions of LIFT. Interrupted training goes on where it was."""
    from forklift.train import crew, train_baselines
    from forklift.train import train as run_train

    space = open_lift(lift_directory)
    values = {"reward": reward, "replay": replay, "tracker": tracker, "seed": seed, "minutes": minutes}
    config = parse(TrainConfig, method=method, model=model, adapter=adapter, **values)
    if not crew.is_first():  # of several processes the first one holds the lift and speaks
        run_train(space, config, silent, unheard)
        return
    bars = Bars()
    with locked(space), bars as report:
        run_train(space, config, report, say, live=bars.live)
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
