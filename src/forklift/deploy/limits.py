"""How often one address may ask."""

import math
import time
from collections import OrderedDict

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from forklift.deploy.protocol import ApiError

MOST_ADDRESSES = 10_000  # remembered


class RateLimit:
    """ASGI middleware: lets each address send `per_minute` requests a minute that are not plain reading.

    A bucket that fills up evenly: who has been quiet may send all at once.
    """

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._size, self._per_s = float(per_minute), per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            wait_s = self._take((scope.get("client") or ("", 0))[0])
            if wait_s:
                refusal = ApiError(
                    429, "too many requests from this address", code="rate_limit_exceeded", retry_after_s=wait_s
                )
                await JSONResponse(refusal.body(), refusal.status, headers=refusal.headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _take(self, address: str) -> int:
        """Takes one request out of the bucket of `address`. Returns the seconds to wait when it is empty, else 0."""
        now = time.monotonic()
        left, then = self._buckets.pop(address, (self._size, now))
        left = min(self._size, left + (now - then) * self._per_s)
        wait_s = 0 if left >= 1 else math.ceil((1 - left) / self._per_s)
        self._buckets[address] = (left if wait_s else left - 1, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return wait_s
