"""How a symbol came to be as it is: from the index, and asked of the repository that was lifted. Read-only."""

import re
from pathlib import Path

from pydantic import Field

from forklift import records
from forklift.deploy.lookup import QUOTED, Place, Record, place, plain
from forklift.errors import SourceError, WorkspaceError
from forklift.index import Index
from forklift.index.git import local_git
from forklift.index.source import trustworthy
from forklift.records import Symbol
from forklift.workspace import Lift, require_stage

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
# Nothing that a repository configures for its diffs or signatures may run.
_HARMLESS = ("--no-patch", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color")
REASONS = ("reason", "caution")  # notices about the code as it is, not about its past


class Change(Record):
    """One commit that changed the lines of a symbol."""

    commit: str
    date: str = Field(description="of the author, YYYY-MM-DD")
    quoted_subject: str = Field(description=f"first line of the commit's message; {QUOTED}")


class Told(Record):
    """What a commit did to a symbol, compared by syntax when the repository was indexed."""

    kind: str = Field(description="added, changed, renamed, moved, deprecated")
    commit: str
    date: str = Field(description="of the author, YYYY-MM-DD")
    release: str = Field(description="the first release that contains the commit; empty for none")
    quoted_before: str = Field(description=f"old name, path or signature, when that changed; {QUOTED}")
    quoted_subject: str = Field(description=f"first line of the commit's message; {QUOTED}")
    quoted_reason: str = Field(description=f"what its body gives as the reason; {QUOTED}")


class Note(Record):
    """What documentation, code or a change log says about a change of a symbol."""

    kind: str = Field(description="deprecated, added, changed, warns (a warning in the code), log (change log)")
    version: str
    quoted_text: str = Field(description=QUOTED)
    at: str = Field(description="path:line")


class Changes(Record):
    """What is known of the changes of a symbol, up to the commit that was indexed; newest first."""

    symbol: Place
    changes: list[Change] = Field(description="commits that touched its lines; empty when the repository is gone")
    told: list[Told] = Field(description="what commits did to it, through renames and moves, without mere spacing")
    notes: list[Note]


def what_changed(lift: Lift, index: Index, symbol: Symbol, limit: int) -> Changes:
    """The newest `limit` commits that touched the lines of `symbol`, and what the index knows of its history.

    Raises WorkspaceError when the repository is not under git or is gone, SourceError when git fails; not when the
    index knows something.
    """
    told = [_told(one) for one in index.changes_of(symbol.id)[:limit]]
    notes = [_note(one) for one in index.notices_of(symbol.id) if one.kind not in REASONS][:limit]
    try:
        changes = _asked(lift, symbol, limit)
    except (SourceError, WorkspaceError):
        if not told and not notes:
            raise
        changes = []
    return Changes(symbol=place(symbol), changes=changes, told=told, notes=notes)


def _told(one: records.Change) -> Told:
    return Told(
        kind=one.kind, commit=one.commit, date=one.date, release=one.release, quoted_before=plain(one.before),
        quoted_subject=plain(one.subject), quoted_reason=plain(one.reason),
    )  # fmt: skip


def _note(one: records.Notice) -> Note:
    return Note(kind=one.kind, version=plain(one.version), quoted_text=plain(one.text), at=f"{one.path}:{one.line}")


def removal(index: Index, name: str) -> str:
    """What became of a name that nothing has any more, in one sentence; "" when nothing is known."""
    gone = index.removed(name)[:1]
    return "".join(f"{plain(one.name)} was removed on {one.date} by commit {one.commit[:12]}" for one in gone)


def _asked(lift: Lift, symbol: Symbol, limit: int) -> list[Change]:
    """The commits that touched the lines of a symbol, asked of git."""
    root, commit = _repository(lift)
    lines = f"-L{symbol.line},{symbol.end_line}:{symbol.path}"
    try:
        said = local_git(
            root, "log", *_HARMLESS, f"--max-count={limit}", "--format=%x1e%H%x1f%as%x1f%s", lines, commit, "--"
        )
    except SourceError as error:
        raise SourceError(f"git cannot tell the history of {symbol.qualified_name} in {root}: {error}") from None
    rows = [row.split("\x1f") for row in said.decode("utf-8", "replace").split("\x1e") if row.strip()]
    return [Change(commit=commit, date=date, quoted_subject=plain(subject)) for commit, date, subject in rows]


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
