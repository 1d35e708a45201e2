"""Does an exported model still answer the same? The same questions before and after, greedy."""

import importlib
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forklift.engine import Report, silent, track
from forklift.errors import ModelError
from forklift.models import model_source
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import Lift

MAX_TOKENS = 128  # of an answer
_LLAMA_CPP = "llama.cpp"
_TRANSFORMERS = "transformers"


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that the exported model answers otherwise."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Parity:
    """How alike two models answer."""

    questions: int
    differing: tuple[Difference, ...]
    runtime: str  # what ran the exported model

    @property
    def identical(self) -> int:
        return self.questions - len(self.differing)

    def __str__(self) -> str:
        share = f"{self.identical} of {self.questions} answers ({self.identical / self.questions:.0%})"
        return f"{share} are the same to the letter in {self.runtime}"


def parity(
    lift: Lift,
    model: str,
    exported: Path,
    questions: Sequence[str],
    report: Report = silent,
    *,
    max_tokens: int = MAX_TOKENS,
) -> Parity:
    """Asks the trained `model` and what was `exported` from it (a directory or a .gguf file) the same questions.

    A GGUF file is run by llama.cpp where the wheel xllamacpp is installed, else by transformers, which turns its
    weights into plain numbers first. Raises ModelError when either cannot be loaded or asked.
    """
    if not questions:
        raise ModelError("parity needs at least one question")
    before, context = _before(lift, model, questions, max_tokens, report)
    gguf = exported if exported.suffix == ".gguf" else next(iter(sorted(exported.glob("*.gguf"))), None)
    if gguf is None:
        runtime, after = _TRANSFORMERS, _by_transformers(str(exported), questions, max_tokens, report)
    elif importlib.util.find_spec("xllamacpp"):
        runtime, after = _LLAMA_CPP, _by_llama_cpp(gguf, questions, max_tokens, context, report)
    else:
        runtime, after = _TRANSFORMERS, _by_transformers(str(gguf), questions, max_tokens, report)
    pairs = zip(questions, before, after, strict=True)
    return Parity(len(questions), tuple(Difference(*row) for row in pairs if row[1] != row[2]), runtime)


def sample_questions(lift: Lift, limit: int) -> list[str]:
    """At most `limit` test questions of the lift's dataset, the same ones every time. Raises WorkspaceError."""
    rows = read_rows(lift.dataset / "data" / "test.parquet", Question)
    prompts = sorted({row.prompt for row in rows})
    return random.Random(0).sample(prompts, min(limit, len(prompts)))


def _before(lift: Lift, name: str, questions: Sequence[str], max_tokens: int, report: Report) -> tuple[list[str], int]:
    """The trained model's answers, and how many tokens the longest question and answer may take together."""
    from forklift.answerers.language_model import load_language_model

    model = load_language_model(lift.model(name), name)  # not kept: two large models may not fit
    longest = max(model.count_tokens([{"role": "user", "content": question}]) for question in questions)
    return model.answer(questions, max_tokens, report=report), longest + min(max_tokens, model.max_tokens // 2)


def _by_transformers(source: str, questions: Sequence[str], max_tokens: int, report: Report) -> list[str]:
    from forklift.answerers.language_model import load_language_model

    converted = model_source(source)
    try:
        return load_language_model(converted, "exported").answer(questions, max_tokens, report=report)
    finally:
        if converted != source:
            shutil.rmtree(converted, ignore_errors=True)  # made for this check alone


def _by_llama_cpp(gguf: Path, questions: Sequence[str], max_tokens: int, context: int, report: Report) -> list[str]:
    llama_cpp = importlib.import_module("xllamacpp")
    try:
        server = llama_cpp.Server(_settings(llama_cpp, gguf, context))
        return [_ask(server, question, max_tokens) for question in track(questions, "answering (llama.cpp)", report)]
    except RuntimeError as error:
        reason = next(iter(str(error).strip().splitlines()), "no reason given")
        raise ModelError(f"llama.cpp cannot run {gguf} ({reason}): try another --quantise") from None


def _settings(llama_cpp: Any, gguf: Path, context: int) -> Any:
    """On the CPU, one question at a time, nothing kept between questions: the numbers must not depend on order."""
    settings = llama_cpp.CommonParams()
    settings.model.path = str(gguf)
    settings.n_ctx = context + 8
    settings.n_parallel, settings.n_gpu_layers = 1, 0
    settings.cache_prompt, settings.cache_ram_mib = False, 0
    settings.warmup = settings.fit_params = False
    settings.verbosity = -1
    return settings


def _ask(server: Any, question: str, max_tokens: int) -> str:
    greedy = {"temperature": 0, "top_k": 1, "repeat_penalty": 1.0, "max_tokens": max_tokens}
    done = server.handle_chat_completions({"messages": [{"role": "user", "content": question}], **greedy})
    if "choices" not in done:
        raise ModelError(f"llama.cpp refuses a question ({str(done.get('error', done))[:200]})")
    return str(done["choices"][0]["message"]["content"]).strip()
