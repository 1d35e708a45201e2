"""Which models are sensible to train, what memory they take, and whether it is there: told before loading anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forklift.config import EMBEDDED_MODEL, TrainConfig
from forklift.errors import ModelError
from forklift.models import model_source

GIB = 2**30
PROGRAM_BYTES = int(0.8 * GIB)  # Python, PyTorch, the dataset
BYTES = {"none": 16.0, "lora": 2.0, "qlora": 0.6}  # a weight: see `WHY`
WHY = {
    "none": "fp32 weights, gradients and both moments of AdamW",
    "lora": "frozen weights in bf16",
    "qlora": "frozen weights in 4 bit",
}
ADAPTER_SHARE = 0.04  # of the weights, in an adapter of all linear layers
ADAPTER_BYTES = 16.0


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is worth training, by what its card says."""

    name: str
    parameters: float
    what: str


SENSIBLE = (
    Known(EMBEDDED_MODEL, 134.5e6, "embedded: SmolLM2-135M-Instruct, needs no network"),
    Known("HuggingFaceTB/SmolLM2-360M-Instruct", 361.8e6, "the next larger of its family"),
    Known("facebook/opt-350m", 331.2e6, "no chat model: gets a chat template"),
    Known("Qwen/Qwen2.5-Coder-0.5B-Instruct", 494.0e6, "reads code; the best that a laptop trains"),
    Known("Qwen/Qwen2.5-Coder-1.5B-Instruct", 1.544e9, "with --adapter lora on a large laptop, or on a GPU"),
    Known("HuggingFaceTB/SmolLM2-1.7B-Instruct", 1.711e9, "with --adapter lora on a large laptop, or on a GPU"),
    Known("Qwen/Qwen2.5-Coder-3B-Instruct", 3.086e9, "on a GPU"),
    Known("Qwen/Qwen2.5-Coder-7B-Instruct", 7.616e9, "on a GPU, with --adapter lora or qlora"),
)


@dataclass(frozen=True, slots=True)
class Need:
    """The memory that training takes at least, in bytes."""

    parameters: float
    adapter: str
    weights: float
    row: float  # what one row of the longest kind leaves behind for its backward pass

    @property
    def total(self) -> float:
        return self.weights + self.row + PROGRAM_BYTES

    def arithmetic(self) -> str:
        """How `total` comes about, for people."""
        return (
            f"{self.parameters / 1e9:.3g} G weights x {BYTES[self.adapter]:g} bytes ({WHY[self.adapter]})"
            + ("" if self.adapter == "none" else f" + an adapter of {ADAPTER_SHARE:.0%} x {ADAPTER_BYTES:g} bytes")
            + f" = {self.weights / GIB:.1f} GiB, + {self.row / GIB:.1f} GiB for a row of the longest kind "
            f"+ {PROGRAM_BYTES / GIB:.1f} GiB for the program = {self.total / GIB:.1f} GiB"
        )


def need(parameters: float, adapter: str, row_bytes: float = 0.0) -> Need:
    """What it takes to train `parameters` weights with `adapter`: none, lora or qlora."""
    of_adapter = 0.0 if adapter == "none" else ADAPTER_SHARE * ADAPTER_BYTES
    return Need(parameters, adapter, parameters * (BYTES[adapter] + of_adapter), row_bytes)


def require_memory(config: TrainConfig) -> None:
    """Raises ModelError, with the arithmetic, when the config's model cannot be trained in the memory that is free.

    A model of which the shape cannot be told is let through.
    """
    shape = model_shape(config.model)
    if shape is None:
        return
    parameters, row_bytes = shape[0], row_memory(shape[1], config.max_tokens) if shape[1] else 0.0
    wanted, free = need(parameters, config.adapter, row_bytes), free_bytes()
    if wanted.total <= free:
        return
    adapted = need(parameters, "lora", row_bytes).total
    lora = f"--adapter lora ({adapted / GIB:.1f} GiB) or " if config.adapter == "none" else ""
    raise ModelError(
        f"{config.model} cannot be trained here: {wanted.arithmetic()}, and {free / GIB:.1f} GiB are free; use {lora}a "
        "smaller --model (see forklift models)"
    )


def model_shape(name: str) -> tuple[int, Any] | None:
    """(weights, transformers config) of the model called `name`, without loading it; None when that cannot be told.

    A GGUF file has no such config.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    if name.endswith(".gguf"):
        return (gguf_weights(Path(name).expanduser()), None) if Path(name).expanduser().is_file() else None
    source = model_source(name)
    if (Path(source) / "adapter_config.json").is_file():
        return None  # its base says; loading finds out
    try:
        config = AutoConfig.from_pretrained(source)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except Exception:  # loading it gives the reason
        return None
    return model.num_parameters(), config.get_text_config()


def gguf_weights(path: Path) -> int:
    """The weights in a GGUF file; 0 when it is damaged, which loading it tells."""
    from gguf import GGUFReader

    try:
        return sum(int(tensor.n_elements) for tensor in GGUFReader(path).tensors)
    except (ValueError, IndexError, OSError, KeyError):
        return 0


def row_memory(config: Any, tokens: int) -> float:
    """Bytes that a row of `tokens` leaves behind for its backward pass (Korthikanti et al. 2022), with its logits."""
    tokens = min(tokens, getattr(config, "max_position_embeddings", tokens))
    layer = tokens * config.hidden_size * 34 + 5 * config.num_attention_heads * tokens**2
    return float(config.num_hidden_layers * layer + 10 * tokens * config.vocab_size)


def free_bytes() -> int:
    """Free memory: of the GPU where there is one, else of the machine or of this process' share of it."""
    import psutil
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    free = int(psutil.virtual_memory().available)
    limits = [Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    for path in limits:
        if path.is_file() and (text := path.read_text().strip()).isdigit():
            free = min(free, int(text))
    return free


def fits(parameters: float, free: float) -> str:
    """How a model of so many weights can be trained in `free` bytes: "all weights", "--adapter lora", ... or "no"."""
    ways = (("none", "all weights"), ("lora", "--adapter lora"))
    return next((said for adapter, said in ways if need(parameters, adapter).total <= free), "no")
