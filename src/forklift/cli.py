"""The command line: commands, printing, exit codes. Nothing else prints or exits."""

import errno
import logging
import os
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from forklift import __version__
from forklift.config import EMBEDDED_MODEL, BuildConfig, DeployConfig, ExportConfig, ScoreConfig, TrainConfig, parse
from forklift.engine import Report, keep_freed_memory
from forklift.errors import ForkLiftError
from forklift.workspace import create_lift, locked, open_lift

DEFAULT_MINUTES = 10.0
QUICK = ("naive", "listing", "hmm", "base", "sft")  # who is scored within a whole lift; `test` scores all
DISK_FULL = "the disk is full"
SAID_OF_FULL_DISKS = ("No space left on device", "inline_container.cc")  # by safetensors; by torch.save
PLAIN_EVERY_S = 20.0  # between progress lines where no bar can be drawn

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Teach a small language model one code repository, test it honestly, and serve it.",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

RepoArgument = Annotated[str, typer.Argument(help="A code directory or a git URL.", metavar="REPO")]
LiftArgument = Annotated[Path, typer.Argument(help="A lift directory, made by build or lift.", metavar="LIFT")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="The lift directory to write; lifts/NAME when left out.")
]
MinutesOption = Annotated[float | None, typer.Option(help="Time to spend; the most central symbols come first.")]
ModelOption = Annotated[
    str | None, typer.Option(help=f"{EMBEDDED_MODEL} (embedded), a model directory, a .gguf file, or a hub id.")
]
AdapterOption = Annotated[str | None, typer.Option(help="none trains all weights; lora an adapter.")]
SeedOption = Annotated[int | None, typer.Option(help="Seed of everything that is drawn.")]
LimitOption = Annotated[int | None, typer.Option(help="Test questions of each split, at most.")]
MethodOption = Annotated[
    str | None, typer.Option(help="sft; or naive, hmm: the trivial baselines alone. Left out: sft and the baselines.")
]
AgainstOption = Annotated[
    list[str] | None,
    typer.Option(help="An answerer to score, repeatable: naive, listing, hmm, base, sft, any +retrieval, api:MODEL."),
]
QuestionsOption = Annotated[
    list[str] | None, typer.Option(help="JSONL file of questions and answers that others wrote; repeatable.")
]
JudgeOption = Annotated[
    str | None, typer.Option(help="MODEL[@BASE_URL] that judges answers to --questions; key in OPENAI_API_KEY.")
]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")]


def main() -> None:
    """Runs a command. Expected failures are one line on stderr and exit code 1; Ctrl-C is exit code 130."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.filterwarnings("ignore")
    logging.getLogger().setLevel(logging.ERROR)
    keep_freed_memory()
    try:
        code = app(standalone_mode=False) or 0
        if code == 130:  # what typer makes of Ctrl-C, without a word
            raise KeyboardInterrupt
        sys.exit(code)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except typer.Abort:
        _fail("stopped; run the same command again to go on", 130)
    except KeyboardInterrupt:
        _fail("stopped; nothing finished is lost: run the same command again to go on", 130)
    except ForkLiftError as error:
        _fail(str(error), 1)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _fail(f"{DISK_FULL} ({error.filename or 'while writing'}): free some space, run it again to go on", 1)
        _fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1)
    except MemoryError:
        _fail("out of memory: close other programs or take a smaller model", 1)
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error: what click says, in one line
            _fail(f"{error.format_message()} (see --help)", 2)
        if any(said in str(error) for said in SAID_OF_FULL_DISKS):
            _fail(f"{DISK_FULL} (while writing): free some space, run it again to go on", 1)
        raise


def _fail(message: str, code: int) -> None:
    err.print(Text(f"forklift: {' '.join(printable(message).split())}", style="red"))
    sys.exit(code)


def printable(text: str) -> str:
    """`text` without control characters: a terminal must not obey what a repository or a model says."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


@app.command()
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
        _serve(root, deploy_config)


@app.command()
def build(repo: RepoArgument, out_directory: OutOption = None, seed: SeedOption = None) -> None:
    """Code directory -> dataset: index REPO, collect facts, write checked questions and answers."""
    from forklift.build import build as run_build
    from forklift.index import checkout

    space = create_lift(out_directory or default_lift(repo))
    with locked(space), Bars() as report:
        run_build(checkout(repo, space.source, report), space, parse(BuildConfig, seed=seed), report)
    say(f"dataset: {space.dataset} (its README.md says what is in it); next: forklift train {space.root}")


@app.command()
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


@app.command()
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


@app.command()
def deploy(lift_directory: LiftArgument, host: HostOption = None, port: PortOption = None) -> None:
    """Model -> URL: an OpenAI-compatible API and a page to chat with base and tuned side by side."""
    _serve(lift_directory, parse(DeployConfig, host=host, port=port))


@app.command()
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


@app.command()
def mcp(
    lift_directory: LiftArgument,
    http: Annotated[bool, typer.Option("--http", help="Serve at a URL instead of stdin and stdout.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond this machine needs FORKLIFT_TOKEN.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = 8001,
    model: Annotated[str, typer.Option(help="The model that answers the tool `ask`.")] = "sft",
) -> None:
    """The same knowledge for coding agents, over the Model Context Protocol."""
    from forklift.deploy.mcp import serve_mcp

    token = os.environ.get("FORKLIFT_TOKEN", "")
    transport: Literal["stdio", "http"] = "http" if http else "stdio"
    serve_mcp(open_lift(lift_directory), transport, host, port, model=model, token=token, ready=say)


@app.command()
def export(
    lift_directory: LiftArgument,
    to: Annotated[str | None, typer.Option(help="merged (transformers), gguf (llama.cpp) or ollama.")] = None,
    model: Annotated[str, typer.Option(help="The model to export.")] = "sft",
    out_directory: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory to write; LIFT/exports/... when left out.")
    ] = None,
    quantise: Annotated[str | None, typer.Option(help="Of gguf and ollama: f16, bf16, f32 or q8_0.")] = None,
    check: Annotated[int | None, typer.Option(help="Questions asked before and after; 0 for none.")] = None,
) -> None:
    """Model -> files for other programs; the same questions are asked before and after."""
    from forklift.deploy.export import export as run_export

    space, config = open_lift(lift_directory), parse(ExportConfig, to=to, quantise=quantise, check=check)
    kind = "merged" if config.to == "merged" else f"{config.to}-{config.quantise}"
    target = out_directory or space.root / "exports" / f"{model}-{kind}"
    with Bars() as report:
        done = run_export(space, model, config.to, target, report, quantise=config.quantise, questions=config.check)
    if done.parity:
        say(str(done.parity))
    out.print(Text(printable(str(done.path))))


@app.command()
def version() -> None:
    """Print the version."""
    out.print(__version__)


def default_lift(repo: str) -> Path:
    """Where a repository is lifted to when nobody says: lifts/ and its name."""
    name = Path(repo).expanduser().resolve().name if Path(repo).exists() else repo.rstrip("/").rpartition("/")[2]
    return Path("lifts") / (name.removesuffix(".git") or "repository")


def _serve(root: Path, config: DeployConfig) -> None:
    from forklift.deploy import serve

    serve(open_lift(root), config, lambda url: out.print(url))


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
