"""The lift directory: one repository at one commit, all the state there is.

A stage's key hashes its version, its whole config and its inputs' keys. The manifest is written last and
atomically, so a stage it lists is finished, and finished work is never redone.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forklift.config import Config
from forklift.errors import WorkspaceError

SCHEMA = 1


@dataclass(frozen=True)
class Lift:
    """Paths of a lift. Construct with `create_lift` or `open_lift`."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    @property
    def source(self) -> Path:
        """A clone of the repository, when the lift was made from a URL."""
        return self.root / "source.git"

    @property
    def index(self) -> Path:
        return self.root / "index.sqlite"

    @property
    def facts(self) -> Path:
        return self.root / "facts.parquet"

    @property
    def dataset(self) -> Path:
        return self.root / "dataset"

    @property
    def replies(self) -> Path:
        """Every reply of a recruited teacher: paid for, and never asked again."""
        return self.root / "teacher.sqlite"

    @property
    def preferences(self) -> Path:
        """Preference rows (prompt, chosen, rejected), a file for each source of them."""
        return self.root / "preferences"

    @property
    def logs(self) -> Path:
        """What TensorBoard shows, a directory for each model."""
        return self.root / "logs"

    @property
    def scores(self) -> Path:
        return self.root / "scores"

    @property
    def votes(self) -> Path:
        """What people voted in the arena, one vote a line."""
        return self.root / "votes.jsonl"

    def model(self, name: str) -> Path:
        """Directory of the model called `name`: "sft"."""
        return self.root / "models" / name


def create_lift(root: Path) -> Lift:
    """The lift at `root`, made when absent. Raises WorkspaceError when `root` is something else."""
    lift = Lift(root)
    if root.exists() and not root.is_dir():
        raise WorkspaceError(f"{root} is a file, not a lift directory: choose another place with -o")
    if root.is_dir() and any(root.iterdir()) and not lift.manifest.exists():
        raise WorkspaceError(
            f"{root} is not empty and holds no lift: choose another place with -o (nothing was changed)"
        )
    root.mkdir(parents=True, exist_ok=True)
    if not lift.manifest.exists():
        write_json(lift.manifest, {"schema": SCHEMA, "stages": {}})
    read_manifest(lift)
    return lift


def open_lift(root: Path) -> Lift:
    """The lift at `root`. Raises WorkspaceError when there is none."""
    lift = Lift(root)
    if not lift.manifest.is_file():
        raise WorkspaceError(f"{root} is not a lift directory: make one with 'forklift build REPO -o {root}'")
    read_manifest(lift)
    return lift


def read_manifest(lift: Lift) -> dict[str, Any]:
    """The manifest. Raises WorkspaceError when it is damaged or from another version."""
    manifest = read_json(lift.manifest)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA or "stages" not in manifest:
        raise WorkspaceError(f"{lift.manifest} is not a manifest of this version: build into a new directory")
    return manifest


def stage_key(version: int, config: Config | None, *inputs: str) -> str:
    """Key of a stage: its version, its config, and the keys (or hashes) of what it reads."""
    settings = config.model_dump(mode="json") if config else None
    text = json.dumps([version, settings, *inputs], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def finished_stage(lift: Lift, stage: str) -> dict[str, Any] | None:
    """What the manifest says of a finished stage, or None."""
    return read_manifest(lift)["stages"].get(stage)


def require_stage(lift: Lift, stage: str, command: str) -> dict[str, Any]:
    """What the manifest says of a finished stage. Raises WorkspaceError naming the command to run first."""
    entry = finished_stage(lift, stage)
    if entry is None:
        raise WorkspaceError(f"{lift.root} has no finished {stage}: run '{command}' first")
    return entry


def record_stage(lift: Lift, stage: str, key: str, config: Config | None, **details: Any) -> None:
    """Marks a stage finished, with its key, config and details."""
    manifest = read_manifest(lift)
    manifest["stages"][stage] = {
        "key": key,
        "config": config.model_dump(mode="json") if config else None,
        **details,
    }
    write_json(lift.manifest, manifest)


def read_json(path: Path) -> Any:
    """The JSON in `path`. Raises WorkspaceError when it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is missing: run the stage that makes it again") from None
    except (ValueError, OSError) as error:
        raise WorkspaceError(f"{path} is damaged ({error}): delete it and run the stage again") from None


def write_json(path: Path, value: Any) -> None:
    """Writes `value` atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file or directory to fill beside `path`; takes its place when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    _remove(temporary)
    try:
        yield temporary
        if path.is_dir():
            _remove(path)
        temporary.replace(path)
    finally:
        _remove(temporary)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """An empty directory for as long as the block runs."""
    _remove(path)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        _remove(path)


@contextmanager
def locked(lift: Lift) -> Iterator[None]:
    """Holds the lift for one writer. Raises WorkspaceError when another process has it."""
    with (lift.root / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError(f"{lift.root} is in use by another forklift: wait or stop it") from None
        yield


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
