"""The history that git has of today's symbols: which commit added, changed, renamed, moved or deprecated them and what
it says about it, and which definitions are gone.

Commits are read newest first, merges aside; the files that each changed are parsed before and after it, and their
definitions compared (`evolution`). The identity of a symbol is followed back through renames. Nothing of the
repository is run or configured by it: see `git`.
"""

import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import Report
from forklift.errors import SourceError
from forklift.index.ctags import language_of
from forklift.index.evolution import EMPTY, Event, Pair, Version, events_of, version_of_file
from forklift.index.filters import is_aside, is_test, unwanted_content, unwanted_path
from forklift.index.git import local_git
from forklift.index.messages import People, people_of, reason_of, subject_of
from forklift.index.releases import releases
from forklift.index.secrets import redact
from forklift.index.source import Entry, Source, read_blobs
from forklift.index.syntax import READERS
from forklift.records import Change, Notice, Symbol

CHUNK_COMMITS = 32
MOST_FILES = 150  # changed by one commit: more is an import or a reformatting, not a step
MOST_EVENTS = 200  # of definitions added or removed by one commit
KEPT_VERSIONS = 2_000
MOST_IDENTITIES = 200_000
# nothing that a repository configures for its logs and diffs may run or be read
HARMLESS = ("--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--no-notes", "--no-mailmap")
ZERO = re.compile(r"0+")

SymbolsIn = Callable[[Iterable[str]], Sequence[Symbol]]
Key = tuple[str, str]  # path, qualified name
Blob = tuple[str, str]  # object id, language


@dataclass(frozen=True, slots=True)
class Touched:
    """One file that a commit changed: its blobs, "" where there was or is none."""

    old_path: str
    new_path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its files, and what it says, cleaned."""

    id: str
    date: str
    subject: str
    reason: str
    files: tuple[Touched, ...]


@dataclass(slots=True)
class History:
    """What was found, commits newest first, and what was left out and why."""

    changes: list[Change] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)  # what texts say, by file
    people: People = field(default_factory=People)
    left_out: Counter[str] = field(default_factory=Counter)


def read_history(
    source: Source, symbols_in: SymbolsIn, identifiers: set[str], config: BuildConfig, report: Report
) -> History:
    """The history of a repository's symbols; an empty one without git. Never raises: what git cannot say is counted.

    `symbols_in`: gives today's symbols in the files of these paths. `identifiers`: all words of the code.
    """
    history = History()
    if not source.commit or not config.history_commits:
        return history
    deadline = time.monotonic() + config.history_s
    try:
        commits = list(_commits(source, identifiers, config, history))
        release_of = releases(source.root, source.commit)
    except SourceError as error:
        history.left_out[f"history: {error}"] += 1
        return history
    paths = {path for commit in commits for file in commit.files for path in (file.old_path, file.new_path)}
    walk = Walk(source, symbols_in(paths), config, history)
    for start in range(0, len(commits), CHUNK_COMMITS):
        report("history", start, len(commits))
        if time.monotonic() > deadline:
            history.left_out["commits: no time left"] += len(commits) - start
            break
        walk.load(commits[start : start + CHUNK_COMMITS])
        for commit in commits[start : start + CHUNK_COMMITS]:
            walk.step(commit, release_of.get(commit.id, ""))
    report("history", len(commits), len(commits))
    return history


# git


def _commits(source: Source, identifiers: set[str], config: BuildConfig, history: History) -> Iterator[Commit]:
    """The newest commits without merges, newest first."""
    root, head, newest = source.root, source.commit, f"--max-count={config.history_commits}"
    messages = dict(_messages(root, head, newest))
    identities = local_git(
        root,
        "log",
        *HARMLESS,
        "--no-patch",
        f"--max-count={MOST_IDENTITIES}",
        "--format=%an%n%ae%n%cn%n%ce",
        head,
        "--",
    )
    history.people = people_of(
        identities.decode("utf-8", "replace").split("\n"), (body for _, _, body in messages.values()), identifiers
    )
    total = int(local_git(root, "rev-list", "--count", "--no-merges", head, "--"))
    if total > config.history_commits:
        history.left_out[f"commits: older than the newest {config.history_commits}"] += total - config.history_commits
    raw = ("--raw", "-z", "-M", "-l400", "--no-abbrev", "--relative", "-O/dev/null", "--ignore-submodules=all")
    listing = local_git(root, "log", *HARMLESS, *raw, "--no-merges", newest, "--format=%H", head, "--")
    for commit, files in _files(listing.decode("utf-8", "replace")):
        date, parents, message = messages[commit]
        if not parents:  # the very first, or the edge of a shallow clone: what was before it is not known
            continue
        if len(files) > MOST_FILES:
            history.left_out[f"commits: more than {MOST_FILES} files"] += 1
            files = []
        wanted = tuple(one for one in files if _is_wanted(one, config))
        subject, reason = subject_of(message, history.people), reason_of(message, history.people)
        yield Commit(commit, date, subject, reason, wanted)


def _messages(root: Path, head: str, newest: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Commit -> (date, parents, message). No message has a NUL byte in it."""
    form = "--format=%H%n%as%n%P%n%B"
    said = local_git(root, "log", *HARMLESS, "--no-patch", "-z", "--no-merges", newest, form, head, "--")
    for row in said.decode("utf-8", "replace").split("\0"):
        if row.strip():
            commit, date, parents, message = [*row.lstrip("\n").split("\n", 3), ""][:4]
            yield commit, (date, parents, message)


def _files(listing: str) -> Iterator[tuple[str, list[Touched]]]:
    """Takes `git log --raw -z --format=%H` apart."""
    parts = iter(listing.split("\0"))
    commit, files = "", list[Touched]()
    for part in parts:
        row = part.lstrip("\n")
        if not row.startswith(":"):
            if commit:
                yield commit, files
            commit, files = row, []
            continue
        old_mode, new_mode, old, new, status = row[1:].split(" ")
        path = next(parts)
        new_path = next(parts) if status[0] in "RC" else path
        old, new = (("" if ZERO.fullmatch(blob) else blob) for blob in (old, new))
        if {old_mode, new_mode} <= {"000000", "100644", "100755"}:  # neither link nor submodule
            files.append(Touched(path, new_path, old, new))
    if commit:
        yield commit, files


def _is_code(file: Touched, config: BuildConfig) -> bool:
    """Whether we can read what a file defines."""
    return all(
        language_of(path) in READERS and not unwanted_path(path, 0, config) for path in (file.old_path, file.new_path)
    )


def _is_wanted(file: Touched, config: BuildConfig) -> bool:
    """Whether facts are stated about what a file defines."""
    return _is_code(file, config) and not all(_is_apart(path) for path in (file.old_path, file.new_path))


def _is_apart(path: str) -> bool:
    return is_test(path) or is_aside(path)


# walking back


class Walk:
    """Follows today's symbols back, commit by commit."""

    def __init__(self, source: Source, symbols: Sequence[Symbol], config: BuildConfig, history: History) -> None:
        self.source, self.config, self.history = source, config, history
        self.languages = {one.path: one.language for one in symbols}
        self.blobs = {entry.path: entry.blob for entry in source.entries}
        self.versions: OrderedDict[Blob, Version | None] = OrderedDict()
        self.now: dict[Key, Symbol] = {}  # by the name that a symbol had at the commit that is looked at
        self.added: dict[Key, Symbol] = {}  # what a newer commit added
        self.settled: set[int] = set()  # symbols whose newest change is known
        for one in symbols:
            known = self.now.get((one.path, one.qualified_name))
            if known is None or (bool(one.doc), one.rank) > (bool(known.doc), known.rank):
                self.now[one.path, one.qualified_name] = one

    def load(self, commits: Sequence[Commit]) -> None:
        """Parses the files of these commits, each version once."""
        sides = (
            ((f.old_path, f.old) for c in commits for f in c.files),
            ((f.new_path, f.new) for c in commits for f in c.files),
        )
        wanted = {(blob, self.language(path)) for path, blob in chain(*sides) if blob}
        self._parse(sorted(wanted - self.versions.keys()))
        for key in wanted:
            self.versions.move_to_end(key)
        while len(self.versions) > max(KEPT_VERSIONS, len(wanted)):
            self.versions.popitem(last=False)

    def language(self, path: str) -> str:
        """The language of a file; that of a header is the one it has today."""
        return self.languages.get(path) or ("c" if path.endswith(".h") else language_of(path))

    def _parse(self, blobs: Sequence[Blob]) -> None:
        contents = read_blobs(self.source.root, [Entry("", 0, blob) for blob, _ in blobs]) if blobs else []
        for (blob, language), content in zip(blobs, contents, strict=True):
            self.versions[blob, language] = version_of(content, language, self.config)

    def step(self, commit: Commit, release: str) -> None:
        """Takes in one commit, older than all before."""
        happened = list(events_of(list(self._pairs(commit))))
        count = sum(event.kind in ("added", "removed") for event in happened)
        for event in happened:
            if count <= MOST_EVENTS or event.kind not in ("added", "removed"):
                self._tell(event, commit, release)
        self._go_back(happened)

    def _pairs(self, commit: Commit) -> Iterator[Pair]:
        """The files of a commit before and after it, those that could be read."""
        for file in commit.files:
            old = self.versions[file.old, self.language(file.old_path)] if file.old else EMPTY
            new = self.versions[file.new, self.language(file.new_path)] if file.new else EMPTY
            if old is None or new is None:
                self.history.left_out["versions of files that could not be read"] += 1
            else:
                yield Pair(file.old_path, file.new_path, old, new)

    def _tell(self, event: Event, commit: Commit, release: str) -> None:
        """Notes what happened to a symbol of today, and what is gone."""
        symbol = self.now.get((event.path, event.name))
        if symbol is None and event.kind == "added":  # it was there before, and came again
            symbol = self.added.get((event.path, event.name))
        if event.kind == "kept" or (symbol is None) != (event.kind == "removed") or _is_apart(event.path):
            return
        is_current = symbol is not None and event.kind != "deprecated" and self._settle(symbol, event)
        before = {"renamed": event.old_name, "moved": event.old_path, "changed": event.old_signature}
        self.history.changes.append(
            Change(
                kind=event.kind, name=event.name, symbol_kind=event.item.kind, path=event.path,
                symbol_id=symbol.id if symbol else None, before=before.get(event.kind, ""),
                after=event.item.signature if event.old_signature else "", commit=commit.id, date=commit.date,
                release=release, subject=commit.subject, reason=commit.reason, is_current=is_current,
            )
        )  # fmt: skip

    def _settle(self, symbol: Symbol, event: Event) -> bool:
        """Whether a symbol is today as this commit, the first one met, left it."""
        if symbol.id in self.settled:
            return False
        self.settled.add(symbol.id)
        key = (self.blobs.get(symbol.path, ""), symbol.language)
        if key not in self.versions:
            self._parse([key])
        today = self.versions[key]
        return today is not None and today.items.get(symbol.qualified_name) == event.item

    def _go_back(self, happened: Sequence[Event]) -> None:
        """From the names after a commit to those before it."""
        before: dict[Key, Symbol] = {}
        for event in happened:
            if event.kind in ("renamed", "moved", "kept", "added"):
                symbol = self.now.pop((event.path, event.name), None)
                if symbol and event.kind == "added":
                    self.added[event.path, event.name] = symbol
                elif symbol:
                    before[event.old_path, event.old_name] = symbol
        self.now |= before


def version_of(content: bytes | None, language: str, config: BuildConfig) -> Version | None:
    """The definitions of one version of a file; None when it cannot be read."""
    if content is None or len(content) > config.max_file_bytes or unwanted_content("", content, config):
        return None
    text = redact(content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    syntax = READERS[language](text.encode())
    return None if syntax.timed_out else version_of_file(syntax, text)
