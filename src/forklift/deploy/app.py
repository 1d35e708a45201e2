"""The application: guard, routes and error bodies put together."""

import logging
import threading
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from forklift.answerers import RETRIEVAL
from forklift.deploy.arena import arena_routes
from forklift.deploy.atlas import atlas_routes
from forklift.deploy.browse import lift_routes, page_routes
from forklift.deploy.chat import chat_routes
from forklift.deploy.description import ERROR_RESPONSES, describe
from forklift.deploy.desk import AT_ONCE, WAITING_LIMIT, Desk
from forklift.deploy.guard import LOCAL_NAMES, Guard
from forklift.deploy.limits import RateLimit
from forklift.deploy.protocol import ApiError
from forklift.deploy.watch import Watch, Watched
from forklift.index import Index
from forklift.workspace import Lift

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

PER_MINUTE = 1200


def create_app(
    lift: Lift,
    models: Mapping[str, "LanguageModel"],
    index: Index,
    *,
    hosts: Collection[str] = (),
    at_once: int = AT_ONCE,
    waiting_limit: int = WAITING_LIMIT,
    keeps_votes: bool = True,
    framed_by: str = "",
    per_minute: int = PER_MINUTE,
    token: str = "",
    log: logging.Logger | None = None,
) -> FastAPI:
    """The page and the API of one lift.

    `models`: by the name that requests use. `hosts`: the addresses bound to, allowed in Host headers beside
    the local names; "*" allows any. `at_once`: answers of one model that are written side by side; `waiting_limit`:
    those that may wait for it; `per_minute`: requests from one address that make the server work. `token`: what clients
    must present, "" for none. `log`: gets a line for each request. `keeps_votes`: whether there is an arena, whose
    votes go into the lift. `framed_by`: the one origin that may show the page in a frame. Setting `app.state.closing`
    ends the answers that are being written.
    """
    app = FastAPI(docs_url=None, redoc_url=None, responses=ERROR_RESPONSES)
    describe(app)
    app.state.closing = threading.Event()
    desk = Desk(models, app.state.closing, at_once=at_once, waiting_limit=waiting_limit)
    watch = Watch(desk, log)
    routers = [page_routes(), lift_routes(lift, models, index, keeps_votes=keeps_votes), atlas_routes(index)]
    if keeps_votes:
        routers.append(arena_routes(lift, [f"{name}{more}" for name in models for more in ("", RETRIEVAL)]))
    for router in (*routers, chat_routes(desk, index)):
        app.include_router(router)
    app.add_api_route("/metrics", watch.metrics, include_in_schema=False)
    for kind in (ApiError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _error_response)
    app.add_middleware(RateLimit, per_minute=per_minute)
    app.add_middleware(Guard, hosts=LOCAL_NAMES.union(map(str.lower, hosts)), token=token, framed_by=framed_by)
    app.add_middleware(Watched, watch=watch)  # the outermost
    return app


async def _error_response(request: Request, error: Exception) -> Response:
    """Any error with an OpenAI body, without telling what broke inside."""
    refusal = _as_api_error(error, request)
    return JSONResponse(refusal.body(), refusal.status, headers=refusal.headers)


def _as_api_error(error: Exception, request: Request) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException):
        return ApiError(error.status_code, f"{request.method} {request.url.path}: {error.detail}")
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        param = str(first["loc"][-1])
        return ApiError(400, f"{param}: {first['msg']}", param=param, code="invalid_value")
    return ApiError(500, "the server failed on this request: see its output", code="internal_error")
