"""Compiled steps give what the model gives, in a batch of its own rows and of those that the model reads."""

import os
import subprocess
import sys

import pytest
import torch
from like_llama import CONFIGS, SHAPE, logits, random_model
from transformers import LlamaConfig, MistralConfig

from forklift.answerers import decoder as module
from forklift.answerers.continuous import Batch, Row
from forklift.answerers.decoder import decoder_of
from forklift.answerers.language_model import load_language_model
from forklift.answerers.packing import pack_linear_layers
from forklift.config import EMBEDDED_MODEL

REFUSED = {
    "window": MistralConfig(**SHAPE, sliding_window=7),
    "bias after attention": LlamaConfig(**SHAPE, attention_bias=True),
    "gelu": LlamaConfig(**SHAPE, hidden_act="gelu"),
    "dynamic angles": LlamaConfig(**SHAPE, rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}),
}


def decoded(model, rows, threads, monkeypatch):
    """The logits after each token of rows of equal length, which come side by side."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    made = decoder_of(model)
    config = model.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    store = torch.zeros(
        config.num_hidden_layers, 2, len(rows) + 1, 64, config.num_key_value_heads, size, dtype=model.dtype
    )
    steps = [
        made.logits([(slot + 1, n, token) for slot, token in enumerate(tokens)], store)
        for n, tokens in enumerate(zip(*rows, strict=True))
    ]
    assert not store[:, :, 0].any()
    return torch.stack(steps, dim=1)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", CONFIGS)
def test_logits_are_those_of_the_model(name, threads, monkeypatch):
    model = random_model(CONFIGS[name])
    rows = torch.randint(3, 97, (3, 20), generator=torch.Generator().manual_seed(2)).tolist()
    expected = torch.stack([logits(model, row) for row in rows])
    torch.testing.assert_close(decoded(model, rows, threads, monkeypatch), expected, atol=2e-5, rtol=2e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_bf16_is_nearer_to_float32_than_the_model_is(name, monkeypatch):
    model = random_model(CONFIGS[name], torch.bfloat16)
    rows = torch.randint(3, 97, (2, 20), generator=torch.Generator().manual_seed(2)).tolist()
    found = decoded(model, rows, 2, monkeypatch)
    theirs = torch.stack([logits(model, row) for row in rows]).float()
    exact = torch.stack([logits(model.float(), row) for row in rows])
    assert (found - exact).norm() < (theirs - exact).norm()
    assert (found - exact).norm() < 0.02 * exact.norm()


def test_weights_saved_in_bf16_stay_so_where_the_model_computes_in_float32(monkeypatch):
    model = random_model(CONFIGS["qwen3"], torch.bfloat16).float()
    assert decoder_of(model)._head_VH.dtype == torch.bfloat16
    rows = torch.randint(3, 97, (2, 20), generator=torch.Generator().manual_seed(2)).tolist()
    expected = torch.stack([logits(model, row) for row in rows])
    torch.testing.assert_close(decoded(model, rows, 2, monkeypatch), expected, atol=2e-5, rtol=2e-4)
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[0, 0] = 0.1  # no number of bf16
    made = decoder_of(model)
    assert {each.dtype for each in (made._head_VH, *made._matrices[0])} == {torch.float32}


@pytest.mark.parametrize("name", REFUSED)
def test_other_models_are_left_to_torch(name):
    assert decoder_of(random_model(REFUSED[name])) is None


def test_packed_and_large_models_are_left_to_torch(monkeypatch):
    model = random_model(CONFIGS["llama"])
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    assert decoder_of(model) is None
    monkeypatch.undo()
    assert decoder_of(pack_linear_layers(model)) is None


def test_rows_come_and_go_between_the_decoder_and_the_model():
    model = random_model(CONFIGS["qwen2"])
    generator = torch.Generator().manual_seed(3)
    prompts = [tuple(torch.randint(3, 97, (n,), generator=generator).tolist()) for n in (1, 30, 9, 4, 300, 7, 2)]

    def answers(decoder):
        batch, rows = Batch(model, frozenset(), 8, decoder), [Row(prompt, 12) for prompt in prompts]
        for row in rows:
            batch.join(row)
            batch.step()
            batch.step()
        while batch.running:
            batch.step()
        return [row.answer for row in rows]

    made = decoder_of(model)
    made.prepare().result()
    steps = []
    plain, made.logits = made.logits, lambda *args: steps.append(len(args[0])) or plain(*args)
    assert answers(made) == answers(None)
    assert set(steps) == {1, 2, 3, 4}  # more than that are the model's


@pytest.mark.slow
def test_the_embedded_model_answers_the_same():
    model = load_language_model(EMBEDDED_MODEL)
    made = model.decoder
    made.prepare().result()
    words = "lists threads tests branches names queues caches errors types loops".split()
    asked = [f"{how} {word} in Python?" for word in words for how in ("What are", "How do I use")]

    def answers(decoder):
        model.decoder = decoder
        return ["".join(model.stream([{"role": "user", "content": each}], max_tokens=24)) for each in asked]

    assert answers(made) == answers(None)


def test_a_first_answer_compiles_nothing_and_a_second_one_does(monkeypatch, tiny_model):
    from forklift.answerers import decoding

    compiled = []
    monkeypatch.setattr(decoding, "compile_step", lambda *types: compiled.append(types))
    for kept, expected in ((False, [0, 1]), (True, [1, 2])):
        monkeypatch.setattr(decoding, "is_kept", lambda kept=kept: kept)
        made, compiled[:] = load_language_model(tiny_model).decoder, []
        for number in expected:
            made.expect()
            made._code.result()
            assert len(compiled) == number


def test_a_process_that_gives_one_answer_ends_at_once(tiny_model, tmp_path):
    code = (
        "import sys\n"
        "from forklift.answerers.language_model import load_language_model\n"
        "model = load_language_model(sys.argv[1])\n"
        "print(''.join(model.stream([{'role': 'user', 'content': 'Hi'}], max_tokens=4)), flush=True)\n"
        "model.decoder._code.result()\n"
        "print(model.decoder.ready)\n"
    )
    kept = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    said = subprocess.run(
        [sys.executable, "-c", code, tiny_model], env=kept, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == "False"
    assert not list(tmp_path.rglob("*.nbi"))


def test_without_numba_the_model_answers(monkeypatch, tiny_model, caplog):
    model = load_language_model(tiny_model)
    question = [{"role": "user", "content": "Where is `Stock`?"}]
    expected = "".join(model.stream(question, max_tokens=8))
    monkeypatch.setitem(__import__("sys").modules, "forklift.answerers.decoding", None)
    without = load_language_model(tiny_model)
    assert without.decoder.prepare().exception()
    assert "without compiled code" in caplog.text
    assert not without.decoder.ready
    assert "".join(without.stream(question, max_tokens=8)) == expected
