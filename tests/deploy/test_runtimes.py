"""Handing a model over to Ollama and vLLM, and a public link."""

import json
import shlex
import sys

import pytest
from lifts import with_model

from forklift.config import DeployConfig
from forklift.deploy import serve
from forklift.deploy.runtimes import served_name, to_ollama, vllm_command
from forklift.deploy.share import public_link
from forklift.engine import silent
from forklift.errors import ConfigError, ServeError
from forklift.workspace import write_json

# what a program called `ollama` does here: notes how it was called, and fails when told to
OLLAMA = """#!/bin/sh
echo "$@" > "$0.called"
[ ! -e "$0.fails" ] || { echo "Error: could not connect to a running Ollama" >&2; exit 1; }
"""


@pytest.fixture(scope="module")
def lifted(shop_lift, tiny_model, tmp_path_factory):
    return with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("runtimes") / "shop")


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_without_ollama_the_command_is_printed(lifted, no_programs):
    pytest.importorskip("conversion")
    command = to_ollama(lifted, "sft", None, "f16", silent, 0)
    target = lifted.root / "exports" / "sft-ollama-f16"
    assert command == f"ollama create shop -f {shlex.quote(str(target / 'Modelfile'))} && ollama run shop"
    assert (target / "Modelfile").read_text(encoding="utf-8").startswith("FROM ./shop-sft-f16.gguf")


def test_ollama_is_given_the_model_and_its_refusal_is_one_line(lifted, no_programs):
    pytest.importorskip("conversion")
    program = no_programs / "ollama"
    program.write_text(OLLAMA, encoding="utf-8")
    program.chmod(0o755)
    assert to_ollama(lifted, "sft", "my-shop", "f16", silent, 0) == "ollama run my-shop"
    assert (no_programs / "ollama.called").read_text(encoding="utf-8").startswith("create my-shop -f ")
    (no_programs / "ollama.fails").touch()
    with pytest.raises(ServeError, match=r"could not connect to a running Ollama.*ollama serve"):
        to_ollama(lifted, "sft", None, "f16", silent, 0)


def test_vllm_serves_the_directory_or_the_adapter(lifted):
    directory = lifted.model("sft").resolve()
    assert vllm_command(lifted, "sft", None) == f"vllm serve {directory} --served-model-name shop"
    write_json(lifted.model("sft") / "adapter_config.json", {})
    assert vllm_command(lifted, "sft", "x").endswith(f"--enable-lora --lora-modules x={directory}")
    (lifted.model("sft") / "adapter_config.json").unlink()
    with pytest.raises(ConfigError, match="no trained model 'rl'"):
        vllm_command(lifted, "rl", None)


def test_names_are_made_simple(lifted):
    manifest = json.loads(lifted.manifest.read_text(encoding="utf-8"))
    manifest["stages"]["build"]["repository"]["name"] = "../Über $(shop)"
    original = lifted.manifest.read_text(encoding="utf-8")
    write_json(lifted.manifest, manifest)
    assert served_name(lifted) == "ber-shop"
    lifted.manifest.write_text(original, encoding="utf-8")


def test_a_link_needs_gradio_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.setitem(sys.modules, "gradio.networking", None)
    with pytest.raises(ServeError, match=r"pip install 'forklift-llm\[share\]'"):
        public_link("127.0.0.1", 8000)


def test_the_link_is_asked_for_before_any_model_is_loaded(monkeypatch, lifted):
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.setitem(sys.modules, "gradio.networking", None)
    monkeypatch.setattr("forklift.deploy.server.load_models", pytest.fail)
    with pytest.raises(ServeError, match=r"pip install"):
        serve(lifted, DeployConfig(port=0, share=True), pytest.fail)
