"""What the page reads: the page itself, the lift, source lines, the report."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from forklift.answerers import RETRIEVAL
from forklift.deploy.guard import REPORT_POLICY
from forklift.deploy.protocol import ApiError
from forklift.index import Index
from forklift.records import Symbol
from forklift.workspace import Lift

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

LINES_BEFORE = 12
LINES_AFTER = 40
SUGGESTIONS = 24  # the page shows the first few, the arena draws from all

_MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_CALLED = ("function", "method")
_ASKED_ABOUT = ("class", "struct", *_CALLED)
_WORDINGS = ("What is `{}` for?", "Where is `{}` defined?", "How does `{}` work?")


def page_routes() -> APIRouter:
    """The files of the page, read once: no request names a file."""
    router = APIRouter()
    for file in files("forklift.deploy").joinpath("page").iterdir():
        response = Response(file.read_bytes(), media_type=_MEDIA_TYPES[file.name.rpartition(".")[2]])
        url = "/" if file.name == "index.html" else f"/{file.name}"
        router.add_api_route(url, _constant(response), include_in_schema=False)
    return router


def _constant(response: Response) -> Callable[[], Awaitable[Response]]:
    async def endpoint() -> Response:
        return response

    return endpoint


def lift_routes(
    lift: Lift, models: Mapping[str, "LanguageModel"], index: Index, *, keeps_votes: bool = True
) -> APIRouter:
    """/health, /api/lift, /api/source and /report. `keeps_votes`: whether there is an arena."""
    router = APIRouter()
    name = index.meta["name"]
    about = {
        "name": name,
        "commit": index.meta["commit"],
        "models": [{"id": id, "name": model.name} for id, model in models.items()],
        "retrieval": RETRIEVAL,
        "keeps_votes": keeps_votes,
        "questions": suggested_questions(index.symbols()),
    }
    report = lift.scores / "report.html"

    @router.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok"}

    @router.get("/api/lift")
    def show_lift() -> dict[str, Any]:
        return {**about, "has_report": report.is_file()}

    @router.get("/api/source")
    def show_source(path: str, line: int = 1) -> dict[str, Any]:
        return source_around(index, path, line)

    @router.get("/report")
    def show_report() -> Response:
        if not report.is_file():
            raise ApiError(404, "this lift has no report yet: run 'forklift test' on it")
        return FileResponse(report, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY})

    return router


def source_around(index: Index, path: str, line: int) -> dict[str, Any]:
    """Lines of an indexed file around `line`, 1-based. Raises ApiError (404) when the index has none there."""
    first = max(1, line - LINES_BEFORE)
    lines = index.lines(path, first, line + LINES_AFTER)
    if not first <= line < first + len(lines):
        raise ApiError(404, f"no line {line} of {path!r} in this repository", code="not_found")
    return {"path": path, "line": line, "first": first, "lines": lines}


def suggested_questions(symbols: Iterable[Symbol], limit: int = SUGGESTIONS) -> list[str]:
    """Questions about the most central public definitions outside the tests, each in another wording."""
    ranked = sorted(filter(_is_public, symbols), key=lambda symbol: -symbol.rank)
    names = list(dict.fromkeys(symbol.qualified_name for symbol in ranked))[:limit]
    return [_WORDINGS[n % len(_WORDINGS)].format(name) for n, name in enumerate(names)]


def _is_public(symbol: Symbol) -> bool:
    hidden = any(part.startswith("_") for part in symbol.qualified_name.split("."))
    return symbol.kind in _ASKED_ABOUT and not symbol.is_test and not hidden
