"""The application: guard, routes and error bodies put together."""

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
from forklift.deploy.desk import WAITING_LIMIT, Desk
from forklift.deploy.guard import LOCAL_NAMES, Guard
from forklift.deploy.protocol import ApiError
from forklift.index import Index
from forklift.workspace import Lift

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel


def create_app(
    lift: Lift,
    models: Mapping[str, "LanguageModel"],
    index: Index,
    *,
    hosts: Collection[str] = (),
    waiting_limit: int = WAITING_LIMIT,
    keeps_votes: bool = True,
    framed_by: str = "",
) -> FastAPI:
    """The page and the API of one lift.

    `models`: by the name that requests use. `hosts`: the addresses bound to, allowed in Host headers beside
    the local names; "*" allows any. `keeps_votes`: whether there is an arena, whose votes go into the lift.
    `framed_by`: the one origin that may show the page in a frame. Setting `app.state.closing` ends running generations.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.closing = threading.Event()
    desks = {name: Desk(model, app.state.closing, waiting_limit) for name, model in models.items()}
    routers = [page_routes(), lift_routes(lift, models, index, keeps_votes=keeps_votes), atlas_routes(index)]
    if keeps_votes:
        routers.append(arena_routes(lift, [f"{name}{more}" for name in models for more in ("", RETRIEVAL)]))
    for router in (*routers, chat_routes(desks, index)):
        app.include_router(router)
    for kind in (ApiError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _error_response)
    app.add_middleware(Guard, hosts=LOCAL_NAMES.union(map(str.lower, hosts)), framed_by=framed_by)
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
