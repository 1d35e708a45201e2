"""Lookups in a finished index."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repositories import C, indexed, write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import IndexingError
from forklift.index import build_index, lookups, open_index
from forklift.index.lookups import BEST_FIRST, COLUMNS
from forklift.index.parse import Parsed
from forklift.index.shards import write_rows
from forklift.index.store import INDEXES, SCHEMA, append, open_for_writing
from forklift.index.syntax.model import Definition, Syntax
from forklift.records import Location, Symbol


def named(found: list[Symbol]) -> list[str]:
    return [one.qualified_name for one in found]


def test_meta(boats):
    assert len(boats.meta["commit"]) == 40
    assert {key: boats.meta[key] for key in ("name", "licence", "version", "left_out", "schema")} == {
        "name": "boats", "licence": "MIT", "version": "1.2", "left_out": "{}", "schema": "8",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("sink", "Base.sink"),
        ("Hull.area", "Hull.area"),
        ("hull.Hull.area", "Hull.area"),
        ("boats.hull.Hull.area", "Hull.area"),
        ("boats.Hull", "Hull"),  # imported into the package
        ("boats.Hull.sink", "Base.sink"),  # and inherited
        ("Hull.sink", "Base.sink"),
        ("Hull::area", "Hull.area"),
        ("self.thickness", "Hull.thickness"),
    ],
)
def test_find(boats, name, first):
    assert named(boats.find(name))[0] == first


@pytest.mark.parametrize("name", ["", ".", "nope", "Hull.nope", "boats.nope", "Log.area", "ull.area", "x" * 9999, "%"])
def test_find_nothing(boats, name):
    assert boats.find(name) == []


def test_find_a_few_of_many(reading):
    text = "static int probe(void) {{ return {0}; }}\nint go{0}(void) {{ return probe(); }}\n"
    text += "struct s{0} {{ int probe; }};\n"
    index = reading({f"{'tests' if n % 3 else 'd'}/f{n}.c": text.format(n) for n in range(30)})
    found = index.find("probe")
    assert len(found) == 60
    assert [one.is_test for one in found] == sorted(one.is_test for one in found)
    assert [index.find("probe", limit) for limit in (0, 1, 7, 99)] == [[], found[:1], found[:7], found]
    here = [one for one in found if one.path == "tests/f4.c"]
    assert len(here) == 2
    assert [index.find("probe", path=path) for path in ("f4.c", "./tests/f4.c", "4.c", "d/f4.c")] == [
        here,
        here,
        [],
        [],
    ]


def test_closest_among_the_names_that_are_called_most(reading, monkeypatch):
    text = "int call_it(void) {{ return {0}; }}\nstatic int cal_it{0}(void) {{ return call_it(); }}\n"
    files = {f"f{n}.c": text.format(n) for n in range(5)}  # defined five times, so that no call is certain
    monkeypatch.setattr(lookups, "MOST_NAMES", 1)
    assert named(reading(files).closest("cal_it")) == ["call_it"]


def test_find_through_a_package_in_a_file(boats):
    assert named(boats.find("boats.Hull.sink", path="boats/hull.py")) == ["Base.sink"]
    assert boats.find("boats.Hull.sink", path="errors.py") == []


def test_the_best_of_many_namesakes_are_found_without_sorting_them(tmp_path):
    with closing(sqlite3.connect(tmp_path / "index")) as connection:
        connection.executescript(SCHEMA + INDEXES)
        query = f"EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM symbols WHERE name = ? {BEST_FIRST} LIMIT 1"
        assert [row[3] for row in connection.execute(query, "x")] == [
            "SEARCH symbols USING INDEX symbols_name (name=?)"
        ]


def test_find_puts_central_symbols_before_tests(pond):
    assert [one.path for one in pond.find("main")] == ["src/main.c", "tests/test_pond.c"]


@pytest.mark.parametrize(
    ("mention", "place"),
    [
        ("`Hull.area()`", Location("Hull.area", "method", "src/boats/hull.py", 63)),
        ("launch(hull, champagne=False)", Location("launch", "function", "src/boats/hull.py", 98)),
        ("src/boats/hull.py", Location("src/boats/hull.py", "file", "src/boats/hull.py", 1)),
        ("boats/hull.py", Location("src/boats/hull.py", "file", "src/boats/hull.py", 1)),
        ("hull.py:12", Location("src/boats/hull.py", "file", "src/boats/hull.py", 1)),
        ("src/boats/", Location("src/boats", "directory", "src/boats", 1)),
        ("boats.hull", Location("boats.hull", "module", "src/boats/hull.py", 1)),
        ("boats", Location("boats", "module", "src/boats/__init__.py", 1)),
        ("champagne", Location("champagne", "parameter", "src/boats/hull.py", 98)),
        ("*decks", Location("decks", "parameter", "src/boats/hull.py", 47)),
        ("README.md", Location("README.md", "file", "README.md", 1)),
    ],
)
def test_locate(boats, mention, place):
    assert boats.locate(mention) == place


@pytest.mark.parametrize("mention", ["", "`", "nope", "src/nope.py", "Hull.nope()", "nope/", "boats/nope.py", "()"])
def test_locate_nothing(boats, mention):
    assert boats.locate(mention) is None
    assert not boats.knows(mention)


def test_what_is_only_used_is_known(boats):
    assert boats.knows("math.sqrt")
    assert boats.knows("fast_math")
    assert boats.knows("problem")
    assert not boats.knows("Captain.sqrt")  # both exist, but a class has no members that nobody defined


def test_names(boats):
    names = boats.names()
    assert names >= {
        "Hull", "Hull.area", "champagne", "hull.py", "hull", "src/boats/hull.py", "src/boats", "src", "boats.hull",
        "math", "sqrt", "math.sqrt", "LeakError", "pyproject.toml",
    }  # fmt: skip
    assert "" not in names


def test_closest(boats):
    assert named(boats.closest("lanch"))[0] == "launch"
    assert named(boats.closest("Hull.arae", limit=1)) == ["Hull.area"]
    assert named(boats.closest("LeekEror", limit=1)) == ["LeakError"]
    assert boats.closest("", limit=2) == boats.closest("", limit=2)
    assert boats.closest("launch", limit=0) == []


def test_names_with_dots(tmp_path):
    write(tmp_path / "repo", {"Makefile": "server.key:\n\topenssl genrsa -out server.key\n"})
    with indexed(tmp_path / "repo") as index:
        assert named(index.find("server.key")) == ["server.key"]
        assert named(index.closest("srver.key", 1)) == ["server.key"]


def test_search(boats):
    assert named(boats.search("how does a hull slide into the water?", 3))[0] == "launch"
    assert named(boats.search("what does Hull.area return", 1)) == ["Hull.area"]
    assert "LeakError" in named(boats.search("leak errors", 3))
    assert named(boats.search("max depth", 1)) == ["MAX_DEPTH"]
    assert boats.search("hull", 5) == boats.search("hull", 5)
    assert boats.search("hull", 0) == []


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_asked(boats, text):
    boats.search(text, 3)
    boats.closest(text)
    boats.locate(text)
    boats.knows(text)


@given(
    st.lists(st.sampled_from(["AND", "NOT", "OR", "NEAR(", '"', "*", "^", ":", "name:", "(", ")", "-", "hull", "\0"]))
)
def test_search_syntax_is_only_text(boats, words):
    boats.search(" ".join(words), 3)


def test_lines(boats):
    path = "src/boats/hull.py"
    assert boats.lines(path, 1, 1) == ['"""Hulls and their errors."""']
    assert boats.lines(path, -5, 0) == []
    assert boats.lines(path, 5, 2) == []
    assert boats.lines("nope.py", 1, 9) == []


def test_rank(boats, pond):
    ranks = {one.qualified_name: one.rank for one in boats.symbols()}
    assert max(ranks.values()) == 1
    assert ranks["Hull"] > ranks["make"] > ranks["test_area"]
    assert all(0 <= one.rank <= 1 for one in [*boats.symbols(), *pond.symbols()])
    assert all(one.rank < 0.1 for one in pond.symbols() if one.is_test)


def test_one_repository_gives_one_index(tmp_path):
    root = write(tmp_path / "pond", C)
    with indexed(root) as one:
        first = one.symbols(), one.references(), one.files()
    with indexed(root) as other:
        assert (other.symbols(), other.references(), other.files()) == first


def test_threads_share_an_index(boats):
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(bool(boats.search("hull", 3)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


# files that are no index


def test_what_is_no_index_is_said(tmp_path):
    whole = tmp_path / "pond.sqlite"
    build_index(write(tmp_path / "pond", C), whole, BuildConfig(), silent)
    content = whole.read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello " * 1000)
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE x (y)").connection.close()
    (tmp_path / "newer").write_bytes(content)
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    for name, message in {
        "missing": "missing",
        "cut": "damaged",
        "empty": "no index",
        "text": "damaged",
        "other": "no index",
        "newer": "another version",
    }.items():
        with pytest.raises(IndexingError, match=message):
            open_index(tmp_path / name)


def test_a_failed_build_keeps_the_last_index(tmp_path):
    root = write(tmp_path / "pond", C)
    indexed(root).close()
    before = (tmp_path / "pond.sqlite").read_bytes()
    for file in root.rglob("*.[ch]"):
        file.write_text("")
    with pytest.raises(Exception, match="no code"):
        indexed(root)
    assert (tmp_path / "pond.sqlite").read_bytes() == before


def test_an_index_cut_anywhere_is_refused(tmp_path):
    whole = tmp_path / "pond.sqlite"
    build_index(write(tmp_path / "pond", C), whole, BuildConfig(), silent)
    content = whole.read_bytes()
    for share in (0.01, 0.2, 0.6, 0.9, 0.99):
        (tmp_path / "cut").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(IndexingError, match=r"damaged|truncated"):
            open_index(tmp_path / "cut")


# size


def many_files(count: int) -> list[Parsed]:
    words = ("read", "write", "open", "close", "parse", "build", "merge", "split", "table", "index")
    found: dict[str, list[Definition]] = {f"m{number}.sh": [] for number in range(500)}
    for number in range(1, count + 1):
        name = f"{words[number % 10]}_{words[number // 10 % 10]}_{number // 7}"
        found[f"m{number % 500}.sh"].append(Definition(name, name, "function", number, number + 1))
    return [Parsed(path, language="sh", syntax=Syntax(definitions)) for path, definitions in found.items()]


def test_lookups_are_fast_in_a_large_index(tmp_path: Path):
    write_rows(tmp_path / "shard", many_files(50_000), [""] * 500)
    with closing(open_for_writing(tmp_path / "big", SCHEMA)) as connection:
        append(connection, tmp_path / "shard")
        connection.executescript(INDEXES)
    with open_index(tmp_path / "big") as index:
        index.closest("warm")
        index.locate("m1.sh")

        def fastest_ms(action) -> float:
            times = []
            for _ in range(5):
                start = time.process_time()
                action()
                times.append(time.process_time() - start)
            return min(times) * 1000

        name = index.symbols()[40_000].name
        assert fastest_ms(lambda: index.find(name)) < 5
        assert fastest_ms(lambda: index.locate(f"{name}()")) < 5
        assert fastest_ms(lambda: index.closest("raed_tabel_77")) < 100
        assert fastest_ms(lambda: index.search("where is the index table merged", 10)) < 300
