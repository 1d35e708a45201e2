"""Other programs that serve a lifted model: Ollama and vLLM."""

import re
import shlex
import shutil
import subprocess

from forklift.deploy.export import base_of, export
from forklift.deploy.gguf import Quantise
from forklift.engine import Report
from forklift.errors import ServeError
from forklift.workspace import Lift, require_stage


def to_ollama(lift: Lift, model: str, name: str | None, quantise: Quantise, report: Report, questions: int) -> str:
    """Exports `model` and gives it to Ollama; returns the command that asks it.

    Without Ollama on this machine the returned command hands it over as well. Raises ServeError, and whatever `export`
    raises.
    """
    known_as = name or served_name(lift)
    target = lift.root / "exports" / f"{model}-ollama-{quantise}"
    export(lift, model, "ollama", target, report, quantise=quantise, questions=questions)
    create = ["ollama", "create", known_as, "-f", str(target / "Modelfile")]
    ask = shlex.join(["ollama", "run", known_as])
    if not shutil.which("ollama"):
        return f"{shlex.join(create)} && {ask}"
    done = subprocess.run(create, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise ServeError(f"'{shlex.join(create)}' failed ({said[-1]}): is 'ollama serve' running?")
    return ask


def vllm_command(lift: Lift, model: str, name: str | None) -> str:
    """The command by which vLLM serves `model`, as an adapter of its base where it is one. Raises ConfigError."""
    base = base_of(lift, model)
    directory, known_as = lift.model(model).resolve(), name or served_name(lift)
    if (directory / "adapter_config.json").is_file():
        return shlex.join(["vllm", "serve", base, "--enable-lora", "--lora-modules", f"{known_as}={directory}"])
    return shlex.join(["vllm", "serve", str(directory), "--served-model-name", known_as])


def served_name(lift: Lift) -> str:
    """What the model is called elsewhere: the repository's name, made simple."""
    repository = require_stage(lift, "build", "forklift build REPO")["repository"]["name"]
    return re.sub(r"[^a-z0-9]+", "-", repository.lower()).strip("-") or "lifted"
