"""What the server does, in numbers for Prometheus and in a line of JSON for each request."""

import json
import logging
import time
import uuid
from datetime import UTC, datetime
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forklift.deploy.desk import Desk
from forklift.deploy.replies import Reply

LOG_BYTES, LOG_FILES = 10_000_000, 3  # then the oldest lines go
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LONGEST_PATH = 200  # of what is logged


def open_log(path: Path) -> logging.Logger:
    """A log of one line a request at `path`, renewed when it gets long. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.Logger("access")  # of nobody else
    logger.addHandler(handler)
    return logger


class Watch:
    """Counts requests, tokens and checked names of one server."""

    def __init__(self, desk: Desk, log: logging.Logger | None = None) -> None:
        self._log = log
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter("forklift_requests", "Requests answered", ["route", "status"], registry=registry)
        self._seconds = Histogram(
            "forklift_request_seconds",
            "From request to end of response",
            ["route"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._first = Histogram(
            "forklift_first_token_seconds", "From request to first text", ["model"], registry=registry, buckets=_SECONDS
        )
        self._tokens = Counter("forklift_tokens", "Tokens read and written", ["model", "kind"], registry=registry)
        self._names = Counter("forklift_names", "Code names in answers", ["model", "exists"], registry=registry)
        present = Gauge("forklift_answers", "Answers written or waited for", ["model"], registry=registry)
        for model in desk.models:
            present.labels(model).set_function(partial(desk.present, model))

    def metrics(self) -> Response:
        """All numbers in the text format of Prometheus."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def request(self, scope: Scope, began: float, status: int, request_id: str) -> None:
        """One request that has been answered, or whose client has left."""
        route, seconds = getattr(scope.get("route"), "path", "other"), time.perf_counter() - began
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        reply, first_at = scope.get("forklift.reply"), scope.get("forklift.first_at")
        if isinstance(reply, Reply):
            self._count(reply, first_at and first_at - began)
        if self._log:
            said = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "id": request_id,
                "client": (scope.get("client") or ("", 0))[0],
                "method": scope["method"],
                "path": scope["path"][:_LONGEST_PATH],
                "status": status,
                "ms": round(1000 * seconds, 1),
                **(_told(reply, first_at and first_at - began) if isinstance(reply, Reply) else {}),
            }
            self._log.info(json.dumps(said))

    def _count(self, reply: Reply, first_s: float | None) -> None:
        usage = reply.usage()
        self._tokens.labels(reply.model, "read").inc(usage["prompt_tokens"])
        self._tokens.labels(reply.model, "written").inc(usage["completion_tokens"])
        if first_s:
            self._first.labels(reply.model).observe(first_s)
        for name in (name for choice in reply.choices for name in choice.names):
            self._names.labels(reply.model, str(name.known).lower()).inc()


def _told(reply: Reply, first_s: float | None) -> dict[str, Any]:
    """What the log says of an answer: never what was asked or said."""
    usage = reply.usage()
    return {
        "model": reply.model,
        "prompt_tokens": usage["prompt_tokens"],
        "answer_tokens": usage["completion_tokens"],
        "first_token_ms": first_s and round(1000 * first_s, 1),
        "finish": [choice.finish or "cut" for choice in reply.choices],
    }


def note_reply(scope: Scope, reply: Reply) -> None:
    """Lets the log know what a request has become."""
    scope["forklift.reply"] = reply


def note_first_text(scope: Scope) -> None:
    """Lets the log know when the first text of an answer came."""
    scope.setdefault("forklift.first_at", time.perf_counter())


class Watched:
    """ASGI middleware: gives every request a number, tells `watch` how it went."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self.app, self.watch = app, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id, status = time.perf_counter(), uuid.uuid4().hex, 499  # when no response begins

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_numbered)
        except Exception:
            status = 500  # sent by what is around this
            raise
        finally:
            self.watch.request(scope, began, status, request_id)
