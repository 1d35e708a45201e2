"""Serves a lift on this machine until it is told to stop."""

import errno
import http.client
import socket
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
from forklift.errors import ServeError, WorkspaceError
from forklift.index import open_index
from forklift.workspace import Lift, read_manifest, require_stage

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

GRACE_S = 5
START_S = 60
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def serve(lift: Lift, config: DeployConfig, ready: Callable[[str], None]) -> None:
    """Serves the page and the API of `lift` until Ctrl-C, then returns.

    Calls `ready(url)` once /health answers. Raises ServeError when the address cannot be had (before any
    model is loaded), WorkspaceError when nothing is trained yet, IndexingError, ModelError.
    """
    require_stage(lift, "train:sft", f"forklift train {lift.root}")
    with closing(bind(config.host, config.port)) as listener, open_index(lift.index) as index:
        hosts = (config.host, listener.getsockname()[0])
        run(create_app(lift, load_models(lift), index, hosts=hosts), listener, ready)


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
    server = _Server(
        uvicorn.Config(app, timeout_graceful_shutdown=GRACE_S, server_header=False, **options)  # type: ignore[arg-type]
    )
    threading.Thread(target=_announce, args=(listener.getsockname(), ready), daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once all is closed
        server.run([listener])


class _Server(uvicorn.Server):
    """Ends running generations when told to stop; uvicorn alone would wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.config.app.state.closing.set()  # type: ignore[union-attr]
        super().handle_exit(sig, frame)


def _announce(address: tuple[str, int], ready: Callable[[str], None]) -> None:
    """Asks /health, which answers as soon as the server runs, then calls `ready` with the URL."""
    host, port = _ANY.get(address[0], address[0]), address[1]
    with closing(http.client.HTTPConnection(host, port, timeout=START_S)) as connection:
        try:
            connection.request("GET", "/health")
            healthy = connection.getresponse().status == 200
        except OSError:
            return  # the server ended before it began, and says why itself
    if healthy:
        ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
