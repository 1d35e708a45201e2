"""Curves beside the lift's own."""

import shutil

import pytest

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import ConfigError
from forklift.train import trackers, train
from forklift.workspace import open_lift


def test_tensorboard_files_go_into_the_lift(shop_lift, tiny_model, tmp_path):
    pytest.importorskip("tensorboardX")
    shutil.copytree(shop_lift.root, tmp_path / "shop")
    lift = open_lift(tmp_path / "shop")
    train(lift, TrainConfig(model=str(tiny_model), exposures=1, minutes=0.4), silent, lambda text: None)
    written = b"".join(path.read_bytes() for path in (lift.logs / "sft").glob("events.out.tfevents.*"))
    for name in (b"train/loss", b"train/tokens_per_s", b"eval/loss", b"eval/accuracy"):
        assert name in written


def test_a_tracker_that_is_not_installed_says_how(tmp_path, monkeypatch):
    monkeypatch.setattr(trackers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="--tracker wandb needs the package wandb: pip install wandb"):
        trackers.tracker_callbacks("wandb", tmp_path, "run")
    assert trackers.tracker_callbacks("none", tmp_path, "run") == []
