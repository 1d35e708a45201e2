"""Which files of a repository are read, and reading them, without ever following it out of its root."""

import contextlib
import hashlib
import os
import posixpath
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pathspec

from forklift.config import BuildConfig
from forklift.engine import Report
from forklift.errors import SourceError
from forklift.index.filters import unwanted_path
from forklift.index.git import clone, is_url, local_git, origin, refresh, without_credentials
from forklift.workspace import replacing

IGNORED = (
    ".git .hg/ .svn/ .bzr/ node_modules/ .venv/ venv/ __pycache__/ .tox/ .nox/ .eggs/ *.egg-info/ .mypy_cache/ "
    ".ruff_cache/ .pytest_cache/ .hypothesis/ .cache/ .idea/ .vscode/ /build/ /dist/ /target/ /env/ *.pyc *.pyo"
).split()

Rules = tuple[str, pathspec.GitIgnoreSpec]
"""Ignore rules and the directory that they are for: "" or "a/b/"."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to read: by its object id in git, or by its path on disk."""

    path: str
    size_bytes: int
    blob: str = ""
    mtime_ns: int = 0
    is_plus: bool = False  # a header near C++, see `headers`


@dataclass(slots=True)
class Source:
    """The files of a repository at one moment."""

    root: Path
    commit: str = ""
    entries: list[Entry] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


def checkout(repo: str, destination: Path, report: Report) -> Path:
    """The directory to index: `repo` itself when it is one, else a bare clone of the URL in `destination`.

    Raises SourceError when there is no such directory or git fails.
    """
    if not is_url(repo):
        return existing_directory(Path(repo).expanduser()).resolve()
    report("clone", 0, 1)
    if destination.is_dir() and origin(destination) == without_credentials(repo):
        refresh(repo, destination)
    else:
        with replacing(destination) as fresh:
            clone(repo, fresh)
    report("clone", 1, 1)
    return destination


def existing_directory(path: Path) -> Path:
    """`path`. Raises SourceError when it is no readable directory."""
    if not path.exists():
        raise SourceError(f"{path} does not exist: give a directory or a git URL (https://, ssh://, git@, file://)")
    if not path.is_dir():
        raise SourceError(f"{path} is not a directory: give the repository's root")
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"{path} cannot be read: check its permissions")
    return path


def open_source(repo: Path, config: BuildConfig) -> Source:
    """Lists the files of `repo`: those of its HEAD in git, or those on disk that no ignore rule names.

    Raises SourceError when `repo` is no directory or has no files at all.
    """
    root = existing_directory(repo).resolve()
    source = from_git(root, config) or from_disk(root, config)
    if not source.entries and not source.left_out:
        raise SourceError(f"{repo} is empty: there is nothing to index")
    return source


def source_hash(repo: Path, config: BuildConfig) -> str:
    """A fingerprint of what would be indexed: the commit, or a hash over paths, sizes and times of change."""
    root = existing_directory(repo).resolve()
    source = from_git(root, config)
    if source is not None:
        return f"{source.commit}:{prefix_of(root)}".rstrip(":")
    digest = hashlib.sha256()
    for entry in from_disk(root, config).entries:
        digest.update(f"{entry.path}\0{entry.size_bytes}\0{entry.mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


# git


def from_git(root: Path, config: BuildConfig) -> Source | None:
    """The tracked files of HEAD at or below `root`; None when git does not track it."""
    if not trustworthy(root):
        return None
    try:
        commit = local_git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        listing = local_git(root, "ls-tree", "-r", "-z", "-l", "HEAD")
    except SourceError:
        return None
    source = Source(root, commit)
    for line in listing.split(b"\0"):
        if line:
            add_tree_entry(source, line, config)
    return source if source.entries or source.left_out else None


def trustworthy(root: Path) -> bool:
    """Whether `.git` is a directory here or above, or a file that git itself made: one that another repository
    points back to. A hand-made `.git` file would have us read any repository on this machine."""
    place = next((at for at in (root, *root.parents) if os.path.lexists(at / ".git")), None)
    if place is None:
        return True
    if (place / ".git").is_symlink():
        return False
    return (place / ".git").is_dir() or points_back(place / ".git")


def points_back(link: Path) -> bool:
    """Whether the directory that a `.git` file names, names it in turn (worktree), or its root (submodule)."""
    try:
        target = link.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        directory = (link.parent / target).resolve()
        if (directory / "gitdir").is_file():
            return Path((directory / "gitdir").read_text(encoding="utf-8").strip()).resolve() == link.resolve()
        home = local_git(directory, "config", "--file", str(directory / "config"), "core.worktree").decode().strip()
        return (directory / home).resolve() == link.parent.resolve()
    except (OSError, ValueError, SourceError):
        return False


def prefix_of(root: Path) -> str:
    """Where `root` stands in its worktree, "" at the top."""
    return local_git(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip()


def add_tree_entry(source: Source, line: bytes, config: BuildConfig) -> None:
    """Takes in one line of ls-tree: "<mode> <type> <object> <size>\\t<path>"."""
    description, _, raw = line.partition(b"\t")
    mode, kind, blob, size = description.decode().split()
    path = raw.decode("utf-8", "replace")
    if kind == "commit":
        source.left_out["submodule"] += 1
    elif mode == "120000":
        source.left_out["symlink"] += 1
    elif not size.isdigit():
        note_unreadable(source, path)
    else:
        add(source, Entry(path, int(size), blob), config)


def add(source: Source, entry: Entry, config: BuildConfig) -> None:
    """Takes in one file, or counts why not."""
    reason = unwanted_path(entry.path, entry.size_bytes, config)
    if reason:
        source.left_out[reason] += 1
    else:
        source.entries.append(entry)


def note_unreadable(source: Source, path: str) -> None:
    source.left_out["unreadable"] += 1
    source.unreadable.append(path)


# disk


def from_disk(root: Path, config: BuildConfig) -> Source:
    """The regular files below `root`, without those that .gitignore files and habit leave out.

    Where .gitignore files leave nothing, as in Debian's packages of Linux, only habit does.
    """
    source = _from_disk(root, config, ignore_rules)
    return source if source.entries or source.left_out else _from_disk(root, config, lambda *_: [])


def _from_disk(root: Path, config: BuildConfig, rules_of: Callable[[Path, str], list[Rules]]) -> Source:
    source = Source(root)
    for path, found in walk(root, source, rules_of):
        try:
            status = found.stat(follow_symlinks=False)
        except OSError:
            note_unreadable(source, path)
            continue
        if stat.S_ISLNK(status.st_mode):
            source.left_out["symlink"] += 1
        elif not stat.S_ISREG(status.st_mode):
            source.left_out["not a file"] += 1
        else:
            add(source, Entry(path, status.st_size, mtime_ns=status.st_mtime_ns), config)
    return source


def walk(
    root: Path, source: Source, rules_of: Callable[[Path, str], list[Rules]]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All that is no directory below `root`, by directory, with its path; ignore rules applied; links are never
    entered."""
    stack: list[tuple[str, list[Rules]]] = [("", [("", pathspec.GitIgnoreSpec.from_lines(IGNORED))])]
    while stack:
        directory, above = stack.pop()
        try:
            with os.scandir(root / directory) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            note_unreadable(source, directory.rstrip("/") or ".")
            continue
        here = above + rules_of(root, directory)
        below = []
        for entry in entries:
            path = f"{directory}{entry.name}"
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_ignored(f"{path}/" if is_directory else path, here):
                continue
            if is_directory:
                below.append((f"{path}/", here))
            else:
                yield path, entry
        stack.extend(reversed(below))


def ignore_rules(root: Path, directory: str) -> list[Rules]:
    """The rules of a directory's own .gitignore."""
    file = root / directory / ".gitignore"
    if file.is_symlink() or not file.is_file():
        return []
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return [(directory, pathspec.GitIgnoreSpec.from_lines(lines))]
    except (OSError, ValueError):
        return []


def is_ignored(path: str, rules: list[Rules]) -> bool:
    """The last rule that speaks of `path` decides, the nearest file first; a directory's path ends with a slash."""
    for directory, spec in reversed(rules):
        result = spec.check_file(path[len(directory) :])
        if result.include is not None:
            return bool(result.include)
    return False


# reading


def read_contents(root: Path, entries: Sequence[Entry]) -> list[bytes | None]:
    """The contents of `entries`, None for what cannot be read."""
    if entries and entries[0].blob:
        return read_blobs(root, entries)

    @cache
    def is_inside(directory: str) -> bool:
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            return (root / directory).resolve().is_relative_to(root)
        return False

    return [read_file(root, entry) if is_inside(posixpath.dirname(entry.path)) else None for entry in entries]


def read_blobs(root: Path, entries: Sequence[Entry]) -> list[bytes | None]:
    """Contents from git's object store, by one cat-file process."""
    asked = "".join(f"{entry.blob}\n" for entry in entries).encode()
    try:
        answer = local_git(root, "cat-file", "--batch", stdin=asked)
    except SourceError:
        return [None] * len(entries)
    contents: list[bytes | None] = []
    at = 0
    for _ in entries:
        end = answer.find(b"\n", at)
        header = answer[at:end].split()
        if end < 0 or len(header) != 3:
            contents.append(None)
            at = max(end + 1, at)
            continue
        size = int(header[2])
        contents.append(answer[end + 1 : end + 1 + size])
        at = end + size + 2
    return contents


def read_file(root: Path, entry: Entry) -> bytes | None:
    """Content from disk; refuses what has become a link or a pipe since it was listed, or grown."""
    try:
        handle = os.open(root / entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            return file.read(entry.size_bytes)
        except OSError:
            return None
