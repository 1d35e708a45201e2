"""Bad input: one clear line, the right exit code, nothing lost."""

import errno
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from safetensors import SafetensorError
from typer.testing import CliRunner

from forklift import cli
from forklift.workspace import locked

COMMANDS = ("lift", "build", "train", "test", "deploy", "ask", "chat", "mcp", "export")


def forklift(capsys, monkeypatch, *arguments):
    """(exit code, stderr lines) of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", ["forklift", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code, capsys.readouterr().err.strip().splitlines()


@pytest.fixture
def fails(capsys, monkeypatch, tmp_path):
    """Asserts that a command fails with `code` and exactly one line that contains `text`."""
    monkeypatch.chdir(tmp_path)

    def check(*arguments, text, code=1):
        actual, lines = forklift(capsys, monkeypatch, *arguments)
        errors = [line for line in lines if line.startswith("forklift: ")]
        assert (actual, len(errors)) == (code, 1), lines
        assert text in errors[0]
        assert "Traceback" not in "".join(lines)

    return check


def test_repository_that_is_no_directory(fails, tmp_path):
    file = tmp_path / "file.py"
    file.write_text("x = 1\n")
    fails("build", file, text="file.py")
    fails("build", tmp_path / "nowhere", text="nowhere")


def test_empty_directory(fails, tmp_path):
    (tmp_path / "empty").mkdir()
    fails("build", tmp_path / "empty", text="empty")


def test_directory_without_code(fails, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("hello\n")
    fails("build", tmp_path / "notes", text="no code")


def test_lift_directory_that_is_something_else_is_left_alone(fails, tmp_path, shop):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_bytes(b"meow")
    fails("build", shop, "-o", other, text="holds no lift")
    assert [path.name for path in other.iterdir()] == ["cat.jpg"]
    fails("train", other, text="not a lift directory")


def test_stages_ask_for_the_stage_before(fails, tmp_path, shop_lift):
    fails("test", shop_lift.root, text="forklift train")
    fails("deploy", shop_lift.root, text="forklift train")


def test_unknown_model_and_settings(fails, shop_lift, tmp_path):
    fails("train", shop_lift.root, "--model", "no-such-model", text="unknown model")
    (tmp_path / "empty-model").mkdir()
    fails("train", shop_lift.root, "--model", tmp_path / "empty-model", text="config.json")
    fails("train", shop_lift.root, "--minutes", "-1", text="minutes")
    fails("train", shop_lift.root, "--adapter", "magic", text="adapter")


def test_teachers_that_are_none_or_not_needed(fails, shop, tmp_path):
    fails("build", shop, "-o", tmp_path / "lift", "--dry-run", text="there is no teacher: name one, as in --teacher")
    fails("build", shop, "-o", tmp_path / "lift", "--teacher", "m@nowhere", text="'m@nowhere' is no model")
    fails("build", shop, "-o", tmp_path / "lift", "--teacher", "m@http://h/v1#fast=1", text="is no option")


def test_a_dry_run_of_teachers_exits_with_0(capsys, monkeypatch, shop, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["forklift", "build", str(shop), "--teacher", "gpt-4.1-mini", "--dry-run"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 0
    printed = capsys.readouterr()
    assert "in all" in printed.out
    assert "nothing was asked" in printed.err


def test_usage_errors_exit_with_2(fails):
    fails("build", text="Missing argument", code=2)
    fails("bild", "x", text="No such command", code=2)


def test_damaged_manifest(fails, tmp_path):
    (tmp_path / "lift").mkdir()
    (tmp_path / "lift" / "manifest.json").write_text("{")
    fails("train", tmp_path / "lift", text="damaged")


def test_damaged_artefacts(fails, tmp_path, shop_lift, tiny_model):
    root = shutil.copytree(shop_lift.root, tmp_path / "lift")
    index, rows = root / "index.sqlite", root / "dataset" / "data" / "train.parquet"
    index.write_bytes(index.read_bytes()[:5000])
    fails("ask", root, "What is Stock?", text="delete it and build again")
    index.write_bytes(b"not a database at all")
    fails("ask", root, "What is Stock?", text="index.sqlite is damaged")
    rows.write_bytes(rows.read_bytes()[:1000])
    fails("train", root, "--model", tiny_model, text="train.parquet is damaged")


def test_a_lift_in_use(fails, shop_lift, tiny_model):
    with locked(shop_lift):
        fails("train", shop_lift.root, "--model", tiny_model, text="in use by another forklift")


def test_no_network_and_no_such_model(fails, shop_lift):
    fails("train", shop_lift.root, "--model", "nobody/has-this", text="check the name and the network")


def test_ask_corrects_a_denial_of_what_exists(monkeypatch, shop_lift):
    denial = "There is no `Stock` in shop. The closest name is `Stock`."
    monkeypatch.setattr("forklift.answerers.answer_one", lambda *_: denial)
    result = CliRunner().invoke(cli.app, ["ask", str(shop_lift.root), "What does Stock do?"])
    assert "Correction from the index: `Stock` (src/shop/stock.py:" in " ".join(result.stdout.split())


def test_chat_answers_every_line(capsys, monkeypatch, tmp_path, shop_lift, tiny_model):
    root = shutil.copytree(shop_lift.root, tmp_path / "lift")
    shutil.copytree(tiny_model, root / "models" / "sft")
    (root / "models" / "sft" / "training.json").write_text(json.dumps({"base": str(tiny_model)}))
    monkeypatch.setattr(sys, "stdin", io.StringIO("What is \x1b[31m`Stock`?\n\nWho calls `restock`?\n"))
    code, said = forklift(capsys, monkeypatch, "chat", root, "--model", "sft+retrieval+checked", "--max-tokens", "8")
    assert code == 0
    assert said == ["ask about shop; Ctrl-D ends"]


def test_chat_knows_its_models(fails, shop_lift):
    fails("chat", shop_lift.root, "--model", "sft+luck", text="unknown model 'sft+luck'")
    fails("chat", shop_lift.root, text="forklift train")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen(command):
    """In a process of its own: with others in the tests' process its output was once taken away."""
    asked = subprocess.run([sys.executable, "-m", "forklift", command, "--help"], capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert f"forklift {command}" in asked.stdout
    assert len(asked.stdout.splitlines()) <= 40


def test_port_in_use(fails, tmp_path, shop_lift):
    from forklift.workspace import Lift, record_stage, write_json

    lift = Lift(tmp_path / "served")
    lift.root.mkdir()
    write_json(lift.manifest, {"schema": 1, "stages": {}})
    record_stage(lift, "build", "k", None)
    record_stage(lift, "train:sft", "k", None, base="smollm2-135m")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        fails("deploy", lift.root, "--port", taken.getsockname()[1], text="in use")


def test_terminal_gets_no_control_characters():
    assert cli.printable("a\x1b[31mb\x07\u202ec\n") == "a[31mbc\n"


def hear_interrupts():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore them


def test_interrupted_training_says_so_and_goes_on(shop, tiny_model, tmp_path):
    root = tmp_path / "lift"
    build = [sys.executable, "-m", "forklift", "build", str(shop), "-o", str(root)]
    assert subprocess.run(build, capture_output=True, check=False).returncode == 0
    train = [sys.executable, "-m", "forklift", "train", str(root), "--model", str(tiny_model)]
    process = subprocess.Popen(train, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts)
    plan = root / "models" / ".sft.work" / "plan.json"
    deadline = time.monotonic() + 60
    while not plan.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130, errors
    assert "run the same command again to go on" in errors
    assert "Traceback" not in errors
    planned = plan.read_text()
    again = subprocess.Popen(train, stderr=subprocess.PIPE, text=True)
    for line in again.stderr:
        if "resuming" in line:
            break
    assert plan.read_text() == planned
    again.kill()
    again.wait()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "model.safetensors"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"),  # torch.save
    ],
)
def test_a_full_disk_is_one_clear_line_whoever_notices_it(fails, monkeypatch, error):
    def full(*_, **__):
        raise error

    monkeypatch.setattr(cli, "app", full)
    fails("build", "x", text="the disk is full")
