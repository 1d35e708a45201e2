"""Serves a lift on this machine until it is told to stop."""

import errno
import http.client
import ipaddress
import logging
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from forklift.config import DeployConfig
from forklift.deploy.app import create_app
from forklift.deploy.share import public_link
from forklift.deploy.watch import open_log
from forklift.errors import ServeError, WorkspaceError
from forklift.index import open_index
from forklift.workspace import Lift, read_manifest, require_stage

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

GRACE_S = 5  # for answers that are being written when the server is told to stop
CONNECTIONS = 512
TOKEN_BYTES = 24
SWITCH_S = 0.0005  # between Python threads: the models' thread gives way after every product of matrices
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def serve(lift: Lift, config: DeployConfig, ready: Callable[[str], None]) -> None:
    """Serves the page and the API of `lift` until Ctrl-C, then returns.

    Calls `ready(url)` once /health answers; the URL brings the token where one is needed. Raises ServeError when the
    address or the public link cannot be had (before any model is loaded) or the log not written, WorkspaceError when
    nothing is trained yet, IndexingError, ModelError.
    """
    require_stage(lift, "train:sft", f"forklift train {lift.root}")
    with closing(bind(config.host, config.port)) as listener, open_index(lift.index) as index:
        address, port = listener.getsockname()[:2]
        open_to_others = config.share or not is_loopback(address)
        token = config.token or (secrets.token_urlsafe(TOKEN_BYTES) if open_to_others else "")
        link = public_link(_ANY.get(address, address), port) if config.share else ""
        app = create_app(
            lift,
            load_models(lift),
            index,
            hosts=(config.host, address),
            at_once=config.at_once,
            waiting_limit=config.waiting,
            per_minute=config.per_minute,
            token=token,
            log=_log(config.log or lift.root / "access.jsonl"),
        )
        run(app, listener, lambda url: ready(f"{link or url}/?token={token}" if token else url))


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the IP address."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _log(path: Path) -> logging.Logger:
    try:
        return open_log(path)
    except OSError as error:
        raise ServeError(f"cannot write {path} ({error.strerror}): choose another place with --log") from None


def bind(host: str, port: int) -> socket.socket:
    """A socket listening on the address, so that nobody else gets it meanwhile. Raises ServeError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise ServeError(f"cannot serve on {host!r} ({error}): choose another address with --host") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ServeError(_why(error, host, port)) from None
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges: choose one above 1023 with --port"
    return f"cannot serve on {host}:{port} ({error.strerror}): choose another address with --host"


def load_models(lift: Lift) -> dict[str, "LanguageModel"]:
    """The base model as "base", then every tuned one by name. Raises ModelError, WorkspaceError."""
    from forklift.answerers.language_model import load_language_model

    stages = read_manifest(lift)["stages"]
    tuned = {
        stage.removeprefix("train:"): entry["base"]
        for stage, entry in stages.items()
        if stage.startswith("train:") and "base" in entry
    }
    for name in tuned:
        if not lift.model(name).is_dir():
            raise WorkspaceError(f"{lift.model(name)} is missing: run 'forklift train {lift.root}' again")
    base = next(iter(tuned.values()))
    models = {"base": load_language_model(base, Path(base).name)}
    return models | {name: load_language_model(lift.model(name), name) for name in tuned}


def run(app: FastAPI, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Runs `app` on `listener` until a signal; calls `ready(url)` once it answers."""
    options = {"lifespan": "off", "ws": "none", "access_log": False, "log_level": "error"}
    limits = {"limit_concurrency": CONNECTIONS, "timeout_graceful_shutdown": 2 * GRACE_S}
    server = _Server(uvicorn.Config(app, server_header=False, **options, **limits))  # type: ignore[arg-type]
    threading.Thread(target=_announce, args=(listener.getsockname(), ready), daemon=True).start()
    sys.setswitchinterval(SWITCH_S)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once all is closed
        server.run([listener])


class _Server(uvicorn.Server):
    """Takes no more requests when told to stop, and after GRACE_S or at a second word ends the answers that are still
    being written; uvicorn alone would wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        closing: threading.Event = self.config.app.state.closing  # type: ignore[union-attr]
        if self.should_exit:
            closing.set()
            return
        ending = threading.Timer(GRACE_S, closing.set)
        ending.daemon = True
        ending.start()
        super().handle_exit(sig, frame)


def _announce(address: tuple[str, int], ready: Callable[[str], None]) -> None:
    """Asks /health, which answers once the server runs, however long it takes to start, then calls `ready(url)`."""
    host, port = _ANY.get(address[0], address[0]), address[1]
    with closing(http.client.HTTPConnection(host, port)) as connection:
        try:
            connection.request("GET", "/health")
            healthy = connection.getresponse().status == 200
        except OSError:
            return  # the server ended before it began, and says why itself
    if healthy:
        ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
