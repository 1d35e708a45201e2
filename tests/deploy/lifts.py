"""A lift with a trained model in it, for the tests of what is deployed from one."""

import shutil
from pathlib import Path

from forklift.workspace import Lift, open_lift, record_stage, write_json


def with_model(lift: Lift, model: Path, root: Path) -> Lift:
    """A copy of `lift` at `root`, whose model "sft" is the one in the directory `model`."""
    shutil.copytree(lift.root, root)
    copy = open_lift(root)
    shutil.copytree(model, copy.model("sft"))
    write_json(copy.model("sft") / "training.json", {"base": str(model), "trained_facts": [], "trained_lessons": []})
    record_stage(copy, "train:sft", "key", None, base=str(model))
    return copy
