"""Two processes that train one model. `accelerate launch` starts those of GPUs just so; on a CPU it starts but one."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForCausalLM

from forklift.records import Question
from forklift.tables import read_rows, write_rows
from forklift.train import crew
from forklift.workspace import finished_stage, open_lift, read_json

LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


@pytest.fixture(scope="module")
def lift(shop_lift, tmp_path_factory):
    """A lift with few training rows."""
    root = tmp_path_factory.mktemp("crew") / "shop"
    shutil.copytree(shop_lift.root, root)
    lift = open_lift(root)
    path = lift.dataset / "data" / "train.parquet"
    rows = read_rows(path, Question)
    write_rows(path, [*rows[:60], *(row for row in rows[-20:] if row.direction == "absent")], Question)
    return lift


def launched(*arguments):
    kept = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [*LAUNCH, "-m", "forklift", "train", *map(str, arguments)]
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=200)


def test_two_processes_train_one_model(lift, tiny_model):
    said = launched(lift.root, "--method", "sft", "--model", tiny_model, "--minutes", "0.2")
    assert said.returncode == 0, said.stderr[-3000:]
    assert (said.stdout + said.stderr).count("next: forklift test") == 1  # one of them speaks
    assert finished_stage(lift, "train:sft")
    record = read_json(lift.model("sft") / "training.json")
    curve = [json.loads(line) for line in (lift.model("sft") / "curve.jsonl").read_text().splitlines()]
    steps = curve[-1]["step"]
    assert record["examples"] > 1.5 * 4 * steps  # two batches of 4 a step
    losses = [row["loss"] for row in curve if "loss" in row]
    assert losses[-1] < losses[0]
    trained = AutoModelForCausalLM.from_pretrained(lift.model("sft"))
    before = AutoModelForCausalLM.from_pretrained(tiny_model)
    assert not torch.equal(next(trained.parameters()).float(), next(before.parameters()).float())
    assert not lift.model("sft").with_name(".sft.work").exists()
    again = launched(lift.root, "--method", "sft", "--model", tiny_model, "--minutes", "0.2")
    assert "is up to date" in again.stdout + again.stderr


SCRIPT = """
import sys
from pathlib import Path
import torch
from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.train import crew, sft
from forklift.train.batching import Row, batches, steps_of
from forklift.train.watch import Watch
rows = [Row([5, 6, 7 + n], [20 + n, 1]) for n in range(40)]
planned = batches([range(40)] * 2, 4, 0)
model = sft.load_trainable(sys.argv[1], TrainConfig(), 0)
watch = Watch(steps_of(planned), 3600, silent)
where, config = Path(sys.argv[2]), TrainConfig(learning_rate=5e-3)
curve = sft.train(model, rows, planned, rows[:4], pad_id=1, directory=where, config=config, watch=watch)
total = sum(parameter.detach().double().abs().sum() for parameter in model.parameters())
Path(f"{where}.{crew.number()}").write_text(f"{crew.size()} processes, {curve[-1]['step']} steps: {total:.9f}")
"""


def test_all_have_the_same_weights_in_the_end(tiny_model, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [*LAUNCH, tmp_path / "script.py", tiny_model, tmp_path / "work"]
    subprocess.run(list(map(str, command)), check=True, timeout=200)
    first, second = ((tmp_path / f"work.{number}").read_text() for number in (0, 1))
    assert first.startswith("2 processes, 10 steps: ")
    assert first == second


def test_what_comes_after_sft_is_for_one_process(lift, tiny_model):
    sft = launched(lift.root, "--method", "sft", "--model", tiny_model, "--minutes", "0.2")  # by a test before, or now
    assert sft.returncode == 0, sft.stderr[-3000:]
    said = launched(lift.root, "--method", "dpo", "--minutes", "0.4")
    assert said.returncode
    assert "dpo trains in one process" in said.stdout + said.stderr


def test_one_process_decides_by_itself(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert crew.size() == 1
    assert crew.is_first()
    assert crew.shared(lambda: "said") == "said"
