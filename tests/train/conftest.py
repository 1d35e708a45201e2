"""Rows of the shop, encoded for the tiny model."""

import pytest

from forklift.models import load_tokenizer
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train.batching import encode


@pytest.fixture(scope="session")
def questions(shop_lift):
    return read_rows(shop_lift.dataset / "data" / "train.parquet", Question)


@pytest.fixture(scope="session")
def tokenizer(tiny_model):
    return load_tokenizer(str(tiny_model))


@pytest.fixture(scope="session")
def rows(questions, tokenizer):
    return encode(questions, tokenizer)
