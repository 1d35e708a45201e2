"""Several processes that train one model, as `accelerate launch` starts them: one for each GPU, each with all of it.

The first one decides (what is planned, when time is up, which weights are best), writes, and speaks; the others do the
same work on other rows.
"""

import os
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def size() -> int:
    """How many processes train together; 1 for one alone."""
    return int(os.environ.get("WORLD_SIZE", 1))


def number() -> int:
    """Which of them this is; 0 is the first."""
    return int(os.environ.get("RANK", 0))


def is_first() -> bool:
    """Whether this is the process that decides, writes and speaks."""
    return number() == 0


def shared(decide: Callable[[], T]) -> T:
    """What `decide` says in the first process, in all of them; they wait for it here."""
    if size() == 1:
        return decide()
    import torch
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    PartialState(cpu=not torch.cuda.is_available())
    said = [decide() if is_first() else None]
    broadcast_object_list(said)
    return said[0]  # type: ignore[return-value]
