"""Which commits changed a symbol, asked of the repository that the lift was made from. Read-only."""

import re
from pathlib import Path

from pydantic import Field

from forklift.deploy.lookup import QUOTED, Place, Record, place, plain
from forklift.errors import SourceError, WorkspaceError
from forklift.index.git import local_git
from forklift.index.source import trustworthy
from forklift.records import Symbol
from forklift.workspace import Lift, require_stage

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
# Nothing that a repository configures for its diffs or signatures may run.
_HARMLESS = ("--no-patch", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color")


class Change(Record):
    """One commit that changed the lines of a symbol."""

    commit: str
    date: str = Field(description="of the author, YYYY-MM-DD")
    quoted_subject: str = Field(description=f"first line of the commit's message; {QUOTED}")


class Changes(Record):
    """The commits that changed a symbol's lines, newest first, up to the commit that was indexed."""

    symbol: Place
    changes: list[Change]


def what_changed(lift: Lift, symbol: Symbol, limit: int) -> Changes:
    """The newest `limit` commits that touched the lines of `symbol`.

    Raises WorkspaceError when the repository is not under git or is gone, SourceError when git fails.
    """
    root, commit = _repository(lift)
    lines = f"-L{symbol.line},{symbol.end_line}:{symbol.path}"
    try:
        said = local_git(
            root, "log", *_HARMLESS, f"--max-count={limit}", "--format=%x1e%H%x1f%as%x1f%s", lines, commit, "--"
        )
    except SourceError as error:
        raise SourceError(f"git cannot tell the history of {symbol.qualified_name} in {root}: {error}") from None
    rows = [row.split("\x1f") for row in said.decode("utf-8", "replace").split("\x1e") if row.strip()]
    changes = [Change(commit=commit, date=date, quoted_subject=plain(subject)) for commit, date, subject in rows]
    return Changes(symbol=place(symbol), changes=changes)


def _repository(lift: Lift) -> tuple[Path, str]:
    """Where the repository is and the commit that was indexed. Raises WorkspaceError."""
    recorded = require_stage(lift, "build", "forklift build")["repository"]
    root = lift.source if lift.source.is_dir() else Path(recorded["path"])
    commit = recorded["commit"]
    if not _COMMIT.fullmatch(commit):
        raise WorkspaceError(f"{root} was not under git when it was lifted: it has no history to ask")
    if not root.is_dir() or not trustworthy(root):
        raise WorkspaceError(f"the repository is no longer at {root}: put it back, or lift it again from where it is")
    try:
        local_git(root, "cat-file", "-e", f"{commit}^{{commit}}")
    except SourceError:
        raise WorkspaceError(f"{root} no longer has commit {commit[:12]}, which was indexed: lift it again") from None
    return root, commit
