"""Files that a worker cannot finish: the others are indexed, these as far as possible, and counted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from repositories import write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import SourceError
from forklift.index import build_index, open_index, shards
from forklift.index.shards import Chunk, divided
from forklift.index.source import Entry

CODE = "int {}(void) {{ return 1; }}\n"


def lost(function: object, chunks: list[Chunk], *_: object) -> Iterator[bool | None]:
    """A map whose workers die over files called deadly.c, or hang unless only names are asked for of slow.c."""
    for chunk in chunks:
        names = {entry.path for entry in chunk.entries}
        hangs = "deadly.c" in names or ("slow.c" in names and not chunk.names_only)
        yield None if hangs else shards.write_shard(chunk)


def test_files_that_kill_or_hang_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shards, "parallel_map", lost)
    root = write(tmp_path / "repo", {f"{name}.c": CODE.format(name) for name in ("before", "deadly", "slow", "then")})
    summary = build_index(root, tmp_path / "index", BuildConfig(), silent)
    assert summary.left_out == {"unreadable": 1, "syntax too slow to read: names only": 1}
    assert summary.unreadable == ["deadly.c"]
    with open_index(tmp_path / "index") as index:
        assert [one.name for one in index.symbols()] == ["before", "slow", "then"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "repo"]


def test_nothing_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shards, "parallel_map", lost)
    with pytest.raises(SourceError, match=r"1 files seen \(1 unreadable\)"):
        build_index(write(tmp_path / "repo", {"deadly.c": CODE}), tmp_path / "index", BuildConfig(), silent)
    assert not (tmp_path / "index").exists()


def test_workers_and_one_process_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = {f"d{number % 3}/f{number}.c": CODE.format(f"f{number}") for number in range(100)}
    root = write(tmp_path / "repo", files | {"a.py": "def a(): ...\n"})
    build_index(root, tmp_path / "one", BuildConfig(), silent)
    monkeypatch.setattr(shards, "FEW_FILES", 1)
    monkeypatch.setattr(shards, "FEW_BYTES", 1)
    build_index(root, tmp_path / "many", BuildConfig(), silent)
    rows = []
    for name in ("one", "many"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            rows.append(connection.execute("SELECT id, dotted, path, line, rank FROM symbols ORDER BY id").fetchall())
    assert rows[0] == rows[1]
    assert len(rows[0]) == 101


def test_chunks_are_neighbours_of_bounded_size():
    entries = [
        Entry(f"{number}.c", size) for number, size in enumerate([10, 2_000_000, 400_000, 700_000, 5] + [1] * 99)
    ]
    parts = list(divided(entries))
    assert [entry for part in parts for entry in part] == entries
    assert [len(part) for part in parts][:3] == [1, 1, 1]
    assert max(len(part) for part in parts) == shards.CHUNK_FILES


def test_many_symbols_of_one_name(tmp_path: Path):
    source = "static int probe(void) {{ return {0}; }}\nint go{0}(void) {{ return probe(); }}\n"
    files = {f"f{number}.c": source.format(number) for number in range(1_500)}
    summary = build_index(write(tmp_path / "repo", files), tmp_path / "index", BuildConfig(), silent)
    assert summary.symbols == 3_000
    with open_index(tmp_path / "index") as index:
        paths = {one.id: one.path for one in index.symbols()}
        assert all(use.target_id and paths[use.target_id] == use.path for use in index.references())
        assert len(index.find("probe")) == 1_500
