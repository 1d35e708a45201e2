"""One call before work starts, as large as the largest later one: what it finds would else fail everything, or worse,
be paid for and cut off unnoticed."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from forklift.build.llm.call import MODES, Trouble, call, open_client
from forklift.build.llm.costs import Usage
from forklift.build.llm.lane import CHARS_PER_TOKEN, Lane, new_lane
from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request
from forklift.errors import EndpointError

TRIES = 3
LONGEST_WAIT_S = 20.0
READ_SHARE = 0.5  # of the tokens sent, roughly counted: a server that counts fewer has cut the prompt
REPLY_TOKENS = 64

_SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}
_FILLER = "The shelf on the left holds seven blue books and a small lamp that nobody has used since spring. "
_CONTEXT = re.compile(r"context|too (?:long|large|many tokens)|maximum.{0,40}tokens|tokens.{0,40}maximum|n_ctx", re.I)
_LENGTH = re.compile(r"(?:context|maximum|limit|max)\D{0,40}(\d{3,7})", re.I)


def probe_all(
    teachers: Sequence[Teacher], prompt_tokens: int, announce: Callable[[str], None], timeout_s: float = 120.0
) -> list[Lane]:
    """A lane for each teacher, after one call of `prompt_tokens` tokens to it, all at once.

    Raises EndpointError with what to do: no key, wrong key, unknown model, nobody there, a context too small.
    """
    return asyncio.run(_probe_all(teachers, prompt_tokens, announce, timeout_s))


async def _probe_all(
    teachers: Sequence[Teacher], prompt_tokens: int, announce: Callable[[str], None], timeout_s: float
) -> list[Lane]:
    probes = (_probe(new_lane(one), prompt_tokens, announce, timeout_s) for one in teachers)
    found = await asyncio.gather(*probes, return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException):
            raise each
    return [lane for lane in found if isinstance(lane, Lane)]


async def _probe(lane: Lane, prompt_tokens: int, announce: Callable[[str], None], timeout_s: float) -> Lane:
    request = probe_request(prompt_tokens)
    async with open_client(lane.teacher, timeout_s) as client:
        for attempt in range(TRIES):
            came, headers = await call(client, lane.teacher, lane.dialect, request)
            lane.learn(headers, time.monotonic())
            if isinstance(came, Reply) or came.kind not in ("passing", "busy") or attempt + 1 == TRIES:
                break
            await asyncio.sleep(min(came.wait_s if came.wait_s is not None else 0.5, LONGEST_WAIT_S))
    _judge(lane, came, request)
    if lane.dialect.mode not in MODES[:2]:
        mode = "plain JSON only" if lane.dialect.mode else "no JSON mode"
        announce(f"{lane.teacher.model} has {mode}: its replies are read tolerantly, and more of them will be unusable")
    lane.usage = Usage(lane.teacher.model)
    return lane


def probe_request(prompt_tokens: int) -> Request:
    """Asks for next to nothing at the end of a prompt of about `prompt_tokens` tokens."""
    filler = (_FILLER * (int(prompt_tokens * CHARS_PER_TOKEN) // len(_FILLER) + 1))[
        : int(prompt_tokens * CHARS_PER_TOKEN)
    ]
    messages = [
        {"role": "system", "content": 'Reply with the JSON object {"ready": true} and nothing else.'},
        {"role": "user", "content": f'{filler}\n\nReply with {{"ready": true}}.'},
    ]
    return Request(messages, REPLY_TOKENS, _SCHEMA)


def _judge(lane: Lane, came: Reply | Trouble, request: Request) -> None:
    """Raises EndpointError when the teacher cannot be used."""
    teacher = lane.teacher
    where = f"{teacher.model} at {teacher.endpoint.base_url}"
    smaller = f"say how large its context is, as in {teacher.model}@{teacher.endpoint.base_url}#context=4096"
    sent = round(request.chars / CHARS_PER_TOKEN)
    if isinstance(came, Reply):
        if 0 < came.tokens_in < READ_SHARE * sent:
            raise EndpointError(f"{where} reads only {came.tokens_in} of about {sent} tokens: enlarge it, or {smaller}")
        return
    if came.kind == "teacher":
        raise EndpointError(came.reason)
    if came.kind == "request" and _CONTEXT.search(came.reason):
        length = _LENGTH.search(came.reason)
        if length:
            smaller = smaller.replace("4096", length[1])
        raise EndpointError(f"{where} has too small a context for {sent} tokens ({came.reason}): {smaller}")
    if came.kind == "garbled":  # it answers, and a model that rambles may still do as a teacher
        if came.reply is not None and came.reply.tokens_out:
            return
        raise EndpointError(f"{where} does not speak the OpenAI protocol: {came.reason}; does the URL end as in /v1?")
    if came.kind == "busy":  # it is there, and the pool will wait
        return
    raise EndpointError(f"{where} cannot be asked: {came.reason}; check the address, and that the server runs")
