"""The OpenAI-compatible part of the API: /v1/models and /v1/chat/completions."""

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from forklift.answerers import CONTEXT_TOKENS, RETRIEVAL
from forklift.answerers.retrieval import retrieve, with_context
from forklift.deploy.desk import Ask, Busy, Desk
from forklift.deploy.guard import read_body
from forklift.deploy.protocol import ApiError, ChatRequest, Reply, event, model_card, parse_chat
from forklift.errors import ModelError
from forklift.grading import Grounded, correction, ground
from forklift.index import Index

RETRY_AFTER_S = 5


def chat_routes(desks: Mapping[str, Desk], index: Index) -> APIRouter:
    """The routes under /v1 for the models at `desks`, by name; NAME+retrieval is told what the index holds."""
    router = APIRouter(prefix="/v1")
    started = int(time.time())
    names = [f"{name}{more}" for name in desks for more in ("", RETRIEVAL)]

    @router.get("/models")
    def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [model_card(name, started) for name in names]}

    @router.get("/models/{name}")
    def show_model(name: str) -> dict[str, Any]:
        _desk(desks, name)
        return model_card(name, started)

    @router.post("/chat/completions")
    async def complete(request: Request) -> Response:
        chat = parse_chat(await read_body(request))
        desk = _desk(desks, chat.model)
        ask, reply = await _prepare(chat, desk, index)
        if chat.stream:
            return await _streamed(_events(ask, reply, desk, index, chat.stream_options.include_usage))
        return await _unless_disconnected(request, _whole(ask, reply, desk, index))

    return router


def _desk(desks: Mapping[str, Desk], name: str) -> Desk:
    plain = name.removesuffix(RETRIEVAL)
    if plain not in desks:
        known = ", ".join(desks)
        said = f"no model {name!r} here, only {known}, each also with {RETRIEVAL}"
        raise ApiError(404, said, param="model", code="model_not_found")
    return desks[plain]


async def _prepare(chat: ChatRequest, desk: Desk, index: Index) -> tuple[Ask, Reply]:
    """The question for the model, its answer cut to what the context leaves. Raises ApiError (400)."""
    messages = chat.conversation()
    question = messages[-1]["content"]
    if chat.model.endswith(RETRIEVAL):
        messages[-1]["content"] = await asyncio.to_thread(_told_facts, question, desk, index)
    context = desk.model.max_tokens
    tokens = await asyncio.to_thread(desk.model.count_tokens, messages)
    if tokens >= context:
        said = f"the messages take {tokens} tokens and this model's context holds {context}"
        raise ApiError(400, said, param="messages", code="context_length_exceeded")
    limit = min(chat.max_tokens, context - tokens)
    ask = Ask(messages, limit, chat.temperature, chat.top_p, chat.seed, chat.stop)
    return ask, Reply(chat.model, tokens, question)


def _told_facts(question: str, desk: Desk, index: Index) -> str:
    """The question after what the index holds about it, which takes at most a quarter of the model's context."""
    budget = min(CONTEXT_TOKENS, desk.model.max_tokens // 4)
    return with_context(question, retrieve(index, question, budget, desk.model.count_text_tokens).text)


async def _pieces(ask: Ask, reply: Reply, desk: Desk, index: Index) -> AsyncGenerator[str]:
    """The answer piece by piece, and a correction when it denies what exists; written into `reply` as it comes.

    Raises ApiError (429, 500).
    """
    try:
        async with aclosing(desk.answer(ask)) as pieces:
            async for piece in pieces:
                reply.text += piece
                yield piece
    except Busy:
        raise ApiError(
            429,
            f"too many requests wait for model {reply.model!r}: try again later",
            code="rate_limit_exceeded",
            retry_after_s=RETRY_AFTER_S,
        ) from None
    except ModelError as error:
        raise ApiError(500, str(error), code="model_error") from None
    reply.answer_tokens = ask.tokens
    reply.finish_reason = "length" if ask.tokens >= ask.max_tokens and not ask.cut else "stop"
    note = await asyncio.to_thread(correction, reply.question, reply.text, index)
    if note:
        reply.text += f"\n\n{note}"
        yield f"\n\n{note}"


async def _whole(ask: Ask, reply: Reply, desk: Desk, index: Index) -> Response:
    async for _ in _pieces(ask, reply, desk, index):
        pass
    return JSONResponse(reply.completion(await _check(reply, index)))


async def _events(ask: Ask, reply: Reply, desk: Desk, index: Index, include_usage: bool) -> AsyncGenerator[str]:
    """The answer as server-sent events; the first comes when there is a place in line."""
    opened = False
    try:
        async with aclosing(_pieces(ask, reply, desk, index)) as pieces:
            async for piece in pieces:
                role = {} if opened else {"role": "assistant"}
                yield event(reply.chunk({**role, "content": piece}))
                opened = True
    except ApiError as error:
        if not opened:
            raise
        yield event(error.body())
        return
    yield event(reply.last_chunk(await _check(reply, index)))
    if include_usage:
        yield event(reply.usage_chunk())
    yield event("[DONE]")


async def _check(reply: Reply, index: Index) -> list[Grounded]:
    return await asyncio.to_thread(ground, reply.text, index)


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
