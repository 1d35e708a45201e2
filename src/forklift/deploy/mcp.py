"""The same knowledge for coding agents: a server of the Model Context Protocol, over stdio or HTTP."""

import signal
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Literal

import uvicorn
from starlette.types import ASGIApp

from forklift.deploy.guard import LOCAL_NAMES, MAX_BODY_BYTES, Guard
from forklift.deploy.server import GRACE_S, bind, is_loopback
from forklift.errors import ServeError
from forklift.index import open_index
from forklift.workspace import Lift

if TYPE_CHECKING:  # brings the extra
    from mcp.server.mcpserver import MCPServer

Transport = Literal["stdio", "http"]
PATH = "/mcp"
MISSING = "the server for agents needs the MCP library: pip install 'forklift-llm[mcp]'"


def serve_mcp(
    lift: Lift,
    transport: Transport = "stdio",
    host: str = "127.0.0.1",
    port: int = 8001,
    *,
    model: str = "sft",
    token: str = "",
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serves `lift` to agents until its input ends (stdio) or Ctrl-C.

    `model`: who answers `ask`, loaded at the first question; the other tools need the index alone. `token`: what an
    HTTP client must present as its bearer token; needed for every address that other machines can reach. Calls
    `ready(url)` once HTTP clients can connect. Raises ServeError when the library is missing, the address cannot be
    had, or a token is; IndexingError.
    """
    try:
        from forklift.deploy.tools import create_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise ServeError(MISSING) from None
    ending = threading.Event()
    try:
        with open_index(lift.index) as index:
            server = create_server(lift, index, model, ending)
            if transport == "stdio":
                _serve_stdio(server)
            else:
                _serve_http(server, host, port, token, ready)
    finally:
        ending.set()


def _serve_stdio(server: "MCPServer") -> None:
    """Until the input ends. Ctrl-C kills: the thread that waits for input cannot be told to stop, and nothing is open
    for writing."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        server.run("stdio")
    finally:
        signal.signal(signal.SIGINT, before)


def _serve_http(server: "MCPServer", host: str, port: int, token: str, ready: Callable[[str], None] | None) -> None:
    """Stateless: each request stands for itself, so there are no sessions to lose or to fill up."""
    with closing(bind(host, port)) as listener:
        address, port = listener.getsockname()[:2]
        if not token and not is_loopback(address):
            raise ServeError(f"other machines can reach {host}: set a token for it, or serve on 127.0.0.1")
        app: ASGIApp = server.streamable_http_app(
            streamable_http_path=PATH, stateless_http=True, json_response=True, max_request_body_size=MAX_BODY_BYTES
        )
        guarded = Guard(app, LOCAL_NAMES | {host.lower(), address}, token)
        options = {"lifespan": "on", "ws": "none", "access_log": False, "log_level": "error", "server_header": False}
        config = uvicorn.Config(guarded, timeout_graceful_shutdown=GRACE_S, **options)  # type: ignore[arg-type]
        if ready:
            ready(f"http://[{address}]:{port}{PATH}" if ":" in address else f"http://{address}:{port}{PATH}")
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once all is closed
            uvicorn.Server(config).run([listener])
