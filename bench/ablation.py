"""What each setting of supervised fine-tuning is worth: the same lift and minutes, one setting changed at a time.

    python bench/ablation.py LIFT --minutes 3 --variant '{}' --variant '{"replay": 0.25}' ...

LIFT holds a dataset. Each variant (settings of TrainConfig, in JSON) is trained in a copy of it beside LIFT and tested
on A, B and D and for what it forgot. Prints one JSON line for each.
"""

import argparse
import json
import shutil
from pathlib import Path

from forklift.config import ScoreConfig, TrainConfig
from forklift.engine import keep_freed_memory, silent
from forklift.test import test
from forklift.train import train
from forklift.workspace import create_lift, read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--variant", action="append", required=True)
    parser.add_argument("--limit", type=int, default=60, help="questions of each split")
    options = parser.parse_args()
    keep_freed_memory()
    for number, text in enumerate(options.variant):
        root = options.lift.with_name(f"{options.lift.name}-variant-{number}")
        if not (root / "scores" / "scores.json").exists():
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            for name in ("dataset", "index.sqlite", "manifest.json"):
                source = options.lift / name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
            manifest = read_json(root / "manifest.json")
            stages = {stage: entry for stage, entry in manifest["stages"].items() if not stage.startswith("train:")}
            (root / "manifest.json").write_text(json.dumps({**manifest, "stages": stages}))
        lift = create_lift(root)
        train(lift, TrainConfig(minutes=options.minutes, **json.loads(text)), silent, print)
        scores = test(lift, ScoreConfig(against=("sft",), limit=options.limit), silent, print)
        record = read_json(lift.model("sft") / "training.json")
        ours = scores["answerers"]["sft"]
        print(
            json.dumps(
                {
                    "variant": json.loads(text),
                    "lessons": record["lessons"],
                    "exposures": record["exposures"],
                    "examples": record["examples"],
                    "tokens_per_s": record["tokens_per_s"],
                    "minutes": record["minutes"],
                    **{split: ours[split] for split in ("A", "B", "D")},
                    "refusals": ours["abstention_rate"],
                    "invented": ours["invented_symbols"],
                    "forgetting": scores["forgetting"],
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
