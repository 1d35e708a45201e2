"""A trained model for other runtimes: a plain transformers directory, a GGUF file, or what `ollama create` takes."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from forklift import __version__
from forklift.config import EMBEDDED_MODEL
from forklift.deploy.export_card import export_card, is_hub_name
from forklift.deploy.gguf import Quantise, require_converter, write_gguf
from forklift.deploy.parity import Parity, parity, sample_questions
from forklift.engine import Report, silent
from forklift.errors import ConfigError, ForkLiftError, ModelError, WorkspaceError
from forklift.models import CHAT_TEMPLATE, load_model, load_tokenizer
from forklift.workspace import Lift, read_json, read_manifest, replacing, require_stage, write_json

Format = Literal["merged", "gguf", "ollama"]
QUESTIONS = 50  # asked before and after
RECORD = "export.json"  # written last; tells our exports from other directories

# CHAT_TEMPLATE in the language of Ollama's templates
OLLAMA_TEMPLATE = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
)
_EMBEDDED_ORIGIN = "HuggingFaceTB/SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how alike it answers; None when that was not asked for."""

    path: Path
    parity: Parity | None


def export(
    lift: Lift,
    model: str,
    format: Format,
    out: Path,
    report: Report = silent,
    *,
    quantise: Quantise = "f16",
    questions: int = QUESTIONS,
) -> Exported:
    """Writes the trained `model` of `lift` to the directory `out`, which takes its place only when all is done.

    `format`: merged (safetensors, an adapter merged into its base), gguf, or ollama (GGUF and a Modelfile).
    `quantise`: number format of a GGUF file. `questions`: how many test questions are asked before and after; 0
    measures nothing. Raises ConfigError for a model that is not there, WorkspaceError when `out` is something
    else, ModelError when the model cannot be converted, run or written.
    """
    base = base_of(lift, model)
    _check_target(out)
    if format != "merged":
        require_converter()
    about = _about(lift, model, base, format, quantise)
    with replacing(out) as partial:
        partial.mkdir()
        _write(lift.model(model), partial, about, report)
        measured = None
        if questions:
            measured = parity(lift, model, partial, sample_questions(lift, questions), report)
        (partial / "README.md").write_text(export_card(lift, about, measured), encoding="utf-8")
        write_json(partial / RECORD, {**about, "parity": measured and {"text": str(measured), **asdict(measured)}})
    return Exported(out, measured)


def base_of(lift: Lift, model: str) -> str:
    """What `model` was trained from. Raises ConfigError, WorkspaceError."""
    stages = read_manifest(lift)["stages"]
    bases = {
        name.removeprefix("train:"): entry["base"]
        for name, entry in stages.items()
        if name.startswith("train:") and "base" in entry
    }
    if model not in bases:
        have = f"it has {', '.join(bases)}" if bases else f"run 'forklift train {lift.root}' first"
        raise ConfigError(f"{lift.root} has no trained model {model!r}: {have}")
    if not (lift.model(model) / "config.json").is_file() and not (lift.model(model) / "adapter_config.json").is_file():
        raise WorkspaceError(f"{lift.model(model)} is missing or damaged: run 'forklift train {lift.root}' again")
    return _public_name(str(bases[model]))


def _public_name(base: str) -> str:
    """A base model as others know it: its name on the hub, or the last part of a path on this machine."""
    if base == EMBEDDED_MODEL:
        return _EMBEDDED_ORIGIN
    return base if is_hub_name(base) else Path(base).name


def _check_target(out: Path) -> None:
    """Raises WorkspaceError when `out` is neither free nor an earlier export."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    record = read_json(out / RECORD) if out.is_dir() and (out / RECORD).is_file() else None
    if not isinstance(record, dict) or "forklift" not in record:
        raise WorkspaceError(f"{out} exists and is no export: choose another place with --out (nothing was changed)")


def _about(lift: Lift, model: str, base: str, format: Format, quantise: Quantise) -> dict[str, Any]:
    repository = require_stage(lift, "build", "forklift build REPO")["repository"]
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{repository['name']}-{model}-{quantise}").lstrip("-.") + ".gguf"
    return {
        "forklift": __version__,
        "format": format,
        "quantise": None if format == "merged" else quantise,
        "file": None if format == "merged" else file,
        "model": model,
        "base": base,
        "repository": {"name": repository["name"], "commit": repository["commit"]},
    }


def _write(source: Path, directory: Path, about: Mapping[str, Any], report: Report) -> None:
    """The files of one format, without card and record."""
    if about["format"] == "merged":
        write_merged(source, directory, report)
        return
    with tempfile.TemporaryDirectory(dir=directory, prefix=".merged-") as temporary:
        merged = Path(temporary)
        tokenizer = write_merged(source, merged, report)
        _leave_beginnings_to_the_template(merged, tokenizer)
        report("convert to GGUF", 0, 1)
        write_gguf(merged, directory / about["file"], about["quantise"], Path(about["file"]).stem)
        report("convert to GGUF", 1, 1)
    if about["format"] == "ollama":
        (directory / "Modelfile").write_text(modelfile(about["file"], tokenizer), encoding="utf-8")


def write_merged(source: Path, directory: Path, report: Report) -> Any:
    """Writes the model at `source` as a plain transformers directory; returns its tokenizer.

    The weights stay as they are; an adapter is merged into its base in fp32, and saved in bf16. Raises ModelError.
    """
    import torch

    report("write the model", 0, 1)
    adapter = (source / "adapter_config.json").is_file()
    model = load_model(str(source), torch.float32 if adapter else "auto")
    tokenizer = load_tokenizer(str(source))
    model.config.use_cache = True
    with _one_line(directory):
        (model.to(torch.bfloat16) if adapter else model).save_pretrained(directory)
        tokenizer.save_pretrained(directory)
    report("write the model", 1, 1)
    return tokenizer


@contextmanager
def _one_line(directory: Path) -> Iterator[None]:
    try:
        yield
    except (ForkLiftError, OSError, MemoryError):
        raise
    except Exception as error:  # a full disk: safetensors has its own error for it
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise ModelError(f"the model cannot be written to {directory} ({reason}): free some disk space") from None


def _leave_beginnings_to_the_template(directory: Path, tokenizer: Any) -> None:
    """Our chat template writes every special token itself: a runtime must not put another one in front."""
    if tokenizer.chat_template == CHAT_TEMPLATE:
        path = directory / "tokenizer_config.json"
        write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "add_bos_token": False})


def modelfile(gguf: str, tokenizer: Any) -> str:
    """Ollama's recipe for the GGUF file beside it: our chat template, greedy, nothing said twice is punished.

    Another template than ours is left to Ollama, which knows the published ones.
    """
    lines = [f"FROM ./{gguf}"]
    if tokenizer.chat_template == CHAT_TEMPLATE:
        lines.append(f'TEMPLATE """{OLLAMA_TEMPLATE}"""')
    lines += [
        f'PARAMETER stop "{tokenizer.eos_token}"',
        "PARAMETER temperature 0",
        "PARAMETER repeat_penalty 1",
    ]
    return "\n".join(lines) + "\n"
