"""What the model said before it was trained, to be learned along: so that it forgets less of everything else."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from forklift.answerers.generation import generate
from forklift.answerers.language_model import LanguageModel
from forklift.answerers.wishes import Decoding
from forklift.engine import Report
from forklift.models import cache_directory, identity
from forklift.train.general_prompts import general_prompts
from forklift.train.rollouts import snapshot

POOL = 192  # answers; where training takes more rows, they come again
ANSWER_TOKENS = 96
SLICE = 32
TEMPERATURE = 0.7
TIME_SHARE = 0.15  # of the time there is, at most, where the answers have to be made first

Pair = tuple[str, str]
"""A request and the answer."""


def replayed(model: Any, tokenizer: Any, name: str, seed: int, left_s: float, report: Report) -> list[Pair]:
    """At most POOL general requests with the answers of the untrained `model` called `name`.

    They are made once on a machine and kept in the user's cache, as many as fit TIME_SHARE of `left_s`.
    """
    path = _path(name, seed)
    pairs = _kept(path)
    prompts = general_prompts(POOL, seed)
    if len(pairs) < len(prompts):
        pairs += _made(model, tokenizer, prompts[len(pairs) :], seed + len(pairs), TIME_SHARE * left_s, path, report)
    return [(prompt, answer) for prompt, answer in pairs if answer]


def _path(name: str, seed: int) -> Path:
    stamp = hashlib.sha256(json.dumps([identity(name), seed, ANSWER_TOKENS, TEMPERATURE]).encode()).hexdigest()[:16]
    return cache_directory() / "replay" / f"{stamp}.jsonl"


def _kept(path: Path) -> list[Pair]:
    """The lines that are whole; half of one, which a killed process may have left, is cut off."""
    if not path.is_file():
        return []
    *lines, half = path.read_text(encoding="utf-8").split("\n")
    if half:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [(prompt, answer) for prompt, answer in map(json.loads, lines)]


def _made(
    model: Any, tokenizer: Any, prompts: Sequence[str], seed: int, seconds: float, path: Path, report: Report
) -> list[Pair]:
    base = LanguageModel("base", snapshot(model), tokenizer)
    path.parent.mkdir(parents=True, exist_ok=True)
    pairs: list[Pair] = []
    with path.open("a", encoding="utf-8") as kept:
        for part in _within(prompts, seconds, time.monotonic, report):
            pairs += (new := _answers(base, part, seed + len(pairs)))
            kept.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in new)
            kept.flush()
    return pairs


def _within(
    prompts: Sequence[str], seconds: float, clock: Callable[[], float], report: Report
) -> Iterator[Sequence[str]]:
    """The prompts, SLICE at a time, while there is time for the next."""
    started, longest = clock(), 0.0
    for start in range(0, len(prompts), SLICE):
        began = clock()
        if start and began - started + longest > seconds:
            break
        yield prompts[start : start + SLICE]
        longest = max(longest, clock() - began)
        report("answering general requests", min(start + SLICE, len(prompts)), len(prompts))
    report("answering general requests", len(prompts), len(prompts))


def _answers(base: LanguageModel, prompts: Sequence[str], seed: int) -> list[Pair]:
    """Sampled answers; those cut by the limit end with their last whole sentence or line."""
    rows = [base.encode([{"role": "user", "content": prompt}]) for prompt in prompts]
    budgets = [max(0, min(ANSWER_TOKENS, base.max_tokens - len(row))) for row in rows]
    answers = generate(base.model, rows, budgets, base.stop_ids, Decoding(TEMPERATURE, 0.95, seed))
    texts = [base.tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in answers]
    ended = [bool(ids) and ids[-1] in base.stop_ids for ids in answers]
    return [
        (prompt, text if end else whole_part(text)) for prompt, text, end in zip(prompts, texts, ended, strict=True)
    ]


def whole_part(text: str) -> str:
    """`text` up to the end of its last whole sentence or line; "" when not even one is whole."""
    ends = [text.rfind(mark) for mark in (". ", ".\n", "! ", "? ", "\n")]
    return text[: max(ends) + 1].rstrip()
