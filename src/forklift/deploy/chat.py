"""The OpenAI-compatible part of the API: models, chat completions and plain completions under /v1."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from forklift.answerers import RETRIEVAL
from forklift.answerers.asking import CHECKED, EXTRAS, name_check, split_name, told
from forklift.answerers.correction import correction
from forklift.answerers.wishes import Decoding, Wish, fresh_seed
from forklift.deploy.description import takes
from forklift.deploy.desk import Busy, Closing, Desk
from forklift.deploy.grounding import Grounding
from forklift.deploy.guard import read_body
from forklift.deploy.protocol import MOST_ANSWER_TOKENS, ApiError, ChatRequest, TextRequest, parse_request
from forklift.deploy.replies import Choice, Reply, event, model_card
from forklift.deploy.watch import note_first_text, note_reply
from forklift.errors import ModelError
from forklift.index import Index

if TYPE_CHECKING:  # brings torch
    from llguidance import LLMatcher

    from forklift.answerers.language_model import LanguageModel

ANSWER_S = 5  # about what an answer takes, for those who have to wait


@dataclass(frozen=True)
class _Job:
    """One request: what the desk is asked, and the reply that it becomes."""

    model: str
    wishes: Sequence[Wish]
    reply: Reply


def chat_routes(desk: Desk, index: Index) -> APIRouter:
    """The routes under /v1 for the models of the desk, by name. NAME+retrieval is told what the index holds about the
    question, NAME+checked writes only names that exist between backticks, NAME+retrieval+checked does both."""
    router = APIRouter(prefix="/v1")
    started = int(time.time())
    names = [f"{name}{more}" for name in desk.models for more in EXTRAS]

    @router.get("/models")
    def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [model_card(name, started) for name in names]}

    @router.get("/models/{name}")
    def show_model(name: str) -> dict[str, Any]:
        _named(desk, name)
        return model_card(name, started)

    @router.post("/chat/completions", openapi_extra=takes(ChatRequest))
    async def chat(request: Request) -> Response:
        asked = parse_request(ChatRequest, await read_body(request))
        job = await asyncio.to_thread(_chat_job, asked, desk, index)
        return await _respond(request, job, asked, desk, index)

    @router.post("/completions", openapi_extra=takes(TextRequest))
    async def complete(request: Request) -> Response:
        asked = parse_request(TextRequest, await read_body(request))
        job = await asyncio.to_thread(_text_job, asked, desk, index)
        return await _respond(request, job, asked, desk, index)

    return router


# what is asked


def _named(desk: Desk, name: str) -> tuple[str, frozenset[str]]:
    """The model called `name` without what is added to it, and that. Raises ApiError (404)."""
    with suppress(ValueError):
        plain, extras = split_name(name)
        if plain in desk.models:
            return plain, extras
    said = f"no model {name!r} here, only {', '.join(desk.models)}, each also with {RETRIEVAL} and {CHECKED}"
    raise ApiError(404, said, param="model", code="model_not_found")


def _chat_job(asked: ChatRequest, desk: Desk, index: Index) -> _Job:
    """Raises ApiError (400, 404)."""
    plain, extras = _named(desk, asked.model)
    model, messages = desk.models[plain], asked.conversation()
    question = messages[-1]["content"]
    earlier = [each["content"] for each in messages[:-1] if each["role"] == "user"]
    messages[-1]["content"] = told(question, extras, model, index, earlier)
    prompt = tuple(model.encode(messages))
    grammar = _grammar(asked, model)
    wishes = _wishes(asked, model, prompt, "messages", name_check(question, extras, index), grammar)
    choices = [Choice(n, question, is_text=grammar is None) for n in range(asked.n)]
    return _Job(plain, wishes, Reply("chat", asked.model, len(prompt), choices))


def _text_job(asked: TextRequest, desk: Desk, index: Index) -> _Job:
    """Raises ApiError (400, 404)."""
    plain, extras = _named(desk, asked.model)
    model, wishes, choices, tokens = desk.models[plain], list[Wish](), list[Choice](), 0
    for text in asked.prompt:
        prompt = tuple(model.encode_text(told(text, extras, model, index)))
        if not prompt:
            raise ApiError(400, "prompt: there is nothing to go on from", param="prompt", code="invalid_value")
        tokens += len(prompt)
        choices += [Choice(len(choices) + n, text, text if asked.echo else "") for n in range(asked.n)]
        wishes += _wishes(asked, model, prompt, "prompt", name_check(text, extras, index))
    return _Job(plain, wishes, Reply("text", asked.model, tokens, choices))


def _wishes(
    asked: ChatRequest | TextRequest,
    model: "LanguageModel",
    prompt: tuple[int, ...],
    param: str,
    allows: Callable[[str, str], bool] | None,
    grammar: "LLMatcher | None" = None,
) -> list[Wish]:
    """`n` answers to one prompt, cut to what the context leaves. Raises ApiError (400)."""
    context = model.max_tokens
    if len(prompt) >= context:
        said = f"the {param} take {len(prompt)} tokens and this model's context holds {context}"
        raise ApiError(400, said, param=param, code="context_length_exceeded")
    limit = min(asked.max_tokens, MOST_ANSWER_TOKENS, context - len(prompt))
    seed = fresh_seed() if asked.seed is None else asked.seed
    drawn = [Decoding(asked.temperature, asked.top_p, (seed + n) % 2**63) for n in range(asked.n)]
    return [Wish(prompt, limit, each, tuple(asked.stop), allows, grammar) for each in drawn]


def _grammar(asked: ChatRequest, model: "LanguageModel") -> "LLMatcher | None":
    """What an answer of the wanted form is written with; None where every text will do. Raises ApiError (400)."""
    schema = asked.response_format.wanted
    try:
        return None if schema is None else model.grammar(schema)
    except ValueError as error:
        param = "response_format.json_schema.schema"
        raise ApiError(400, f"{param}: {error}", param=param, code="invalid_value") from None


# what is answered


async def _respond(request: Request, job: _Job, asked: ChatRequest | TextRequest, desk: Desk, index: Index) -> Response:
    note_reply(request.scope, job.reply)
    if asked.stream:
        return await _streamed(_events(request.scope, job, asked.stream_options.include_usage, desk, index))
    return await _unless_disconnected(request, _whole(job, desk, index))


async def _pieces(job: _Job, desk: Desk) -> AsyncGenerator[tuple[Choice, str]]:
    """The answers piece by piece, written into the reply as they come. Raises ApiError (429, 500, 503)."""
    try:
        async with aclosing(desk.answer(job.model, job.wishes)) as pieces:
            async for number, piece in pieces:
                choice = job.reply.choices[number]
                choice.text += piece.text
                choice.tokens, choice.finish = piece.tokens, piece.finish
                yield choice, piece.text
    except Busy:
        raise ApiError(
            429,
            f"too many requests wait for model {job.reply.model!r}: try again later",
            code="rate_limit_exceeded",
            retry_after_s=math.ceil(ANSWER_S * desk.present(job.model) / desk.at_once),
        ) from None
    except Closing:
        raise ApiError(503, "the server is stopping", code="server_stopping") from None
    except ModelError as error:
        raise ApiError(500, str(error), code="model_error") from None


async def _whole(job: _Job, desk: Desk, index: Index) -> Response:
    async for _ in _pieces(job, desk):
        pass
    for choice in job.reply.choices:
        grounding = Grounding(index)
        grounding.feed(choice.text)
        await _conclude(choice, grounding, index)
    return JSONResponse(job.reply.whole())


async def _conclude(choice: Choice, grounding: Grounding, index: Index) -> str:
    """Checks the names of an answer that is complete. Returns what is added when it denies what exists, or ""."""

    def conclude() -> str:
        note = correction(choice.question, choice.text, index) if choice.is_text else ""
        added = f"\n\n{note}" if note else ""
        choice.text += added
        grounding.feed(added)
        choice.names = grounding.whole()
        return added

    return await asyncio.to_thread(conclude)


async def _events(scope: Scope, job: _Job, include_usage: bool, desk: Desk, index: Index) -> AsyncGenerator[str]:
    """The answers as server-sent events; the first comes when there is a place in line."""
    reply = job.reply
    groundings: dict[int, Grounding] = {}
    try:
        async with aclosing(_pieces(job, desk)) as pieces:
            async for choice, text in pieces:
                first = choice.index not in groundings
                grounding = groundings.setdefault(choice.index, Grounding(index))
                if first and reply.kind == "text" and choice.text != text:
                    text = choice.text  # echo
                names = await asyncio.to_thread(grounding.feed, text) if text else []
                if text:
                    note_first_text(scope)
                if text or first:
                    yield event(reply.chunk(choice, text, names, first=first))
                if choice.finish:
                    if added := await _conclude(choice, grounding, index):
                        yield event(reply.chunk(choice, added))
                    yield event(reply.last_chunk(choice))
    except ApiError as error:
        if not groundings:
            raise
        yield event(error.body())
        return
    if include_usage:
        yield event(reply.usage_chunk())
    yield event("[DONE]")


async def _streamed(events: AsyncGenerator[str]) -> Response:
    """The events as a response. What the first one raises is raised here, while the status is still open."""
    first = await anext(events)
    return _EventStream(first, events)


class _EventStream(StreamingResponse):
    """Closes its events however the response ends, so that a client that leaves ends the generation."""

    def __init__(self, first: str, events: AsyncGenerator[str]) -> None:
        self._events = events
        super().__init__(self._all(first), media_type="text/event-stream")

    async def _all(self, first: str) -> AsyncGenerator[str]:
        yield first
        async for each in self._events:
            yield each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._events.aclose()


async def _unless_disconnected(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """What `work` returns; it is cancelled when the client leaves first."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return Response(status_code=499)  # nobody reads it
    finally:
        for task in (working, watching):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
