"""docs/commands.md, made from the help texts: python -m forklift.cli.reference > docs/commands.md"""

import re
import sys
from typing import Any

import typer

from forklift.cli import app

HEAD = """# Commands

Made from the help texts (`make docs`); `forklift COMMAND --help` says the same.
"""
_MARKUP = re.compile(r"\[/?[a-z][^\]]*\]|\\(?=\[)")  # of rich, around types


def reference() -> str:
    """Every command: what it does, how it is called, its arguments and options."""
    group: Any = typer.main.get_command(app)
    return HEAD + "".join(_section(name, command) for name, command in group.commands.items())


def _section(name: str, command: Any) -> str:
    context = command.context_class(command, info_name=f"forklift {name}")
    usage = command.get_usage(context).partition(":")[2].split()
    records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
    rows = "".join(f"| `{_plain(what)}` | {_cell(help)} |\n" for what, help in records)
    what = _cell(command.help or "")
    return f"\n## forklift {name}\n\n{what}\n\n```\n{' '.join(usage)}\n```\n\n| | |\n|---|---|\n{rows}"


def _plain(text: str) -> str:
    return _MARKUP.sub("", text).replace("|", "\\|")


def _cell(text: str) -> str:
    """Help as one line of Markdown."""
    return " ".join(text.split()).replace("\\[", "[").replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    sys.stdout.write(reference())
