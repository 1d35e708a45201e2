"""One call of a chat endpoint that speaks the OpenAI protocol: the reply, or what kept it from coming.

Calls go through httpx2, the client inside the openai package, because that package spends more processor time on one
call than everything else here together; what it adds (retries, types) the pool does over all teachers at once.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request
from forklift.endpoint import CONNECT_S, DEFAULT_URL
from forklift.errors import EndpointError

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

LONGEST_QUOTE = 160  # characters of what a server says
MODES = ("bounded", "json_schema", "json_object", "")  # how a server can be made to write JSON, best first
# of a schema: OpenAI's servers do not take them all
BOUNDS = frozenset({"minItems", "maxItems", "minLength", "maxLength"})

Kind = Literal["busy", "late", "passing", "garbled", "request", "teacher"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a call brought no usable reply.

    busy: it asks to wait; late: it is too slow for what it is asked at a time; passing: may work next time; garbled: it
    answered, and nobody can read it; request: it does not accept this request; teacher: it accepts none (key, model,
    quota).
    """

    kind: Kind
    reason: str
    wait_s: float | None = None  # what the server asks for
    reply: Reply | None = None  # of a garbled answer: what came, for it is paid for
    status: int = 0


@dataclass(slots=True)
class Dialect:
    """What a server accepts, learned from its refusals."""

    mode: str = MODES[0]
    refused: set[str] = field(default_factory=set)


def open_client(teacher: Teacher, timeout_s: float | None = None) -> "AsyncClient":
    """A client for one teacher; without `timeout_s` it waits for ever. Raises EndpointError when the package or the
    key is missing."""
    try:
        from httpx2 import AsyncClient, Limits, Timeout
    except ImportError:
        raise EndpointError(
            f"asking {teacher.model} needs a package that is not installed: pip install 'forklift-llm[api]'"
        ) from None
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "forklift"}
    if key := client_key(teacher):
        headers["Authorization"] = f"Bearer {key}"
    limits = Limits(max_connections=teacher.concurrency, max_keepalive_connections=teacher.concurrency)
    timeout = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s or CONNECT_S), pool=None)
    return AsyncClient(headers=headers, limits=limits, timeout=timeout)


def client_key(teacher: Teacher) -> str:
    """The key of a teacher, "" for none. Raises EndpointError when it needs one, or it is none."""
    key = os.environ.get(teacher.key_name, "").strip()
    if not key and teacher.endpoint.base_url == DEFAULT_URL:
        raise EndpointError(
            f"{teacher.endpoint.base_url} needs a key: set {teacher.key_name}, or name another server, MODEL@BASE_URL"
        )
    if not re.fullmatch(r"[!-~]*", key):
        raise EndpointError(f"{teacher.key_name} is no key: it holds blanks or letters that no key has")
    return key


Headers = Mapping[str, str]


async def call(
    client: "AsyncClient", teacher: Teacher, dialect: Dialect, request: Request
) -> tuple[Reply | Trouble, Headers]:
    """Asks once; more often only where the server refuses an option, which is then left out for good.

    What came of it, and the headers of the response.
    """
    from httpx2 import HTTPError, InvalidURL, TimeoutException

    began = time.monotonic()
    mode, options = dialect.mode, request_options(request, dialect)
    body = {"model": teacher.model, "messages": list(request.messages), **options}
    try:
        response = await client.post(
            f"{teacher.endpoint.base_url}/chat/completions",
            content=json.dumps(body, separators=(",", ":")).encode("utf-8", "replace"),
            # a server that honours it answers a repeated request without counting it twice
            headers={"Idempotency-Key": f"forklift-{request.key}"},
        )
    except TimeoutException:
        return Trouble("passing", "it takes too long to answer"), {}
    except (HTTPError, InvalidURL, OSError, ValueError) as error:
        return Trouble("passing", f"no connection ({quoted(error, teacher) or type(error).__name__})"), {}
    if response.status_code == 200:
        return read_body(response.content, teacher, time.monotonic() - began), response.headers
    said, code, param = _complaint(response)
    if response.status_code in (400, 404, 415, 422) and _give_way(request, dialect, mode, options, said, param):
        return await call(client, teacher, dialect, request)
    return _trouble(response, teacher, quoted(said, teacher), code), response.headers


def request_options(request: Request, dialect: Dialect) -> dict[str, Any]:
    """Decoding options, without those that this server refused: reasoning models have their own."""
    limit = "max_completion_tokens" if "max_tokens" in dialect.refused else "max_tokens"
    options: dict[str, Any] = {limit: request.max_tokens}
    if "temperature" not in dialect.refused:
        options["temperature"] = request.temperature
    if request.schema is not None and dialect.mode in ("bounded", "json_schema"):
        schema = request.schema if dialect.mode == "bounded" else unbounded(request.schema)
        said = {"name": "reply", "strict": True, "schema": schema}
        options["response_format"] = {"type": "json_schema", "json_schema": said}
    elif request.schema is not None and dialect.mode:
        options["response_format"] = {"type": dialect.mode}
    return options


def unbounded(schema: Any) -> Any:
    """A schema without bounds on the lengths of texts and lists."""
    if isinstance(schema, Mapping):
        return {name: unbounded(value) for name, value in schema.items() if name not in BOUNDS}
    return schema


def _give_way(request: Request, dialect: Dialect, mode: str, options: Mapping[str, Any], said: str, param: str) -> bool:
    """Whether the complaint is about an option that can be left out, which it then is. `mode`: that it was asked in."""
    words = ("response_format", "json_schema", "json schema", "json_object", "structured output", "grammar", "guided")
    if "response_format" in options and any(word in f"{param} {said}".lower() for word in words):
        if dialect.mode == mode:  # not lowered by another call meanwhile
            while request_options(request, dialect).get("response_format") == options["response_format"]:
                dialect.mode = MODES[MODES.index(dialect.mode) + 1]
        return True
    about = param or next((name for name in ("max_tokens", "temperature") if f"'{name}'" in said), "")
    if about in ("max_tokens", "temperature") and about in options and about not in dialect.refused:
        dialect.refused.add(about)
        return True
    return False


def read_body(raw: bytes, teacher: Teacher, seconds: float) -> Reply | Trouble:
    """The reply in the body of a response with status 200, whatever the server sent."""

    def garbled(reason: str) -> Trouble:
        tokens_in, tokens_cached, tokens_out = tokens
        kept = Reply("", teacher.model, tokens_in, tokens_cached, tokens_out, seconds, raw)
        return Trouble("garbled", reason, reply=kept)

    tokens = (0, 0, 0)
    try:  # of a body sent twice the first is enough
        body, _ = json.JSONDecoder().raw_decode(raw.decode("utf-8").lstrip())
    except (ValueError, RecursionError):
        return garbled(f"its answer is no JSON ({quoted(raw[:200].decode('utf-8', 'replace'), teacher)})")
    tokens = _tokens(body)
    try:
        choice = body["choices"][0]
        content, finish = choice["message"].get("content"), choice.get("finish_reason")
        refusal = choice["message"].get("refusal")
    except (AttributeError, IndexError, KeyError, TypeError):
        return garbled(f"its answer is no chat completion ({quoted(body, teacher)})")
    if not isinstance(content, str) or not content.strip():
        if isinstance(refusal, str) and refusal:
            return garbled(f"it declines ({quoted(refusal, teacher)})")
        if finish == "length":
            return garbled("it wrote no answer within its tokens; a model that thinks first needs more")
        return garbled("its answer is empty")
    text = content.strip().encode("utf-8", "replace").decode("utf-8")
    return Reply(text, teacher.model, tokens[0], tokens[1], tokens[2], seconds, raw)


def _tokens(body: Any) -> tuple[int, int, int]:
    """Tokens in, cached and out, as far as the server counts them."""
    usage = body.get("usage") if isinstance(body, dict) else None
    if not isinstance(usage, dict):
        return (0, 0, 0)
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    counts = [usage.get("prompt_tokens"), cached, usage.get("completion_tokens")]
    tokens_in, tokens_cached, tokens_out = (
        count if isinstance(count, int) and 0 <= count < 1 << 40 else 0 for count in counts
    )
    return (tokens_in, tokens_cached, tokens_out)


def _complaint(response: "Response") -> tuple[str, str, str]:
    """What an error body says, its code, and the parameter it is about."""
    try:
        body = json.loads(response.content)
        error = body.get("error", body)
        if isinstance(error, str):
            return error, "", ""
        said = error.get("message") or error.get("detail") or str(error)
        return str(said), str(error.get("code") or ""), str(error.get("param") or "")
    except (ValueError, AttributeError, RecursionError):
        return response.content[:1000].decode("utf-8", "replace"), "", ""


def _trouble(response: "Response", teacher: Teacher, said: str, code: str) -> Trouble:
    status = response.status_code
    where = f"{teacher.model} at {teacher.endpoint.base_url}"
    if status == 401:
        return Trouble("teacher", f"{where} refuses the key: check {teacher.key_name}", status=status)
    if status == 404:
        return Trouble(
            "teacher",
            f"{where} does not exist ({said}): check the model, and that the base URL ends as in /v1",
            status=status,
        )
    if code == "insufficient_quota" or status == 402:
        return Trouble("teacher", f"{where} has no quota left ({said}): add some, or use another key", status=status)
    if status == 403:
        return Trouble("teacher", f"{where} does not let you in ({said}): check {teacher.key_name}", status=status)
    wait_s = asked_wait_s(response.headers)
    if status == 429 or (status == 503 and wait_s is not None):
        return Trouble("busy", f"status {status}: {said}", wait_s, status=status)
    kind: Kind = "passing" if status in (408, 409) or status >= 500 else "request"
    return Trouble(kind, f"status {status}: {said}", wait_s, status=status)


def asked_wait_s(headers: Headers) -> float | None:
    """How long the server asks to wait, None when it does not say: Retry-After, or when a limit is reset."""
    for name, unit_s in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return min(max(float(headers[name]) * unit_s, 0.0), 3600.0)
        except (KeyError, ValueError):
            continue
    resets = [duration_s(headers.get(f"x-ratelimit-reset-{what}", "")) for what in ("requests", "tokens")]
    empty = [
        reset
        for what, reset in zip(("requests", "tokens"), resets, strict=True)
        if reset is not None and headers.get(f"x-ratelimit-remaining-{what}") == "0"
    ]
    return max(empty) if empty else None


def duration_s(text: str) -> float | None:
    """Seconds of a duration as OpenAI writes it ("1m30.5s", "120ms"); None for anything else."""
    if not re.fullmatch(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+", text):
        return None
    units = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    return min(sum(float(number) * units[unit] for number, unit in parts), 3600.0)


def quoted(said: object, teacher: Teacher) -> str:
    """A piece of foreign text for a one-line message: short, without blanks in a row and never with the key."""
    text = " ".join(str(said)[:2000].split())
    key = os.environ.get(teacher.key_name, "").strip()
    text = text.replace(key, "***") if key else text
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
