"""The lift directory: atomic, locked, and clear about what is wrong with it."""

import os
import subprocess
import sys

import pytest

from forklift.config import BuildConfig
from forklift.errors import WorkspaceError
from forklift.workspace import (
    Lift,
    create_lift,
    finished_stage,
    locked,
    open_lift,
    read_json,
    record_stage,
    replacing,
    require_stage,
    stage_key,
    write_json,
)

LOCK = """
import sys
from pathlib import Path
from forklift.errors import WorkspaceError
from forklift.workspace import locked, open_lift
try:
    with locked(open_lift(Path(sys.argv[1]))):
        print("got it")
except WorkspaceError as error:
    print(error)
"""


@pytest.fixture
def lift(tmp_path):
    return create_lift(tmp_path / "lift")


def lines(error):
    return len(str(error.value).splitlines())


def interrupted(path, write, error):
    """Begins to write to `path`, then fails."""
    with replacing(path) as temporary:
        write(temporary)
        raise error


# making and opening


def test_a_new_lift_is_empty_and_opens_again(lift):
    assert open_lift(lift.root) == create_lift(lift.root) == lift
    assert [path.name for path in lift.root.iterdir()] == ["manifest.json"]
    assert finished_stage(lift, "build") is None


def test_an_empty_directory_becomes_a_lift(tmp_path):
    (tmp_path / "empty").mkdir()
    assert create_lift(tmp_path / "empty").manifest.is_file()


def test_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="holds no lift"):
        create_lift(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(WorkspaceError, match="is a file"):
        create_lift(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_no_lift_to_open(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(WorkspaceError, match="is not a lift directory: make one with 'forklift build"):
            open_lift(place)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": 1, "stages"', b"\xff\xfe", b"[]", b"3", b'{"schema": 99}'])
def test_a_damaged_manifest_is_one_clear_line(lift, content):
    lift.manifest.write_bytes(content)
    for way in (open_lift, create_lift):
        with pytest.raises(WorkspaceError, match=r"manifest\.json is (damaged|not a manifest)") as error:
            way(lift.root)
        assert lines(error) == 1


def test_paths_lie_inside(lift):
    places = [lift.manifest, lift.source, lift.index, lift.facts, lift.dataset, lift.scores, lift.model("sft")]
    assert len(set(places)) == len(places)
    assert all(place.is_relative_to(lift.root) for place in places)


# stages


def test_a_recorded_stage_is_finished_with_its_details(lift):
    record_stage(lift, "build", "k1", BuildConfig(seed=3), symbols=7)
    record_stage(lift, "test", "k2", None)
    entry = finished_stage(lift, "build")
    assert (entry["key"], entry["symbols"], entry["config"]["seed"]) == ("k1", 7, 3)
    assert require_stage(lift, "test", "forklift test") == {"key": "k2", "config": None}
    with pytest.raises(WorkspaceError, match="has no finished train:sft: run 'forklift train' first"):
        require_stage(lift, "train:sft", "forklift train")


def test_keys_change_with_everything_that_matters():
    keys = [
        stage_key(1, BuildConfig(), "input"),
        stage_key(2, BuildConfig(), "input"),
        stage_key(1, BuildConfig(seed=1), "input"),
        stage_key(1, BuildConfig(), "other"),
        stage_key(1, BuildConfig(), "input", "more"),
        stage_key(1, None, "input"),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == stage_key(1, BuildConfig(seed=0), "input")


# files


def test_json_survives_a_round(lift):
    value = {"a": [1, 2.5, None, "é\n\u2028"], "b": {}}
    write_json(lift.root / "deep" / "value.json", value)
    assert read_json(lift.root / "deep" / "value.json") == value


def test_unreadable_json_is_one_clear_line(lift):
    with pytest.raises(WorkspaceError, match="is missing: run the stage that makes it again"):
        read_json(lift.root / "nothing.json")
    with pytest.raises(WorkspaceError, match="is damaged") as error:
        read_json(lift.root)
    assert lines(error) == 1


def test_what_was_written_takes_its_place_as_it_is(lift):
    with replacing(lift.facts) as temporary:
        temporary.write_text("facts")
        written = temporary.stat().st_ino
    assert lift.facts.stat().st_ino == written  # moved, in one step, and not copied


def test_a_failing_write_leaves_the_old_content_and_nothing_else(lift):
    path = lift.root / "value.json"
    write_json(path, 1)
    with pytest.raises(TypeError):
        write_json(path, object())
    with pytest.raises(ZeroDivisionError):
        interrupted(path, lambda temporary: temporary.write_text("half"), ZeroDivisionError)
    assert read_json(path) == 1
    assert {entry.name for entry in lift.root.iterdir()} == {"manifest.json", "value.json"}


def test_a_directory_is_replaced_as_a_whole(lift):
    for content in ("one", "two"):
        with replacing(lift.dataset) as temporary:
            temporary.mkdir()
            (temporary / content).write_text(content)
    assert [entry.name for entry in lift.dataset.iterdir()] == ["two"]


def test_a_failing_directory_leaves_the_old_one(lift):
    with replacing(lift.dataset) as temporary:
        temporary.mkdir()
        (temporary / "good").write_text("good")
    with pytest.raises(KeyboardInterrupt):
        interrupted(lift.dataset, lambda temporary: temporary.mkdir(), KeyboardInterrupt)
    assert [entry.name for entry in lift.dataset.iterdir()] == ["good"]
    assert not list(lift.root.glob(".*.partial"))


def test_leftovers_of_a_kill_are_in_nobodys_way(lift):
    (lift.root / ".dataset.partial").mkdir()
    (lift.root / ".dataset.partial" / "half").write_text("half")
    with replacing(lift.dataset) as temporary:
        temporary.write_text("now a file")
    assert lift.dataset.read_text() == "now a file"


def test_what_a_link_points_to_is_left_alone(lift, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("keep")
    lift.dataset.symlink_to(tmp_path / "precious")
    (lift.root / ".dataset.partial").symlink_to(tmp_path / "precious")
    with replacing(lift.dataset) as temporary:
        temporary.mkdir()
    assert (tmp_path / "precious" / "file").read_text() == "keep"
    assert not lift.dataset.is_symlink()


# locks


def test_one_writer_at_a_time(lift):
    def other() -> str:
        return subprocess.check_output([sys.executable, "-c", LOCK, lift.root], text=True).strip()

    with locked(lift):
        assert other() == f"{lift.root} is in use by another forklift: wait or stop it"
        with pytest.raises(WorkspaceError, match="in use"), locked(lift):
            pass
    assert other() == "got it"


def test_a_lock_is_free_again_after_a_failure(lift):
    with pytest.raises(ZeroDivisionError), locked(lift):
        raise ZeroDivisionError
    with locked(lift):
        pass


def test_a_read_only_place_is_the_systems_error(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        create_lift(tmp_path / "lift")


def test_a_lift_is_its_root(tmp_path):
    assert Lift(tmp_path).manifest == tmp_path / "manifest.json"
