"""Greedy answers a second of a lift's models: closed-book, and with what retrieval puts before each question.

    python bench/answer_speed.py LIFT [--questions 144] [--max-tokens 32] [--models base sft]

Questions are drawn from the test split; each answer may take --max-tokens, and the time for retrieval counts. The
first batch of each model is a warm-up. Prints one JSON line for each answerer.
"""

import argparse
import json
import os
import random
import resource
import time
from dataclasses import replace
from pathlib import Path

import torch

from forklift.answerers import RETRIEVAL, local_answerers, make_answerer, token_counter
from forklift.engine import keep_freed_memory, silent
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import Lift, open_lift

WARM_UP = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--questions", type=int, default=144)
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--models", nargs="*", help="all that are there, when left out")
    options = parser.parse_args()
    keep_freed_memory()
    lift = open_lift(options.lift)
    rows = read_rows(lift.dataset / "data" / "test.parquet", Question)
    drawn = random.Random(0).sample(rows, min(len(rows), options.questions + WARM_UP))
    questions = [replace(question, split="E") for question in drawn]  # whose budget is --max-tokens exactly
    for name in local_answerers(lift):
        plain = name.removesuffix(RETRIEVAL)
        if plain in (options.models or [plain]):
            print(json.dumps({"answerer": name} | measure(name, lift, questions, options.max_tokens)))


def measure(name: str, lift: Lift, questions: list[Question], max_tokens: int) -> dict[str, object]:
    """Answers/s and tokens/s of the answerer called `name`."""
    answer, count = make_answerer(name, lift), token_counter(lift)
    answer(questions[:WARM_UP], max_tokens, silent)
    started = time.perf_counter()
    answers = answer(questions[WARM_UP:], max_tokens, silent)
    seconds = time.perf_counter() - started
    tokens = [count(text) for text in answers if isinstance(text, str)]
    return {
        "answers_per_s": round(len(answers) / seconds, 2),
        "tokens_per_s": round(sum(tokens) / seconds, 1),
        "mean_tokens": round(sum(tokens) / len(tokens), 1),
        "answers": len(answers),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
