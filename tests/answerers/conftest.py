"""A lift in which everything answers: the shop with its baselines, and the tiny model as the tuned one."""

import shutil

import pytest

from forklift.answerers import hmm
from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train import train_baselines
from forklift.workspace import open_lift, write_json


@pytest.fixture(scope="session")
def full_lift(shop_lift, tiny_model, tmp_path_factory):
    """Nobody may write to it."""
    root = tmp_path_factory.mktemp("answerers") / "shop"
    shutil.copytree(shop_lift.root, root)
    shutil.copytree(tiny_model, root / "models" / "sft")
    write_json(root / "models" / "sft" / "training.json", {"base": str(tiny_model)})
    lift = open_lift(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hmm, "STATES", (8, 16))  # larger ones take their time
        train_baselines(lift, TrainConfig(), silent, lambda text: None)
    return lift


@pytest.fixture(scope="session")
def training(shop_lift):
    return read_rows(shop_lift.dataset / "data" / "train.parquet", Question)


@pytest.fixture(scope="session")
def questions(shop_lift):
    return read_rows(shop_lift.dataset / "data" / "test.parquet", Question)[::40]
