"""What training after sft brings: rl by each reward, and dpo, from the same sft model, tested on the same questions.

    python bench/further.py LIFT [--minutes 4] [--rewards keys bleu both] [--limit 100] [--questions FILE.jsonl]

LIFT holds an sft model. Leaves models/rl-keys, models/rl-bleu, models/rl-both and models/dpo in it, and prints one JSON
line: scores with 95% intervals, paired differences to sft, and the curves of the validation reward.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forklift.config import ScoreConfig, TrainConfig
from forklift.engine import keep_freed_memory, silent
from forklift.records import Answer
from forklift.tables import read_rows
from forklift.test import test
from forklift.test.statistics import mcnemar, paired_difference
from forklift.train import train
from forklift.workspace import Lift, open_lift

SPLITS = ("A", "B", "C", "D")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0, help="for each training")
    parser.add_argument("--rewards", nargs="*", default=["keys", "bleu", "both"])
    parser.add_argument("--limit", type=int, default=100, help="questions of each split")
    parser.add_argument("--questions", action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    keep_freed_memory()
    lift = open_lift(options.lift)
    names = []
    for reward in options.rewards:
        config = TrainConfig(method="rl", reward=reward, minutes=options.minutes, seed=options.seed)
        names.append(trained(lift, config, f"rl-{reward}"))
    names.append(trained(lift, TrainConfig(method="dpo", minutes=options.minutes, seed=options.seed), "dpo"))
    config = ScoreConfig(against=("sft", *names), limit=options.limit, questions=tuple(options.questions))
    result = test(lift, config, silent, print)
    answers = read_rows(lift.scores / "answers.parquet", Answer)
    print(
        json.dumps(
            {
                "scores": {name: short(scores) for name, scores in result["answerers"].items()},
                "to_sft": {name: {split: difference(answers, name, split) for split in SPLITS} for name in names},
                "external": result["external"],
                "curves": {name: curve(lift, name) for name in names},
            }
        )
    )


def trained(lift: Lift, config: TrainConfig, name: str) -> str:
    """Trains by `config` into models/<name>/, unless that is there."""
    if not lift.model(name).is_dir():
        train(lift, config, silent, print)
        if name != config.method:
            shutil.move(lift.model(config.method), lift.model(name))
    return name


def short(scores: dict[str, Any]) -> dict[str, Any]:
    """Accuracy by split, invented names, refusals."""
    return {split: scores[split] for split in SPLITS} | {
        "invented": scores["invented_symbols"],
        "refusals": scores["abstention_rate"],
    }


def difference(answers: Sequence[Answer], name: str, split: str) -> dict[str, float] | None:
    """How much more often `name` is right than sft, on the same questions."""
    before = {row.question_id: row.right for row in answers if row.answerer == "sft" and row.split == split}
    rows = [row for row in answers if row.answerer == name and row.question_id in before]
    right, theirs = [row.right for row in rows], [before[row.question_id] for row in rows]
    interval = paired_difference(right, theirs, [row.cluster for row in rows], 0)
    if interval is None:
        return None
    return {"value": interval.value, "low": interval.low, "high": interval.high, "p": mcnemar(right, theirs)}


def curve(lift: Lift, name: str) -> list[dict[str, float]]:
    """The rows of the training's curve."""
    lines = (lift.model(name) / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
