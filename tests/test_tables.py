"""Records in Parquet files: the same when they come back, or one clear error."""

import contextlib
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forklift.errors import WorkspaceError
from forklift.records import Answer, Fact, Question
from forklift.tables import read_rows, write_rows

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
lists = st.lists(words, max_size=3).map(tuple)
FACT = Fact("id", "facet", "relation", "subject", "kind", ("a", "b"), "a.py", 1, 2)
facts = st.builds(
    replace, st.just(FACT), subject=words, objects=lists, line=st.integers(0, 2**40), rank=st.floats(0, 1)
)


def test_every_type_of_a_record_comes_back(tmp_path):
    @dataclass(frozen=True)
    class Row:
        whole: int
        real: float
        flag: bool
        text: str
        many: tuple[str, ...]

    rows = [Row(1, 0.5, True, "é\0\n", ("x", "")), Row(-(2**40), -1e-9, False, "", ())]
    write_rows(tmp_path / "rows.parquet", rows, Row)
    back = read_rows(tmp_path / "rows.parquet", Row)
    assert back == rows
    assert [type(value) for value in vars(back[0]).values()] == [int, float, bool, str, tuple]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(facts, max_size=5))
def test_facts_survive_a_round(tmp_path, rows):
    write_rows(tmp_path / "facts.parquet", rows, Fact)
    assert read_rows(tmp_path / "facts.parquet", Fact) == rows


@pytest.mark.parametrize("kind", [Fact, Question, Answer])
def test_an_empty_table_keeps_its_columns(tmp_path, kind):
    import pyarrow.parquet as pq

    path = tmp_path / "deep" / "rows.parquet"
    write_rows(path, [], kind)
    assert read_rows(path, kind) == []
    assert pq.read_schema(path).names == list(kind.__slots__)


def test_a_failing_write_leaves_the_old_table(tmp_path):
    path = tmp_path / "facts.parquet"
    write_rows(path, [FACT], Fact)
    with pytest.raises(Exception, match=r".+"):
        write_rows(path, [replace(FACT, line="no number")], Fact)
    assert read_rows(path, Fact) == [FACT]
    assert [entry.name for entry in tmp_path.iterdir()] == ["facts.parquet"]


@pytest.mark.parametrize("size", [0, 3, 100, 400])
def test_a_truncated_table_is_one_clear_line(tmp_path, size):
    path = tmp_path / "facts.parquet"
    write_rows(path, [FACT] * 50, Fact)
    assert path.stat().st_size > 400
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(
        WorkspaceError, match=r"facts\.parquet is damaged .*: delete it and run the stage again"
    ) as error:
        read_rows(path, Fact)
    assert len(str(error.value).splitlines()) == 1


def test_garbage_in_the_middle_is_noticed_or_read(tmp_path):
    """A page that does not decode must not end in anything but our own error."""
    path = tmp_path / "facts.parquet"
    write_rows(path, [replace(FACT, subject=f"name{n}") for n in range(500)], Fact)
    content = bytearray(path.read_bytes())
    for start in range(4, len(content) - 8, len(content) // 12):
        damaged = content[:]
        damaged[start : start + 40] = b"\xff" * len(damaged[start : start + 40])
        path.write_bytes(damaged)
        with contextlib.suppress(WorkspaceError):
            read_rows(path, Fact)


def test_missing_and_foreign_tables_are_clear(tmp_path):
    with pytest.raises(WorkspaceError, match="is missing: run the stage that makes it again"):
        read_rows(tmp_path / "nothing.parquet", Fact)
    write_rows(tmp_path / "facts.parquet", [FACT], Fact)
    with pytest.raises(WorkspaceError, match="is damaged"):
        read_rows(tmp_path / "facts.parquet", Answer)
