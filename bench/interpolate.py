"""What is known and what is forgotten between an untrained model and the trained one: weights on the line between.

    python bench/interpolate.py LIFT --share 1 0.75 0.5 [--limit 60]

LIFT holds an sft model of all weights. For each share, base + share * (sft - base) (Wortsman et al., "Robust
fine-tuning of zero-shot models", 2022) is tested on A, B and D and for what it forgot. Prints one JSON line for each.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
from ablation import copied

from forklift.config import ScoreConfig
from forklift.engine import keep_freed_memory, silent
from forklift.models import load_model, model_source
from forklift.test import test
from forklift.workspace import Lift, create_lift, open_lift, read_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--share", type=float, nargs="+", default=[1.0, 0.75, 0.5])
    parser.add_argument("--limit", type=int, default=60, help="questions of each split")
    options = parser.parse_args()
    keep_freed_memory()
    for share in options.share:
        with tempfile.TemporaryDirectory() as scratch:
            lift = between(open_lift(options.lift), share, Path(scratch) / options.lift.name)
            scores = test(lift, ScoreConfig(against=("sft",), limit=options.limit), silent, print)
        ours = scores["answerers"]["sft"]
        print(
            json.dumps(
                {
                    "share": share,
                    **{split: ours[split] for split in ("A", "B", "D")},
                    "refusals": ours["abstention_rate"],
                    "invented": ours["invented_symbols"],
                    "forgetting": scores["forgetting"],
                }
            ),
            flush=True,
        )


def between(lift: Lift, share: float, root: Path) -> Lift:
    """A copy of `lift` whose sft model is `share` of the way from its base."""
    copied(lift.root, root)
    shutil.copy(lift.manifest, root)  # with the training
    made, directory = create_lift(root), lift.model("sft")
    shutil.copytree(directory, made.model("sft"))
    base = load_model(model_source(read_json(directory / "training.json")["base"]), torch.float32)
    tuned = load_model(str(directory), torch.float32)
    with torch.no_grad():
        for here, there in zip(tuned.parameters(), base.parameters(), strict=True):
            here.lerp_(there, 1 - share)
    tuned.to(torch.bfloat16).save_pretrained(made.model("sft"))
    return made


if __name__ == "__main__":
    main()
