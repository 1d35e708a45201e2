"""Where models come from, and what is said when they do not."""

import json
import shutil

import pytest
import torch

from forklift import models
from forklift.config import EMBEDDED_MODEL
from forklift.errors import ModelError
from forklift.models import CHAT_TEMPLATE, cache_directory, load_model, load_tokenizer, model_source
from forklift.models import gemm_gflops as measured_gflops


def copy_of(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def one_line(error):
    return len(str(error.value).splitlines()) == 1


def test_a_directory_and_a_hub_id_are_their_own_source(tiny_model):
    assert model_source(str(tiny_model)) == str(tiny_model)
    assert model_source("owner/name") == "owner/name"


@pytest.mark.parametrize("name", ["no-such-model", "", "a/b/c", "./here", "/nowhere/model", "~/nowhere"])
def test_unknown_models_are_errors(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=f"unknown model|no config.json|{EMBEDDED_MODEL}") as error:
        model_source(name)
    assert one_line(error)


def test_directories_and_files_without_a_model_are_errors(tmp_path):
    with pytest.raises(ModelError, match=r"holds no model \(no config\.json\)"):
        model_source(str(tmp_path))
    with pytest.raises(ModelError, match="no GGUF file at"):
        model_source(str(tmp_path / "weights.gguf"))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "spaceship"}'),
        ("model.safetensors", b""),
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0garbage!"),
        ("model.safetensors", None),
    ],
)
def test_a_damaged_model_is_one_clear_line(tiny_model, tmp_path, file, content):
    directory = copy_of(tiny_model, tmp_path)
    if content is None:
        (directory / file).unlink()
    else:
        (directory / file).write_bytes(content)
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        load_model(str(directory), torch.float32)
    assert one_line(error)
    assert str(directory) in str(error.value)


def test_a_truncated_model_is_one_clear_line(tiny_model, tmp_path):
    weights = copy_of(tiny_model, tmp_path) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(str(weights.parent), torch.float32)


def test_a_damaged_tokenizer_is_one_clear_line(tiny_model, tmp_path):
    directory = copy_of(tiny_model, tmp_path)
    (directory / "tokenizer.json").write_bytes(b"{")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_tokenizer(str(directory))


def test_a_hub_model_without_a_network_is_one_clear_line():
    with pytest.raises(ModelError, match="check the name and the network") as error:
        load_tokenizer("nobody/has-this-model")
    assert one_line(error)


def test_models_load_in_the_type_asked_for(tiny_model):
    assert load_model(str(tiny_model), torch.float32).dtype == torch.float32
    assert load_model(str(tiny_model), torch.bfloat16).dtype == torch.bfloat16


def test_a_tokenizer_without_padding_and_template_gets_both(tiny_model, tmp_path):
    directory = copy_of(tiny_model, tmp_path)
    (directory / "chat_template.jinja").unlink()
    settings = json.loads((directory / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    (directory / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = load_tokenizer(str(directory))
    assert tokenizer.pad_token_id is not None
    assert tokenizer.chat_template == CHAT_TEMPLATE
    assert tokenizer.eos_token == "<|im_end|>"


def test_a_tokenizer_with_both_is_left_as_it_is(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    assert (tokenizer.pad_token, tokenizer.chat_template) == ("<|im_end|>", CHAT_TEMPLATE)


def test_the_template_says_nothing_that_nobody_said(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    assert tokenizer.apply_chat_template(messages, tokenize=False) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"
    )


def test_the_cache_is_where_the_user_wants_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "forklift"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "forklift"


def test_a_converted_model_is_not_converted_again(monkeypatch, tmp_path):
    """The name of the cached directory tells one GGUF file from its next version."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    gguf = tmp_path / "weights.gguf"
    gguf.write_bytes(b"GGUF")
    stamp = gguf.stat()
    cached = cache_directory() / f"weights-{stamp.st_size}-{stamp.st_mtime_ns}"
    cached.mkdir(parents=True)
    (cached / "config.json").write_text("{}")
    assert model_source(str(gguf)) == str(cached)
    gguf.write_bytes(b"GGUF and more")
    with pytest.raises(ModelError, match="cannot be loaded"):
        model_source(str(gguf))


@pytest.mark.slow
def test_the_embedded_model_answers(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = model_source(EMBEDDED_MODEL)
    assert model_source(EMBEDDED_MODEL) == source
    tokenizer, model = load_tokenizer(source), load_model(source, torch.float32)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}], tokenize=False, add_generation_prompt=True
    )
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    output = model.generate(**ids, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(output[0, ids["input_ids"].shape[1] :])


@pytest.mark.skipif(torch.cuda.is_available(), reason="GPUs always take bf16")
@pytest.mark.parametrize(("bf16", "preferred"), [(200.0, True), (124.0, False), (90.0, False)])
def test_bf16_is_for_where_it_measures_faster(monkeypatch, bf16, preferred):
    monkeypatch.setattr(models, "gemm_gflops", {torch.float32: 100.0, torch.bfloat16: bf16}.get)
    models.prefers_bf16.cache_clear()
    assert models.prefers_bf16() is preferred
    models.prefers_bf16.cache_clear()


def test_the_speed_of_this_machine_is_measured():
    assert all(0.1 < measured_gflops(dtype) < 1e6 for dtype in (torch.float32, torch.bfloat16))
