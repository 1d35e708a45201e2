"""An index that is brought up to date is the one that would be made anew, and reads only what changed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repositories import PYTHON, C, commit, git, write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, documented, open_index
from forklift.index.documents import read_document
from forklift.records import Block

PLACE = "(SELECT one.path || ':' || one.dotted || ':' || one.kind FROM symbols AS one WHERE one.id = {})"
SYMBOLS = f"""
SELECT name, qualified_name, kind, language, path, line, end_line, doc, signature, parameters, returns, bases,
decorators, value, {PLACE.format("symbols.parent_id")}, is_test, round(rank, 4), dotted, weight, is_static FROM symbols
"""
USES = f"SELECT kind, name, path, line, {PLACE.format('scope_id')}, {PLACE.format('target_id')} FROM uses"
PARAMETERS = f"SELECT name, {PLACE.format('symbol_id')} FROM parameters"
FILES = "SELECT path, language, size_bytes, lines, doc, is_test, module, content FROM files"
NOTICES = f"SELECT kind, {PLACE.format('symbol_id')}, version, text, path, line FROM notices"
SECTIONS = "SELECT path, line, end_line, heading, trail, summary, blocks FROM sections"
PASSAGES = f"""
SELECT sections.path, sections.line, sections.heading, {PLACE.format("symbol_id")}, kind, passages.line
FROM passages JOIN sections ON sections.id = section_id
"""
MEANINGS = f"""
SELECT DISTINCT asked.path, written, hint, meanings.name, last, {PLACE.format("symbol_id")}
FROM asked JOIN meanings ON meanings.id = meaning_id
"""
TABLES = (
    *(SYMBOLS, USES, PARAMETERS, FILES, NOTICES, SECTIONS, PASSAGES, MEANINGS),
    *("SELECT name FROM words", "SELECT * FROM reads", "SELECT * FROM meta", "SELECT path FROM told"),
)


def contents(database: Path) -> list[list[tuple[object, ...]]]:
    """All that an index says, without its ids."""
    with closing(sqlite3.connect(database)) as connection:
        return [sorted(connection.execute(query), key=repr) for query in TABLES]


def found(database: Path, words: str) -> list[tuple[str, str]]:
    with open_index(database) as index:
        return sorted((one.path, one.qualified_name) for one in index.search(words, 50))


def updated(root: Path, database: Path) -> int:
    """Brings the index up to date, checks that it is as good as new. Gives the number of files that were read."""
    totals = []
    build_index(
        root, database, BuildConfig(), lambda what, done, total: totals.append(total) if what == "index" else None
    )
    new = database.with_suffix(".new")
    new.unlink(missing_ok=True)
    build_index(root, new, BuildConfig(), silent)
    for is_now, should_be in zip(contents(database), contents(new), strict=True):
        assert is_now == should_be
    for words in ("fill", "pond area", "check level", "hull sink", "ripples of water"):
        assert found(database, words) == found(new, words)
    return totals[0]


def test_nothing_changed(tmp_path):
    root = write(tmp_path / "repo", C | PYTHON)
    assert updated(root, tmp_path / "index") == len(C | PYTHON)
    assert updated(root, tmp_path / "index") == 0


def test_touched_files_with_the_same_content_are_not_read(tmp_path):
    root = write(tmp_path / "repo", C | PYTHON)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    for path in root.rglob("*.c"):
        os.utime(path, (1, 1))
    assert updated(root, tmp_path / "index") == 0


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.c", "int fill(int level) { return level; }\n"),
        ("src/main.c", ""),
        ("src/main.c", '#include "pond.h"\nint main(void) { return check(); }\nint check(void) { return 2; }\n'),
        ("include/pond.h", "/* Says what it does. */\nint pond_fill(struct pond *pond, int level);\n"),
        ("include/pond.h", "int nowhere(void);\nint pond_fill(struct pond *pond, int level);\n"),
        ("src/boats/hull.py", "class Hull: ...\n"),
        ("src/boats/errors.py", "class LeakError(Exception): ...\nDEEP = 3\n"),
        ("README.md", "# Other\n"),
        ("binary.c", "\0"),
        ("script.sh", "go() { echo; }\n"),
    ],
)
def test_one_file_changed_or_came(tmp_path, path, content):
    root = write(tmp_path / "repo", C | PYTHON)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    write(root, {path: content})
    assert updated(root, tmp_path / "index") == 1
    write(root, {path: (C | PYTHON).get(path, "int other;\n")})
    assert updated(root, tmp_path / "index") == 1


@pytest.mark.parametrize("path", sorted(C | PYTHON))
def test_a_file_went(tmp_path, path):
    root = write(tmp_path / "repo", C | PYTHON)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    (root / path).unlink()
    assert updated(root, tmp_path / "index") == 0


VERSIONS = (
    "",
    "int alpha(int level) { return beta(level); }\n",
    "static int alpha(void) { return gamma_(); }\nint gamma_(void) { return alpha(); }\n",
    "/* Is the first. */\nint alpha(int level);\n\nint beta(int);\n",
    "int beta(int level) { int alpha = 1; return alpha(level); }\n",
    "/** Other words. */\nint alpha(int level);\n#define gamma_(x) alpha(x)\n",
    "/* Twice. */\nint beta(int level) { return 1; }\nstatic int delta(void);\nint use(void) { return delta(); }\n",
)


@given(
    states=st.lists(
        st.dictionaries(st.sampled_from(["a.c", "b.c", "b.h", "d/a.h"]), st.sampled_from(VERSIONS), max_size=4),
        min_size=2, max_size=4,
    )
)  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_sequence_of_versions(tmp_path_factory, states):
    root = tmp_path_factory.mktemp("versions") / "repo"
    for state in states:
        write(root, {"good.c": "int good(void) { return alpha(1) + beta(2) + gamma_(); }\n"})
        for path in ("a.c", "b.c", "b.h", "d/a.h"):
            (root / path).unlink(missing_ok=True)
        write(root, state)
        updated(root, root.parent / "index")


def test_the_next_commit(tmp_path):
    root = write(tmp_path / "repo", C)
    commit(root)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    write(root, {"src/main.c": "int main(void) { return 0; }\n"})
    commit(root, "Do nothing")
    assert updated(root, tmp_path / "index") == 1
    git(root, "rm", "-q", "src/main.c")
    commit(root, "Remove it")
    assert updated(root, tmp_path / "index") == 0


def test_a_rewritten_history(tmp_path):
    root = write(tmp_path / "repo", C)
    commit(root, "Start")
    write(root, {"src/main.c": "int main(void) { return 0; }\n"})
    commit(root, "Do nothing")
    updated(root, tmp_path / "index")
    write(root, {"src/main.c": "int main(void) { return 1; }\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "--amend", "-m", "Fail at once")
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")  # the commit that the index was made from is nowhere now
    assert updated(root, tmp_path / "index") == 1
    with open_index(tmp_path / "index") as index:
        (main,) = (one for one in index.find("main") if one.path == "src/main.c")
        assert [one.subject for one in index.changes_of(main.id)] == ["Fail at once"]


def test_other_settings_another_version_or_damage_begin_anew(tmp_path):
    root = write(tmp_path / "repo", C)
    totals: list[int] = []

    def noted(what: str, _: int, total: int) -> None:
        if what == "index":
            totals.append(total)

    def build(config: BuildConfig) -> int:
        build_index(root, tmp_path / "index", config, noted)
        return totals[-1]

    assert build(BuildConfig()) == len(C)
    assert build(BuildConfig(max_file_bytes=900_000)) == len(C)
    content = bytearray((tmp_path / "index").read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    (tmp_path / "index").write_bytes(content)
    build(BuildConfig(max_file_bytes=900_000))
    assert contents(tmp_path / "index")
    (tmp_path / "index").write_bytes(b"no database")
    assert build(BuildConfig()) == len(C)


DOCUMENTS = {
    "docs/ponds.md": "# Ponds\n\n`pond_fill()`, `pond_drain()` `drained`.\n\n## Boat\n\n`Hull.area` and `Hull.sink`\n",
    "docs/else.md": "# Elsewhere\n\nNothing is said of `pond_check` here, only of `Mast`.\n",
    "CHANGES.md": "## 1.1\n\n- `pond_fill` takes a level.\n- `Hull` sinks because of leaks.\n",
}
COMMENTED = (
    "/* Levels are kept in metres because feet are not exact enough here. */\n"
    "int pond_drain(int level) { return level; }\n"
)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("src/drain.c", COMMENTED),
        ("src/drain.c", COMMENTED.replace("metres", "inches")),
        ("src/other.c", "int pond_check(int level) { return level; }\nint pond_fill(void);\n"),
        ("docs/else.md", "# Elsewhere\n\nOf `pond_fill()`.\n"),
        ("src/boats/pond_fill.py", "a = 1\n"),
        ("src/drained.c", "int a;\n"),
        ("docs/new.md", "# New\n\nOf `Hull.area` and `pond_drain()`.\n"),
        ("CHANGES.md", "## 1.2\n\n- `pond_drain()` is new, as is `pond_fill()`.\n"),
        ("src/boats/hull.py", "from .base import Base\n\n\nclass Hull(Base):\n    area = 1\n\n\nclass Mast: ...\n"),
        ("src/boats/hull.py", "class Keel:\n    area = 1\n"),
    ],
)
def test_what_texts_say(tmp_path, path, content):
    files = C | PYTHON | DOCUMENTS | {"src/drain.c": COMMENTED.replace("exact", "good") + "int drained(void);\n"}
    root = write(tmp_path / "repo", files)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    write(root, {path: content})
    assert updated(root, tmp_path / "index") == 1
    (root / path).unlink()
    assert updated(root, tmp_path / "index") == 0


def test_only_documents_that_mention_what_changed_are_read_again(tmp_path, monkeypatch):
    root = write(tmp_path / "repo", C | PYTHON | DOCUMENTS)
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    read: list[str] = []

    def noting(path: str, text: str) -> Iterator[Block]:
        read.append(path)
        return read_document(path, text)

    monkeypatch.setattr(documented, "read_document", noting)
    write(root, {"src/drain.c": COMMENTED})
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    assert read == ["docs/ponds.md"]


def test_few_new_symbols_among_many_keep_the_ranks(tmp_path):
    text = "int f{0}(void) {{ return f{1}(); }}\nstatic int s{0}(void) {{ return 1; }}\n"
    files = {f"f{n}.c": text.format(n, n // 3) for n in range(300)}
    root = write(tmp_path / "repo", files)
    build_index(root, tmp_path / "index", BuildConfig(), silent)

    def ranks() -> dict[str, float]:
        with open_index(tmp_path / "index") as index:
            return {one.name: one.rank for one in index.symbols()}

    before = ranks()
    write(root, {"f3.c": files["f3.c"] + "int fresh(void) { return f7(); }\n"})
    build_index(root, tmp_path / "index", BuildConfig(), silent)
    assert ranks() == before | {"fresh": 0.0}
    for n in range(3):  # too many by now: all are ranked again
        write(root, {"f3.c": files["f3.c"] + f"int fresh(void) {{ return f{n}(); }}\n"})
        build_index(root, tmp_path / "index", BuildConfig(), silent)
    assert ranks()["fresh"] > 0
