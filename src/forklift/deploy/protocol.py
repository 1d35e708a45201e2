"""The OpenAI chat protocol: what a request may hold, and the shapes of responses, chunks and errors."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from forklift.grading import Grounded

MAX_ANSWER_TOKENS = 256  # when the request does not say
_ROLES = {"developer": "system"}  # the newer name of the same thing


class ApiError(Exception):
    """A refusal, sent as an OpenAI error body with HTTP status `status`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code
        self.headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

    def body(self) -> dict[str, Any]:
        """The error as OpenAI writes it."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        if self.status == 429:
            kind = "rate_limit_error"
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}


class _Lenient(BaseModel):
    """Unknown fields are ignored, as OpenAI servers do; known ones must have the right type."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class ChatMessage(_Lenient):
    """One message; content given as a list of text parts is joined."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str

    @field_validator("content", mode="before")
    @classmethod
    def _join_parts(cls, content: Any) -> Any:
        if not isinstance(content, list):
            return content
        if not all(isinstance(part, dict) and part.get("type") == "text" for part in content):
            raise ValueError("only parts of type 'text' can be read")
        if not all(isinstance(part.get("text"), str) for part in content):
            raise ValueError("a text part needs a string 'text'")
        return "\n".join(part["text"] for part in content)

    @field_validator("content")
    @classmethod
    def _is_unicode(cls, content: str) -> str:
        content.encode()  # half of a surrogate pair is valid JSON, yet no text
        return content


class StreamOptions(_Lenient):
    """What a stream carries besides the answer."""

    include_usage: bool = False


class ChatRequest(_Lenient):
    """The body of POST /v1/chat/completions."""

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    max_tokens: int = Field(
        default=MAX_ANSWER_TOKENS, ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: list[str] = Field(default=[], max_length=4)
    n: Literal[1] = 1
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    @field_validator("stop", mode="before")
    @classmethod
    def _as_list(cls, stop: Any) -> Any:
        stops = [stop] if isinstance(stop, str) else stop
        if isinstance(stops, list) and "" in stops:
            raise ValueError("a stop sequence must not be empty")
        return stops

    def conversation(self) -> list[dict[str, str]]:
        """The messages as a chat template takes them."""
        return [{"role": _ROLES.get(m.role, m.role), "content": m.content} for m in self.messages]


def parse_chat(body: bytes) -> ChatRequest:
    """The request in `body`; null stands for a field left out. Raises ApiError (400) naming the bad field."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "the body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise ApiError(400, "the body must be a JSON object")
    try:
        return ChatRequest.model_validate({key: value for key, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(map(str, first["loc"]))
        raise ApiError(400, f"{param}: {first['msg']}", param=param, code="invalid_value") from None


@dataclass
class Reply:
    """One answer on its way out, in the shapes of the protocol."""

    model: str
    prompt_tokens: int
    question: str = ""  # as it was asked, without what was retrieved for it
    text: str = ""
    answer_tokens: int = 0
    finish_reason: Literal["stop", "length"] = "stop"
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def completion(self, grounded: Sequence[Grounded]) -> dict[str, Any]:
        """The whole answer as a chat.completion object, with its checked names under `forklift`."""
        message = {"role": "assistant", "content": self.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        extra = {"usage": self.usage(), "forklift": checked_names(grounded)}
        return {**self._head("chat.completion"), "choices": [choice], **extra}

    def chunk(self, delta: dict[str, str], **extra: Any) -> dict[str, Any]:
        """A piece of the answer as a chat.completion.chunk object."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **extra}

    def last_chunk(self, grounded: Sequence[Grounded]) -> dict[str, Any]:
        """The chunk that says why the answer ended, with its checked names under `forklift`."""
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": self.finish_reason}
        head = self._head("chat.completion.chunk")
        return {**head, "choices": [choice], "forklift": checked_names(grounded)}

    def usage_chunk(self) -> dict[str, Any]:
        """The chunk that `stream_options.include_usage` asks for."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage()}

    def usage(self) -> dict[str, int]:
        """Tokens of input and of the answer."""
        total = self.prompt_tokens + self.answer_tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.answer_tokens,
            "total_tokens": total,
        }

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def checked_names(grounded: Sequence[Grounded]) -> list[dict[str, Any]]:
    """The code names of an answer: `start` and `end` count code points; `path` is null outside the repository."""
    return [
        {
            "text": name.text,
            "start": name.start,
            "end": name.end,
            "exists": name.known,
            "path": name.location.path if name.location else None,
            "line": name.location.line if name.location else None,
            "kind": name.location.kind if name.location else None,
            "closest": name.closest or None,
        }
        for name in grounded
    ]


def model_card(name: str, created: int) -> dict[str, Any]:
    """One entry of GET /v1/models."""
    return {"id": name, "object": "model", "created": created, "owned_by": "forklift"}


def event(data: dict[str, Any] | str) -> str:
    """A server-sent event. ASCII only, so that no line separator inside the data can break it."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
