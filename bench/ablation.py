"""What each setting of supervised fine-tuning is worth: one lift, as much training, one setting changed at a time.

    python bench/ablation.py LIFT --minutes 3 --variant '{}' --variant '{"replay": 0.25}' ...
    python bench/ablation.py LIFT --tokens 100000 --variant '{"ABSENT_SHARE": 0.25, "seed": 1}' ...

LIFT holds a dataset. Each variant is trained in a copy of it beside LIFT and tested on A to D and for what it
forgot. `--tokens`: so many training tokens, however long they take, which makes machines comparable. A variant is JSON:
settings of TrainConfig; constants of forklift.train.plan in capitals; "tokens" in place of those of all; "lora_rank";
"without" (a direction of questions, such as "reverse"); "prompt" (a chat template). Prints one JSON line for each.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from forklift.config import ScoreConfig, TrainConfig
from forklift.engine import keep_freed_memory, silent
from forklift.records import Question
from forklift.test import test
from forklift.train import lessons, plan, sft, train, watch
from forklift.workspace import Lift, create_lift, read_json

SPLITS = ("A", "B", "C", "D")
OWN = ("tokens", "without", "prompt", "lora_rank")  # what a variant may say beside settings and constants


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--tokens", type=int, help="to train on, in place of minutes")
    parser.add_argument("--variant", action="append", required=True)
    parser.add_argument("--limit", type=int, default=60, help="questions of each split")
    parser.add_argument("--questions", action="append", default=[], help="of outsiders, as for forklift test")
    parser.add_argument("--against", action="append", default=[], help="who else is tested, such as sft+retrieval")
    parser.add_argument("--out", type=Path, help="where the copies are; by default beside LIFT")
    options = parser.parse_args()
    keep_freed_memory()
    for number, text in enumerate(options.variant):
        variant = {"tokens": options.tokens, **json.loads(text)}
        lift = copied(options.lift, (options.out or options.lift.parent) / f"{options.lift.name}-variant-{number}")
        settings = {name: value for name, value in variant.items() if name.islower() and name not in OWN}
        minutes = None if variant["tokens"] else options.minutes
        with varied(variant):
            train(lift, TrainConfig(minutes=minutes, **settings), silent, print)
        score = ScoreConfig(against=("sft", *options.against), limit=options.limit, questions=tuple(options.questions))
        scores = test(lift, score, silent, print)
        record = read_json(lift.model("sft") / "training.json")
        ours = scores["answerers"]["sft"]
        print(
            json.dumps(
                {
                    "lift": options.lift.name,
                    "variant": json.loads(text),
                    "lessons": record["lessons"],
                    "exposures": record["exposures"],
                    "examples": record["examples"],
                    "tokens": round(record["examples"] * record["mean_tokens"]),
                    "tokens_per_s": record["tokens_per_s"],
                    "minutes": record["minutes"],
                    **{split: ours[split] for split in SPLITS},
                    **{name: {split: scores["answerers"][name][split] for split in SPLITS} for name in options.against},
                    "refusals": ours["abstention_rate"],
                    "invented": ours["invented_symbols"],
                    "forgetting": scores["forgetting"],
                    "external": scores["external"],
                }
            ),
            flush=True,
        )


def copied(source: Path, root: Path) -> Lift:
    """A lift with the dataset of `source` and no model."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name in ("dataset", "index.sqlite", "manifest.json"):
        place = source / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, root / name)
    manifest = read_json(root / "manifest.json")
    stages = {stage: entry for stage, entry in manifest["stages"].items() if not stage.startswith("train:")}
    (root / "manifest.json").write_text(json.dumps({**manifest, "stages": stages}))
    return create_lift(root)


@contextmanager
def varied(variant: dict[str, Any]) -> Iterator[None]:
    """ForkLift as the variant wants it, beside its settings."""
    with ExitStack() as changes:
        for name, value in variant.items():
            if name.isupper():
                changes.enter_context(patch.object(plan, name, value))
        if tokens := variant["tokens"]:
            changes.enter_context(patch.object(lessons, "make_plan", planned_for(tokens)))
            changes.enter_context(patch.object(sft, "measure_tokens_per_s", lambda *_: 1.0))
            changes.enter_context(patch.object(watch, "Watch", Unhurried))
        if kind := variant.get("without"):
            changes.enter_context(patch.object(lessons, "usable_questions", without(kind)))
        if template := variant.get("prompt"):
            changes.enter_context(patch.object(lessons, "CHAT_TEMPLATE", template))
        if rank := variant.get("lora_rank"):
            changes.enter_context(patch.object(sft, "lora_rank", lambda _: rank))
        yield


def planned_for(tokens: float) -> Any:
    """make_plan for so many tokens, whatever the time."""
    make_plan = plan.make_plan

    def planned(questions: Any, row_tokens: Any, _speed: float, _seconds: float, exposures: int, replay: Any) -> Any:
        return make_plan(questions, row_tokens, 1.0, tokens, exposures, replay)

    return planned


class Unhurried(watch.Watch):
    """A watch for which there is time without end."""

    def __init__(self, planned: Any, _seconds: float, *others: Any) -> None:
        super().__init__(planned, float("inf"), *others)


def without(kind: str) -> Any:
    """The usable questions of a lift but those of one direction."""
    usable_questions = lessons.usable_questions

    def others(lift: Lift, split: str) -> tuple[list[Question], int]:
        rows, unusable = usable_questions(lift, split)
        return [row for row in rows if split != "train" or row.direction != kind], unusable

    return others


if __name__ == "__main__":
    main()
