"""Where the curves of a training go beside the lift's own: TensorBoard files in the lift, or a tracker by name."""

import importlib.util
import os
from pathlib import Path
from typing import Any

from forklift.errors import ConfigError

PACKAGES = {"tensorboard": "tensorboardX", "wandb": "wandb", "mlflow": "mlflow", "trackio": "trackio"}
PROJECT = "forklift"


def tracker_callbacks(tracker: str, logs: Path, run: str) -> list[Any]:
    """The library trainer's callbacks for `tracker`: none, tensorboard (which writes into `logs`), wandb, mlflow or
    trackio. `run`: what this training is called there. Raises ConfigError when its package is missing."""
    if tracker == "none":
        return []
    package = PACKAGES[tracker]
    if importlib.util.find_spec(package) is None:
        raise ConfigError(f"--tracker {tracker} needs the package {package}: pip install {package}, or --tracker none")
    from transformers.integrations.integration_utils import MLflowCallback, TrackioCallback, WandbCallback

    if tracker == "tensorboard":
        return [_tensorboard(logs)]
    os.environ.setdefault("WANDB_PROJECT", PROJECT)
    os.environ.setdefault("MLFLOW_EXPERIMENT_NAME", PROJECT)
    os.environ.setdefault("WANDB_NAME", run)
    return [{"wandb": WandbCallback, "mlflow": MLflowCallback, "trackio": TrackioCallback}[tracker]()]


def _tensorboard(logs: Path) -> Any:
    from tensorboardX import SummaryWriter
    from transformers.integrations.integration_utils import TensorBoardCallback

    return TensorBoardCallback(SummaryWriter(str(logs)))
