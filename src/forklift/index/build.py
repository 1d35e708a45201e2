"""Repository -> index: list, read, parse, resolve, rank, write."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import Report
from forklift.errors import SourceError
from forklift.index import ctags
from forklift.index.assemble import assemble
from forklift.index.filters import is_test
from forklift.index.git import origin
from forklift.index.history import History, read_history
from forklift.index.licence import is_telling, licence_of, version_of
from forklift.index.notices import LOG, notices_of
from forklift.index.parse import Parsed, parse_all
from forklift.index.source import Source, open_source
from forklift.index.store import SCHEMA_VERSION, write_index
from forklift.records import File, Symbol

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What was indexed, and what was left out and why."""

    name: str
    commit: str  # "" without git
    files: int
    symbols: int
    references: int
    left_out: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def build_index(repo: Path, database: Path, config: BuildConfig, report: Report) -> IndexSummary:
    """Indexes the directory or bare clone `repo` into `database`, atomically.

    Raises SourceError when there is nothing to index, IndexingError without ctags or when writing fails.
    """
    ctags.program()
    source = open_source(repo, config)
    files = readable(source, list(parse_all(source.root, source.entries, config, report)))
    require_code(repo, source, files)
    named, references, modules = assemble(files)
    texts = {file.path: text_of(file) for file in files if is_telling(file.path)}
    history = history_of(source, files, [one for one, _ in named], config, report)
    name = name_of(source.root)
    meta = {
        "schema": str(SCHEMA_VERSION),
        "name": name,
        "commit": source.commit,
        "licence": licence_of(texts),
        "version": version_of(texts),
        "left_out": json.dumps(dict(sorted(source.left_out.items()))),
        "withheld": str(sum(file.withheld for file in files)),
    }
    rows = [(record(file), file, modules.get(file.path, "")) for file in files]
    write_index(database, meta, rows, named, references, words_of(files), history)
    left_out = dict(sorted(source.left_out.items()))
    unreadable = source.unreadable[:MOST_NAMED]
    return IndexSummary(name, source.commit, len(files), len(named), len(references), left_out, unreadable)


def history_of(
    source: Source, files: list[Parsed], symbols: list[Symbol], config: BuildConfig, report: Report
) -> History:
    """What git, the documentation and the change logs say of how the symbols came to be. What is left out is counted
    in `source`."""
    history = read_history(source, symbols, set(words_of(files)), config, report)
    source.left_out.update(history.left_out)
    told = {file.path: text_of(file) for file in files if file.language or LOG.fullmatch(file.path)}
    history.notices = list(notices_of(told, symbols, history.people))
    return history


def readable(source: Source, parsed: list[Parsed]) -> list[Parsed]:
    """The files that were read, by path, one per path; the others are counted in `source`."""
    kept: dict[str, Parsed] = {}
    for file in parsed:
        if file.names_only:
            source.left_out["syntax too slow to read: names only"] += 1
        if file.reason:
            source.left_out[file.reason] += 1
        if file.reason == "unreadable":
            source.unreadable.append(file.path)
        elif not file.reason:
            kept.setdefault(file.path, file)
    return [kept[path] for path in sorted(kept)]


def require_code(repo: Path, source: Source, files: list[Parsed]) -> None:
    """Raises SourceError, saying what was seen instead, when no file defines anything."""
    if any(file.syntax and file.syntax.definitions for file in files):
        return
    seen = len(files) + sum(source.left_out.values())
    reasons = [f"{count} {reason}" for reason, count in source.left_out.most_common()]
    if files:
        reasons.insert(0, f"{len(files)} text without definitions")
    raise SourceError(f"{repo} holds no code: {seen} files seen ({', '.join(reasons)})")


def name_of(root: Path) -> str:
    """What people call the repository: the last part of its origin, else its directory without a version."""
    url = origin(root) if (root / ".git").exists() or (root / "HEAD").is_file() else ""
    last = re.split(r"[/:]", url.rstrip("/"))[-1] if url else root.name
    return re.sub(r"-\d+(\.\w+)+$", "", last.removesuffix(".git")) or "repository"


def record(file: Parsed) -> File:
    doc = file.syntax.doc if file.syntax else ""
    return File(file.path, file.language, file.size_bytes, file.lines, doc, is_test(file.path))


def text_of(file: Parsed) -> str:
    return zlib.decompress(file.content).decode("utf-8")


def words_of(files: list[Parsed]) -> Iterator[str]:
    """Every identifier in code, once."""
    seen: set[str] = set()
    for file in files:
        new = (file.syntax.words if file.syntax else set()) - seen
        seen |= new
        yield from new
