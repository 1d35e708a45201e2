"""Other families of models, tiny and random, made on the spot: OPT (no chat template, no pad token) and Qwen2."""

import shutil

import pytest
import torch
from transformers import AutoTokenizer, OPTConfig, OPTForCausalLM, Qwen2Config, Qwen2ForCausalLM, set_seed

from forklift.answerers.language_model import load_language_model
from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.models import CHAT_TEMPLATE
from forklift.records import Question
from forklift.tables import read_rows, write_rows
from forklift.train import further, rl, train
from forklift.workspace import open_lift, read_json


def opt(directory, tiny_model):
    """As facebook/opt-350m: learned positions, projections around the embeddings, a tokenizer that knows no chat."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.chat_template, tokenizer.pad_token = None, None
    config = OPTConfig(
        vocab_size=len(tokenizer), hidden_size=32, word_embed_proj_dim=16, ffn_dim=64, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=256, do_layer_norm_before=False, bos_token_id=0, eos_token_id=1,
        pad_token_id=1,
    )  # fmt: skip
    OPTForCausalLM(config).save_pretrained(directory)
    tokenizer.save_pretrained(directory)


def qwen(directory, tiny_model):
    """As Qwen2.5-Coder: grouped keys and values, biases, tied embeddings."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    config = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, tie_word_embeddings=True, bos_token_id=0, eos_token_id=1,
        pad_token_id=1,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(directory)
    tokenizer.save_pretrained(directory)


@pytest.fixture
def lift(shop_lift, tmp_path):
    shutil.copytree(shop_lift.root, tmp_path / "shop")
    lift = open_lift(tmp_path / "shop")
    path = lift.dataset / "data" / "train.parquet"
    rows = read_rows(path, Question)
    absent = [row for row in rows if row.direction == "absent"]
    write_rows(path, [*rows[:40], *absent[:20]], Question)
    return lift


@pytest.mark.parametrize("make", [opt, qwen])
@pytest.mark.parametrize("adapter", ["none", "lora"])
def test_it_is_taught_reinforced_and_answers(lift, tiny_model, tmp_path, monkeypatch, make, adapter):
    monkeypatch.setattr(further, "PROBED", 4)
    monkeypatch.setattr(further, "VALIDATION_QUESTIONS", 2)
    monkeypatch.setattr(rl, "STEPS", 1)
    set_seed(0)
    make(tmp_path / "model", tiny_model)
    config = TrainConfig(model=str(tmp_path / "model"), adapter=adapter, exposures=1, max_tokens=200, tracker="none")
    train(lift, config, silent, lambda text: None)
    train(lift, config.model_copy(update={"method": "rl", "reward": "bleu"}), silent, lambda text: None)
    for name in ("sft", "rl"):
        directory = lift.model(name)
        assert (directory / "adapter_config.json").is_file() == (adapter == "lora")
        assert read_json(directory / "training.json")["base"] == str(tmp_path / "model")
        assert AutoTokenizer.from_pretrained(directory).chat_template == CHAT_TEMPLATE
        model = load_language_model(directory)
        assert torch.isfinite(torch.cat([p.flatten() for p in model.model.parameters()])).all()
        (answer,) = model.answer(["Where is Stock?"], 8)
        assert isinstance(answer, str)
