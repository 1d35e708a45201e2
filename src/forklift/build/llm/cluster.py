"""The same requests through Ray: many machines ask, this one stores.

Each task has a share of the requests and of what every teacher may do at a time, and streams its replies back, so that
each is stored here the moment it arrives.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

from forklift.build.llm.lane import Lane, new_lane
from forklift.build.llm.pool import Check, Keep, Outcome, ask_pool
from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.errors import EndpointError, ForkLiftError
from forklift.records import Failure

Came = tuple[str, Reply | Failure, str]
"""Key of a request, what came of it, and the URL of the teacher (nothing for a failure)."""


def ask_through_ray(
    address: str, lanes: Sequence[Lane], requests: Sequence[Request], store: Store, keep: Keep, check: Check
) -> Outcome:
    """Asks as `ask_pool` does, by tasks on the Ray cluster at `address` ("ray": this machine, or the one that is set).

    Raises EndpointError when Ray is not installed or not there, or no teacher answers.
    """
    try:
        import ray
    except ImportError:
        raise EndpointError(
            "--engine ray needs a package that is not installed: pip install 'forklift-llm[ray]'"
        ) from None
    by_key = {request.key: request for request in requests}
    asked = failed = 0
    try:
        if not ray.is_initialized():
            ray.init(None if address == "ray" else address, log_to_driver=False, include_dashboard=False)
        task = ray.remote(num_returns="streaming", max_retries=0)(replies)
        count = max(1, min(int(ray.cluster_resources().get("CPU", 1)), len(requests), _room(lanes)))
        teachers = [_share(lane.teacher, count) for lane in lanes]
        streams = [task.remote(teachers, list(requests[n::count]), check) for n in range(count)]
        for key, came, url in _merged(ray, streams):
            if isinstance(came, Reply):
                lane = next(
                    one for one in lanes if (one.teacher.model, one.teacher.endpoint.base_url) == (came.model, url)
                )
                price = lane.teacher.price
                cost = price.cost_usd(came.tokens_in, came.tokens_cached, came.tokens_out) if price else None
                store.keep(by_key[key], came, url, cost)
                lane.count(came)
            asked, failed = asked + isinstance(came, Reply), failed + isinstance(came, Failure)
            keep(by_key[key], came)
    except (ray.exceptions.RayError, ConnectionError) as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, ForkLiftError):
            raise cause from None
        raise EndpointError(f"Ray failed ({' '.join(str(error).split())[:200]}): run it again to go on") from None
    return Outcome(asked, 0, failed, "")


def _room(lanes: Sequence[Lane]) -> int:
    return sum(lane.teacher.concurrency for lane in lanes)


def _share(teacher: Teacher, count: int) -> Teacher:
    """A teacher as one of `count` tasks may ask it."""
    minute = [limit / count if limit else None for limit in (teacher.requests_per_minute, teacher.tokens_per_minute)]
    return replace(
        teacher,
        concurrency=ceil(teacher.concurrency / count),
        requests_per_minute=minute[0],
        tokens_per_minute=minute[1],
    )


def replies(teachers: Sequence[Teacher], requests: Sequence[Request], check: Check) -> Iterator[Came]:
    """What comes of each request, as it comes. Raises EndpointError when no teacher answers."""
    came: queue.Queue[tuple[Request, Reply | Failure] | BaseException | None] = queue.Queue()
    urls = {teacher.model: teacher.endpoint.base_url for teacher in teachers}

    def ask() -> None:
        try:
            with Store(Path(":memory:")) as store:
                lanes = [new_lane(teacher) for teacher in teachers]
                ask_pool(lanes, requests, store, lambda request, one: came.put((request, one)), check=check)
            came.put(None)
        except BaseException as error:
            came.put(error)

    threading.Thread(target=ask, daemon=True).start()
    while (found := came.get()) is not None:
        if isinstance(found, BaseException):
            raise found
        request, one = found
        yield request.key, one, urls[one.model] if isinstance(one, Reply) else ""


def _merged(ray: Any, streams: Sequence[Any]) -> Iterator[Came]:
    """The items of several streams, whichever comes first."""
    open_ones = list(streams)
    while open_ones:
        ready, _ = ray.wait(open_ones, num_returns=1)
        try:
            yield ray.get(next(ready[0]))
        except StopIteration:
            open_ones.remove(ready[0])
