"""The OpenAPI description of the server: /openapi.json."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from forklift import __version__
from forklift.deploy.protocol import ChatRequest, TextRequest

_SCHEMAS = "#/components/schemas/{model}"
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"enum": ["invalid_request_error", "rate_limit_error", "server_error"]},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_ERRORS = {
    400: "The request is not valid; `param` names the field",
    401: "The token is missing or wrong",
    403: "Another host or web site",
    404: "No such model, file or page",
    405: "No such method",
    408: "The body did not arrive in time",
    413: "The body is too large",
    429: "Too many requests: wait as many seconds as Retry-After says",
    500: "The model or the server failed",
    503: "The server is stopping",
}
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    for status, said in _ERRORS.items()
}


def takes(model: type[ChatRequest] | type[TextRequest]) -> dict[str, Any]:
    """What a route that reads its body itself says of it: whole answers are JSON, streams are events."""
    schema = {"$ref": _SCHEMAS.format(model=model.__name__)}
    answer = {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {"schema": {"type": "string"}}}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "The answer", "content": answer}},
    }


def describe(app: FastAPI) -> None:
    """Gives `app` its description."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            said = get_openapi(title="ForkLift", version=__version__, routes=app.routes)
            kinds = [(ChatRequest, "validation"), (TextRequest, "validation")]
            _, models = models_json_schema(kinds, ref_template=_SCHEMAS)  # type: ignore[arg-type]
            schemas = said.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(models["$defs"], Error=_ERROR)
            app.openapi_schema = said
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
