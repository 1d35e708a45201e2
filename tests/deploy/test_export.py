"""Exports of a tiny real model: they load elsewhere and answer the same, and a failure leaves nothing behind."""

import json
import re
import resource
import shutil
import sys

import pytest
from lifts import with_model

from forklift.answerers.language_model import load_language_model
from forklift.deploy.export import export, modelfile
from forklift.deploy.gguf import write_gguf
from forklift.deploy.parity import parity, sample_questions
from forklift.errors import ConfigError, ModelError, WorkspaceError
from forklift.models import load_model, load_tokenizer
from forklift.workspace import read_json, write_json

CONVERSATIONS = (
    [{"role": "user", "content": "Where is `Stock` defined?"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?\n\nReally."}],
    [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "{{ .c }}"}],
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, shop_lift, tiny_model):
    return with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("export") / "shop")


@pytest.fixture
def needs_converter():
    pytest.importorskip("conversion", reason="the extra gguf is not installed")


# merged


def test_merged_loads_with_plain_transformers_and_answers_the_same(trained, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    done = export(trained, "sft", "merged", tmp_path / "out", questions=3)
    assert done.parity.questions == 3
    assert done.parity.differing == ()
    assert done.parity.runtime == "transformers"
    tokenizer = AutoTokenizer.from_pretrained(done.path)
    model = AutoModelForCausalLM.from_pretrained(done.path)
    ids = tokenizer.apply_chat_template(CONVERSATIONS[0], add_generation_prompt=True, return_tensors="pt")["input_ids"]
    assert model.generate(ids, max_new_tokens=3, do_sample=False).shape[1] > ids.shape[1]


def test_adapter_is_merged_into_its_base(trained, tiny_model, tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    tuned = get_peft_model(load_model(str(tiny_model), torch.float32), LoraConfig(r=4, target_modules="all-linear"))
    for name, weights in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.2)  # zero before training: nothing would be merged
    adapter = tmp_path / "adapter"
    tuned.save_pretrained(adapter)
    load_tokenizer(str(tiny_model)).save_pretrained(adapter)
    write_json(adapter / "training.json", {"base": str(tiny_model), "trained_facts": [], "trained_lessons": []})
    lift = _replace(trained, adapter)
    done = export(lift, "sft", "merged", tmp_path / "out", questions=0)
    assert not (done.path / "adapter_config.json").exists()
    merged, plain = (load_model(str(path), torch.float32) for path in (done.path, tiny_model))
    ids = torch.tensor([[5, 6, 7]])
    expected = load_model(str(adapter), torch.float32)(ids).logits
    assert torch.allclose(merged(ids).logits, expected, atol=0.05)
    assert not torch.allclose(plain(ids).logits, expected, atol=0.05)


def _replace(lift, model):
    """A copy of `lift` with another model "sft"."""
    root = model.parent / "lift"
    shutil.copytree(lift.root, root)
    copy = type(lift)(root)
    shutil.rmtree(copy.model("sft"))
    shutil.copytree(model, copy.model("sft"))
    return copy


def test_card_and_record_say_what_it_is(trained, tmp_path):
    done = export(trained, "sft", "merged", tmp_path / "out", questions=2)
    card = (done.path / "README.md").read_text()
    commit = read_json(trained.manifest)["stages"]["build"]["repository"]["commit"]
    assert f"repository: shop, commit {commit}" in card
    assert "2 of 2 answers (100%) are the same to the letter in transformers" in card
    assert "## Limits" in card
    assert "## Scores" not in card  # this lift was never tested
    assert str(trained.root.parent) not in card  # no path of this machine
    record = read_json(done.path / "export.json")
    assert record["model"] == "sft"
    assert record["base"] == "tiny"
    assert record["parity"]["questions"] == 2


def test_card_shows_scores_of_this_model_only(trained, tiny_model, tmp_path):
    lift = _replace(trained, _copy(tiny_model, tmp_path / "model"))
    accuracy = {"accuracy": 0.875, "low": 0.8, "high": 0.95, "n": 40}
    scores = {"answerers": {"sft": {"A": accuracy}}, "repository": {"not_covered": ["three <b>files</b>"]}}
    write_json(lift.scores / "scores.json", scores)
    card = (export(lift, "sft", "merged", tmp_path / "one", questions=0).path / "README.md").read_text()
    assert "| A: seen facts, new wording | 87.5% (80%-95%, n=40) |" in card
    assert "three bfiles/b" in card
    write_json(
        lift.model("sft") / "training.json", {"base": "tiny", "trained_facts": [], "trained_lessons": []}
    )  # trained again
    card = (export(lift, "sft", "merged", tmp_path / "two", questions=0).path / "README.md").read_text()
    assert "## Scores" not in card


def _copy(model, to):
    shutil.copytree(model, to)
    write_json(to / "training.json", {"base": str(model), "trained_facts": [], "trained_lessons": []})
    return to


# GGUF


@pytest.mark.parametrize("quantise", ["f32", "f16", "bf16", "q8_0"])
def test_gguf_holds_weights_tokenizer_and_template(needs_converter, trained, tmp_path, quantise):
    from gguf import GGUFReader

    done = export(trained, "sft", "gguf", tmp_path / "out", quantise=quantise, questions=0)
    names = sorted(path.name for path in done.path.iterdir())
    assert names == ["README.md", "export.json", f"shop-sft-{quantise}.gguf"]
    fields = GGUFReader(done.path / f"shop-sft-{quantise}.gguf").fields
    tokenizer = load_tokenizer(str(trained.model("sft")))
    assert fields["tokenizer.chat_template"].contents() == tokenizer.chat_template
    assert fields["tokenizer.ggml.add_bos_token"].contents() is False
    assert fields["tokenizer.ggml.pre"].contents() == "gpt-2"
    assert fields["general.name"].contents() == f"shop-sft-{quantise}"


def test_gguf_answers_are_measured_in_llama_cpp(needs_converter, trained, tmp_path):
    pytest.importorskip("xllamacpp", reason="the extra gguf is not installed")
    done = export(trained, "sft", "gguf", tmp_path / "out", quantise="f32", questions=6)
    assert done.parity.runtime == "llama.cpp"
    assert done.parity.questions == 6
    # random weights: a rounding error may turn an answer, but hardly all of them
    assert done.parity.identical >= 3


def test_gguf_answers_are_measured_without_llama_cpp(needs_converter, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = export(trained, "sft", "gguf", tmp_path / "out", quantise="f32", questions=0)
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    measured = parity(trained, "sft", done.path, sample_questions(trained, 4), max_tokens=16)
    assert measured.runtime == "transformers"
    assert measured.identical >= 2
    assert list((tmp_path / "cache" / "forklift").iterdir()) == []  # nothing is kept of the check


def test_parity_names_the_answers_that_differ(trained, tiny_model, tmp_path):
    import torch

    other = load_model(str(tiny_model), torch.float32)
    torch.nn.init.normal_(other.lm_head.weight)
    other.save_pretrained(tmp_path / "other")
    load_tokenizer(str(tiny_model)).save_pretrained(tmp_path / "other")
    questions = sample_questions(trained, 3)
    measured = parity(trained, "sft", tmp_path / "other", questions, max_tokens=8)
    assert measured.identical < 3
    first = measured.differing[0]
    assert first.question in questions
    assert first.before == load_language_model(trained.model("sft")).answer([first.question], 8)[0]
    assert first.before != first.after


def test_embedded_tokenizer_is_one_that_llama_cpp_knows(needs_converter, tmp_path):
    from gguf import GGUFReader
    from transformers import LlamaConfig, LlamaForCausalLM

    from forklift.models import model_source

    tokenizer = load_tokenizer(model_source("smollm2-135m"))
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape)).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    write_gguf(tmp_path / "model", tmp_path / "model.gguf", "q8_0", "tiny")
    assert GGUFReader(tmp_path / "model.gguf").fields["tokenizer.ggml.pre"].contents() == "smollm"


def test_tokenizer_that_llama_cpp_would_split_otherwise_is_refused(needs_converter, tiny_model, tmp_path):
    model = _copy(tiny_model, tmp_path / "model")
    tokenizer = read_json(model / "tokenizer.json")
    tokenizer["pre_tokenizer"] = {"type": "Whitespace"}
    write_json(model / "tokenizer.json", tokenizer)
    with pytest.raises(ModelError, match="knows no tokenizer like"):
        write_gguf(model, tmp_path / "model.gguf", "f16", "tiny")


def test_unknown_architecture_is_one_line(needs_converter, tiny_model, tmp_path):
    model = _copy(tiny_model, tmp_path / "model")
    config = read_json(model / "config.json")
    write_json(model / "config.json", {**config, "architectures": ["NothingForCausalLM"]})
    with pytest.raises(ModelError, match=r"NothingForCausalLM.*export it as merged") as error:
        write_gguf(model, tmp_path / "model.gguf", "f16", "tiny")
    assert "\n" not in str(error.value)


# Ollama


def test_ollama_gets_a_recipe_with_the_same_template(needs_converter, trained, tmp_path):
    done = export(trained, "sft", "ollama", tmp_path / "out", quantise="q8_0", questions=0)
    recipe = (done.path / "Modelfile").read_text()
    assert "FROM ./shop-sft-q8_0.gguf\n" in recipe
    assert (done.path / "shop-sft-q8_0.gguf").is_file()
    assert "ollama create shop-sft-q8_0 -f Modelfile" in (done.path / "README.md").read_text()
    for line in ('PARAMETER stop "<|im_end|>"', "PARAMETER temperature 0", "PARAMETER repeat_penalty 1"):
        assert line in recipe.splitlines()
    tokenizer = load_tokenizer(str(trained.model("sft")))
    template = re.search(r'TEMPLATE """(.*?)"""', recipe, re.DOTALL)[1]
    for messages in CONVERSATIONS:
        expected = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert go_template(template, messages) == expected


def go_template(template, messages):
    """What Go's text/template makes of the one loop that the recipe has."""
    loop = re.fullmatch(r"\{\{- range \.Messages \}\}(.*?)\{\{ end \}\}(.*)", template, re.DOTALL)
    fields = {"{{ .Role }}": "role", "{{ .Content }}": "content"}
    said = [re.sub(r"\{\{ \.\w+ \}\}", lambda m, one=one: one[fields[m[0]]], loop[1]) for one in messages]
    return "".join(said) + loop[2]


def test_another_template_than_ours_is_left_to_ollama(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    tokenizer.chat_template = "{{ messages[0]['content'] }}"
    assert "TEMPLATE" not in modelfile("model.gguf", tokenizer)


# failures


@pytest.mark.parametrize("name", ["rl", "", "../models/sft", "base"])
def test_unknown_model(trained, tmp_path, name):
    with pytest.raises(ConfigError, match="it has sft"):
        export(trained, name, "merged", tmp_path / "out")


def test_nothing_trained(shop_lift, tmp_path):
    with pytest.raises(ConfigError, match="forklift train"):
        export(shop_lift, "sft", "merged", tmp_path / "out")


def test_model_directory_is_gone(trained, tiny_model, tmp_path):
    lift = _replace(trained, _copy(tiny_model, tmp_path / "model"))
    shutil.rmtree(lift.model("sft"))
    with pytest.raises(WorkspaceError, match="forklift train"):
        export(lift, "sft", "merged", tmp_path / "out")


def test_only_an_earlier_export_is_replaced(trained, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    export(trained, "sft", "merged", out, questions=0)
    (out / "stale").write_text("")
    export(trained, "sft", "merged", out, questions=0)
    assert not (out / "stale").exists()
    (out / "export.json").unlink()
    for target in (out, out / "README.md", trained.root, trained.model("sft")):
        with pytest.raises(WorkspaceError, match="is no export"):
            export(trained, "sft", "merged", target, questions=0)
    assert (out / "config.json").is_file()


def test_missing_converter_is_one_line_with_the_command(trained, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "conversion", None)
    with pytest.raises(ModelError, match=r"pip install 'forklift-llm\[gguf\]'"):
        export(trained, "sft", "gguf", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["merged", "gguf"])
def test_what_cannot_be_written_leaves_nothing_behind(needs_converter, trained, tmp_path, format):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises((ModelError, OSError)) as error:
            export(trained, "sft", format, tmp_path / "out", questions=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_sampled_questions_are_the_same_every_time(trained):
    assert sample_questions(trained, 7) == sample_questions(trained, 7)
    assert len(set(sample_questions(trained, 7))) == 7
    assert len(sample_questions(trained, 10**6)) > 20


def test_record_is_plain_json(trained, tmp_path):
    done = export(trained, "sft", "merged", tmp_path / "out", questions=2)
    assert json.loads((done.path / "export.json").read_text())["parity"]["text"] == str(done.parity)
