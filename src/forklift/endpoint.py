"""Asks remote models: any chat endpoint that speaks the OpenAI protocol."""

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forklift.engine import Report
from forklift.errors import ConfigError, EndpointError
from forklift.records import Failure

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

Conversation = Sequence[dict[str, str]]  # messages, each with "role" and "content"

KEY = "OPENAI_API_KEY"
DEFAULT_URL = "https://api.openai.com/v1"
CONNECT_S = 5.0
RETRIES = 3  # of one request
LONGEST_WAIT_S = 60.0  # between two tries
MOST_LOST = 8  # requests in a row that did not get through, before the others are not tried
LONGEST_QUOTE = 160  # characters of what a server says

_SPEC = re.compile(r"(?P<model>\S.*?)(?:@(?P<url>https?://\S+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model and where it is served."""

    model: str
    base_url: str


@dataclass(slots=True)
class _Asking:
    """How asking an endpoint goes."""

    client: "AsyncOpenAI"
    model: str
    limit_s: float  # of one request with its retries
    refused_options: set[str] = field(default_factory=set)
    answered: bool = False
    lost_in_a_row: int = 0
    only_closed: bool = True  # whether nobody has been there to answer, so far
    reason: str = ""  # why the last request was lost

    def lose(self, reason: str, closed: bool = False) -> Failure:
        """Notes a request that did not get through; `closed`: nobody is there, or we are not let in."""
        self.lost_in_a_row += 1
        self.only_closed &= closed
        self.reason = reason
        return Failure(reason)

    def reach(self) -> None:
        """Notes that the endpoint answers, whatever it says."""
        self.lost_in_a_row, self.only_closed = 0, False


def parse_endpoint(spec: str) -> Endpoint:
    """The endpoint that MODEL[@BASE_URL] names. Raises ConfigError when it names none.

    Without a URL it is the one in OPENAI_BASE_URL, else OpenAI's.
    """
    found = _SPEC.fullmatch(spec.strip())
    if found is None or (found["url"] is None and "@" in found["model"][1:]) or "://" in found["model"]:
        raise ConfigError(
            f"{spec!r} is no model: expected MODEL or MODEL@BASE_URL, as in my-model@http://localhost:8000/v1"
        )
    url = found["url"] or os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_URL
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(f"the base URL of {found['model']} is no address: expected http(s)://HOST[:PORT]/v1")
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            f"the base URL of {found['model']} holds credentials or a query: put the key in {KEY} instead"
        )
    return Endpoint(found["model"], url.rstrip("/"))


def ask_all(
    endpoint: Endpoint,
    conversations: Sequence[Conversation],
    max_tokens: int | Sequence[int],
    report: Report,
    concurrency: int = 8,
    timeout_s: float = 120.0,
) -> list[str | Failure]:
    """What the endpoint answers to each conversation, in order, or why there is no answer. Decoding is greedy.

    `max_tokens` bounds every answer, or each its own. `timeout_s` is how long a try may take without a word from the
    server. Rate limits, server errors and timeouts are tried again, after the wait that the server asks for. When
    requests keep getting lost, the rest is not tried. The key comes from OPENAI_API_KEY. Raises EndpointError when the
    endpoint cannot be used at all: nobody there, the key or the model refused, no quota.
    """
    if not conversations:
        return []
    budgets = [max_tokens] * len(conversations) if isinstance(max_tokens, int) else max_tokens
    work = list(zip(conversations, budgets, strict=True))
    return asyncio.run(_ask_all(endpoint, work, report, concurrency, timeout_s))


async def _ask_all(
    endpoint: Endpoint, work: Sequence[tuple[Conversation, int]], report: Report, concurrency: int, timeout_s: float
) -> list[str | Failure]:
    answers: list[str | Failure] = [Failure("not asked")] * len(work)
    queue = iter(enumerate(work))
    done = 0

    async def work_off(asking: _Asking, numbered: Iterator[tuple[int, tuple[Conversation, int]]]) -> None:
        nonlocal done
        for number, (messages, max_tokens) in numbered:
            if asking.lost_in_a_row >= MOST_LOST:
                answers[number] = Failure(f"not asked, because before: {asking.reason}")
            else:
                answers[number] = await _ask(asking, messages, max_tokens)
            done += 1
            report(f"asking {endpoint.model}", done, len(work))

    async with _client(endpoint, timeout_s) as client:
        asking = _Asking(client, endpoint.model, (RETRIES + 1) * (timeout_s + LONGEST_WAIT_S))
        await asyncio.gather(*(work_off(asking, queue) for _ in range(min(concurrency, len(work)))))
    if not asking.answered and (asking.only_closed or asking.lost_in_a_row >= MOST_LOST):
        raise EndpointError(f"{endpoint.base_url} cannot be asked: {asking.reason}; check the address and the server")
    return answers


def _client(endpoint: Endpoint, timeout_s: float) -> "AsyncOpenAI":
    try:
        from openai import AsyncOpenAI, Timeout
    except ImportError:
        raise EndpointError(
            f"asking {endpoint.model} needs a package that is not installed: pip install 'forklift-llm[api]'"
        ) from None
    key = os.environ.get(KEY, "").strip()
    if not key and endpoint.base_url == DEFAULT_URL:
        raise EndpointError(f"{endpoint.base_url} needs a key: set {KEY}, or name another server, MODEL@BASE_URL")
    if not re.fullmatch(r"[!-~]*", key):
        raise EndpointError(f"{KEY} is no key: it holds blanks or letters that no key has")
    timeout = Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
    return AsyncOpenAI(api_key=key or "none", base_url=endpoint.base_url, timeout=timeout, max_retries=RETRIES)


async def _ask(asking: _Asking, messages: Conversation, max_tokens: int) -> str | Failure:
    """One answer. The package repeats what may be repeated, and waits as long as Retry-After says."""
    import openai

    options = _options(max_tokens, asking.refused_options)
    try:
        async with asyncio.timeout(asking.limit_s):
            chat: Any = asking.client.chat.completions  # which wants messages in classes of its own
            reply = await chat.create(model=asking.model, messages=messages, **options)
    except (openai.APITimeoutError, TimeoutError):
        return asking.lose("it takes too long to answer")
    except openai.APIConnectionError as error:
        return asking.lose(f"no connection ({_quoted(error.__cause__ or error)})", closed=True)
    except openai.APIStatusError as error:
        if error.param in options:
            asking.refused_options.add(error.param)
            return await _ask(asking, messages, max_tokens)
        return _refusal(asking, error)
    except (openai.OpenAIError, ValueError, RecursionError) as error:
        asking.reach()
        return Failure(f"its answer cannot be read ({_quoted(error)})")
    asking.reach()
    answer = _text(reply, max_tokens)
    asking.answered |= isinstance(answer, str)
    return answer


def _options(max_tokens: int, refused: set[str]) -> dict[str, Any]:
    """Decoding options, without those that this server refused: reasoning models have their own."""
    options: dict[str, Any] = {} if "temperature" in refused else {"temperature": 0.0}
    return options | {"max_completion_tokens" if "max_tokens" in refused else "max_tokens": max_tokens}


def _refusal(asking: _Asking, error: Any) -> Failure:
    """What an error status means for one request. Raises EndpointError when it means the same for all."""
    where, said = f"{asking.model} at {str(asking.client.base_url).rstrip('/')}", _quoted(_message(error))
    if error.status_code == 401:
        raise EndpointError(f"{where} refuses the key: check {KEY}")
    if error.status_code == 404:
        raise EndpointError(f"{where} does not exist ({said}): check the model, and that the base URL ends as in /v1")
    if error.code == "insufficient_quota":
        raise EndpointError(f"{where} has no quota left ({said}): add some, or use another key")
    reason = f"status {error.status_code}: {said}"
    if error.status_code in (403, 408, 429) or error.status_code >= 500:
        return asking.lose(reason, closed=error.status_code == 403)
    asking.reach()
    return Failure(reason)


def _text(reply: Any, max_tokens: int) -> str | Failure:
    """The text of a reply, whatever the server sent."""
    try:
        choice = reply.choices[0]
        content = choice.message.content
    except (AttributeError, IndexError, KeyError, TypeError):
        return Failure(f"its answer is no chat completion ({_quoted(reply)})")
    if isinstance(content, str) and content.strip():
        return content.strip().encode("utf-8", "replace").decode("utf-8")
    if isinstance(refused := getattr(choice.message, "refusal", None), str):
        return Failure(f"it declines ({_quoted(refused)})")
    if getattr(choice, "finish_reason", None) == "length":
        return Failure(f"it wrote no answer within {max_tokens} tokens; a model that thinks first needs more")
    return Failure("its answer is empty")


def _message(error: "APIError") -> str:
    """What the server says of an error, without the package's frame around it."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return said if isinstance(said, str) else error.message


def _quoted(said: object) -> str:
    """A piece of foreign text for a one-line message: short, without blanks in a row and never with the key."""
    text = " ".join(str(said).split())
    key = os.environ.get(KEY, "").strip()
    text = text.replace(key, "***") if key else text
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
