"""What fits the memory: counted before anything is loaded, refused with the arithmetic."""

import json

import pytest
from transformers import AutoModelForCausalLM, LlamaConfig

from forklift.cli.models import models
from forklift.config import TrainConfig
from forklift.errors import ModelError
from forklift.train import fit


def test_weights_are_counted_without_loading(tiny_model, tmp_path):
    counted, config = fit.model_shape(str(tiny_model))
    assert counted == AutoModelForCausalLM.from_pretrained(tiny_model).num_parameters()
    assert config.hidden_size == 32
    assert fit.model_shape("nobody/nothing-by-this-name") is None


def test_a_model_that_is_too_large_is_refused_with_the_arithmetic(tmp_path, monkeypatch):
    """Only its config is there: the answer comes before any weight is read."""
    config = LlamaConfig(hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32)
    config.save_pretrained(tmp_path)
    monkeypatch.setattr(fit, "free_bytes", lambda: 20 * fit.GIB)
    with pytest.raises(
        ModelError, match=r"6\.\d+ G weights x 16 bytes .* = \d+\.\d GiB, and 20\.0 GiB are free; use"
    ) as why:
        fit.require_memory(TrainConfig(model=str(tmp_path)))
    assert "--adapter lora (" in str(why.value)
    monkeypatch.setattr(fit, "free_bytes", lambda: 4 * fit.GIB)
    with pytest.raises(ModelError, match=r"x 2 bytes .* are free; use a smaller --model"):
        fit.require_memory(TrainConfig(model=str(tmp_path), adapter="lora"))


def test_what_fits_is_let_through(tiny_model):
    fit.require_memory(TrainConfig(model=str(tiny_model)))


def test_a_damaged_model_is_left_to_loading(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "no such"}))
    fit.require_memory(TrainConfig(model=str(tmp_path)))
    (tmp_path / "m.gguf").write_bytes(b"GGUF but not really")
    assert fit.gguf_weights(tmp_path / "m.gguf") == 0


def test_the_embedded_estimate_is_near_what_was_measured():
    """Peak of `forklift train`: 3.8 GiB with all weights, batches of 8 (docs/benchmarks.md)."""
    (known, *_) = fit.SENSIBLE
    assert 2.0 < fit.need(known.parameters, "none").total / fit.GIB < 3.8


def test_less_memory_means_less_of_a_choice():
    ways = [fit.fits(1.5e9, gib * fit.GIB) for gib in (64, 8, 2)]
    assert ways == ["all weights", "--adapter lora", "no"]


def test_free_memory_is_a_number_of_bytes():
    assert fit.GIB // 8 < fit.free_bytes() < 2**50


def test_the_command_names_models_that_can_be_copied(capsys, monkeypatch):
    monkeypatch.setattr(fit, "free_bytes", lambda: 4 * fit.GIB)
    models()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [known.name for known in fit.SENSIBLE]
    assert "all weights" in lines[1]
    assert " no " in lines[-1]
