"""The command line: commands, printing, exit codes. Nothing else prints or exits."""

import errno
import logging
import os
import sys
import warnings

import typer
from rich.text import Text

from forklift import __version__
from forklift.cli.answers import ask, chat
from forklift.cli.models import models
from forklift.cli.serving import deploy, export, mcp
from forklift.cli.stages import build, lift, test, train
from forklift.cli.terminal import err, out, printable, say
from forklift.cli.votes import votes
from forklift.engine import keep_freed_memory
from forklift.errors import ForkLiftError, UnfinishedError

DISK_FULL = "the disk is full"
SAID_OF_FULL_DISKS = ("No space left on device", "inline_container.cc")  # by safetensors; by torch.save

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Teach a small language model one code repository, test it honestly, and serve it.",
)


def version() -> None:
    """Print the version."""
    out.print(__version__)


for command in (lift, build, train, test, deploy, ask, chat, votes, mcp, export, models, version):
    app.command()(command)


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
    except UnfinishedError as pause:
        for line in pause.lines:
            out.print(Text(printable(line)))
        say(str(pause))
        sys.exit(0)
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
