"""Rows of the shop, encoded for the tiny model."""

import shutil

import pytest

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.models import load_tokenizer
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train import train
from forklift.train.batching import encode
from forklift.workspace import open_lift


@pytest.fixture(scope="session")
def questions(shop_lift):
    return read_rows(shop_lift.dataset / "data" / "train.parquet", Question)


@pytest.fixture(scope="session")
def tokenizer(tiny_model):
    return load_tokenizer(str(tiny_model))


@pytest.fixture(scope="session")
def rows(questions, tokenizer):
    return encode(questions, tokenizer)


@pytest.fixture(scope="session")
def lift_with_sft(shop_lift, tiny_model, tmp_path_factory):
    """A lift of the shop with a model, free to write to; its sft is never trained again."""
    root = tmp_path_factory.mktemp("sft") / "shop"
    shutil.copytree(shop_lift.root, root)
    lift = open_lift(root)
    config = TrainConfig(model=str(tiny_model), exposures=2, learning_rate=5e-3)
    train(lift, config, silent, lambda text: None)
    return lift
