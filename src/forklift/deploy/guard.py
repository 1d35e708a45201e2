"""What every request must pass and every response carries: the local server against the web around it."""

import asyncio
import hmac
import re
from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forklift.deploy.protocol import ApiError

MAX_BODY_BYTES = 1_000_000
BODY_S = 30  # for a request to arrive
COOKIE = "forklift_token"
OPEN = "/health"  # needs no token
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LOGIN_POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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


# What a browser without the token sees: a field to put it in.
_LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>ForkLift</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<form action="/"><label>Token of this server, printed where it was started:
<input name="token" type="password" autofocus required></label> <button>Enter</button></form></html>"""


class Guard:
    """ASGI middleware: refuses strangers and other origins, adds the security headers.

    Without a token only those may ask who use this machine's own names: a page elsewhere can point its own name at
    127.0.0.1 (DNS rebinding) or post to it blindly, which shows in the Host and Origin headers. With a token,
    clients present it as a bearer token; browsers once as /?token=..., and get a cookie that no script and no other
    site can use. `hosts` with "*" answers to any name; `framed_by` is the one origin whose pages may show this one in a
    frame.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], token: str = "", framed_by: str = "") -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.token = token.encode()
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

        await (self._refusal(Request(scope)) or self.app)(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response | None:
        """What stands in the way of a request."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if not self.token and "*" not in self.hosts and host_name(host) not in self.hosts:
            return _refused(403, "this server answers only to its own address", "host_not_allowed")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return _refused(403, "requests from other web sites are refused", "origin_not_allowed")
        if self.token and request.url.path != OPEN and not self._knows(request):
            return self._login(request)
        return None

    def _knows(self, request: Request) -> bool:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = [request.cookies.get(COOKIE, ""), bearer.strip() if kind.lower() == "bearer" else ""]
        matches = [hmac.compare_digest(each.encode(), self.token) for each in given]  # all, so that time says nothing
        return any(matches)

    def _login(self, request: Request) -> Response:
        """The cookie for a browser that brings the token, a form for one that does not."""
        if request.url.path == "/" and request.method == "GET":
            given = request.query_params.get("token", "")
            if hmac.compare_digest(given.encode(errors="replace"), self.token):
                response = RedirectResponse("/", 303)
                response.set_cookie(COOKIE, given, httponly=True, samesite="strict")
                return response
            return HTMLResponse(_LOGIN, 401, headers={"Content-Security-Policy": LOGIN_POLICY})
        said = "this server needs its token: Authorization: Bearer TOKEN"
        refusal = _refused(401, said, "invalid_token")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal


def _refused(status: int, message: str, code: str) -> JSONResponse:
    return JSONResponse(ApiError(status, message, code=code).body(), status)


def _headers(framed_by: str) -> dict[str, str]:
    if not framed_by:
        return _HEADERS
    policy = PAGE_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {framed_by}")
    return {**{k: v for k, v in _HEADERS.items() if k != "X-Frame-Options"}, "Content-Security-Policy": policy}


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets, lower case; "" when it is malformed."""
    match = _HOST.fullmatch(host.lower())
    return (match["address"] or match["name"]) if match else ""


async def read_body(request: Request) -> bytes:
    """The body of `request`. Raises ApiError (413) as soon as it is more than MAX_BODY_BYTES, (408) when it does not
    arrive in BODY_S."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    limit = f"{MAX_BODY_BYTES:,} bytes"
                    raise ApiError(413, f"the body is larger than {limit}", code="request_too_large")
    except TimeoutError:
        raise ApiError(408, f"the body did not arrive in {BODY_S} s", code="request_timeout") from None
    return bytes(body)
