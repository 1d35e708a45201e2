"""What every request must pass and every response carries: the local server against the web around it."""

import re
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forklift.deploy.protocol import ApiError

MAX_BODY_BYTES = 1_000_000
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The report is one file with its styles and pictures inside; nothing in it may run or reach the API.
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?")
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, adds the security headers.

    A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding) or post to it blindly; both show in
    the Host and Origin headers. `hosts` with "*" answers to any name; `framed_by` is the one origin whose pages may
    show this one in a frame.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], framed_by: str = "") -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.headers = _headers(framed_by)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(Headers(scope=scope), self.hosts)
        app = JSONResponse(refusal.body(), refusal.status) if refusal else self.app
        await app(scope, receive, send_guarded)


def _headers(framed_by: str) -> dict[str, str]:
    if not framed_by:
        return _HEADERS
    policy = PAGE_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {framed_by}")
    return {**{k: v for k, v in _HEADERS.items() if k != "X-Frame-Options"}, "Content-Security-Policy": policy}


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, lower case; "" when it is malformed."""
    match = _HOST.fullmatch(host.lower())
    return (match["address"] or match["name"]) if match else ""


def _refusal(headers: Headers, hosts: frozenset[str]) -> ApiError | None:
    host, origin = headers.get("host", ""), headers.get("origin")
    if "*" not in hosts and host_name(host) not in hosts:
        return ApiError(403, "this server answers only to its own address", code="host_not_allowed")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        return ApiError(403, "requests from other web sites are refused", code="origin_not_allowed")
    return None


async def read_body(request: Request) -> bytes:
    """The body of `request`. Raises ApiError (413) as soon as it is more than MAX_BODY_BYTES."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            limit = f"{MAX_BODY_BYTES:,} bytes"
            raise ApiError(413, f"the body is larger than {limit}", code="request_too_large")
    return bytes(body)
