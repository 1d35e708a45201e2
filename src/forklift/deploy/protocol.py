"""The OpenAI protocol, inwards: what requests may hold, and how they are refused."""

import json
from typing import Any, Literal, Self, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

ANSWER_TOKENS = 256  # when the request does not say
MOST_ANSWER_TOKENS = 2048  # whatever the request says
MOST_CHOICES = 8
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


class _Request(_Lenient):
    """What both kinds of requests may hold. What would change the answer and is not done here is refused."""

    model: str
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: list[str] = Field(default=[], max_length=4)
    n: int = Field(default=1, ge=1, le=MOST_CHOICES)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    @field_validator("stop", mode="before")
    @classmethod
    def _as_list(cls, stop: Any) -> Any:
        stops = [stop] if isinstance(stop, str) else stop
        if isinstance(stops, list) and "" in stops:
            raise ValueError("a stop sequence must not be empty")
        return stops


class JsonSchema(_Lenient):
    """The schema that an answer must follow; its `name` and whether it is `strict` change nothing here."""

    schema_: dict[str, Any] = Field(alias="schema")


class ResponseFormat(_Lenient):
    """What an answer must be: any text, any JSON object, or JSON by a schema."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _has_its_schema(self) -> Self:
        if self.type == "json_schema" and self.json_schema is None:
            raise ValueError("type 'json_schema' needs a field 'json_schema'")
        return self

    @property
    def wanted(self) -> dict[str, Any] | None:
        """The schema of the answer; None for text."""
        if self.type == "json_schema" and self.json_schema:
            return self.json_schema.schema_
        return {"type": "object"} if self.type == "json_object" else None


class ChatRequest(_Request):
    """The body of POST /v1/chat/completions."""

    messages: list[ChatMessage] = Field(min_length=1)
    max_tokens: int = Field(
        default=ANSWER_TOKENS, ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    logprobs: bool = False
    response_format: ResponseFormat = ResponseFormat()

    @field_validator("logprobs")
    @classmethod
    def _no_logprobs(cls, logprobs: bool) -> bool:
        if logprobs:
            raise ValueError("probabilities of tokens are not given here")
        return logprobs

    def conversation(self) -> list[dict[str, str]]:
        """The messages as a chat template takes them."""
        return [{"role": _ROLES.get(m.role, m.role), "content": m.content} for m in self.messages]


class TextRequest(_Request):
    """The body of POST /v1/completions: texts to go on from, without a chat template."""

    prompt: list[str] = Field(min_length=1, max_length=MOST_CHOICES)
    max_tokens: int = Field(default=16, ge=1)  # OpenAI's
    echo: bool = False
    logprobs: None = None
    suffix: Literal[""] = ""

    @field_validator("prompt", mode="before")
    @classmethod
    def _as_texts(cls, prompt: Any) -> Any:
        return [prompt] if isinstance(prompt, str) else prompt

    @field_validator("prompt")
    @classmethod
    def _are_unicode(cls, prompt: list[str]) -> list[str]:
        "".join(prompt).encode()
        return prompt


R = TypeVar("R", bound=_Request)


def parse_request(kind: type[R], body: bytes) -> R:
    """The request in `body`; null stands for a field left out. Raises ApiError (400) naming the bad field."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "the body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise ApiError(400, "the body must be a JSON object")
    try:
        return kind.model_validate({key: value for key, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(map(str, first["loc"]))
        raise ApiError(400, f"{param}: {first['msg']}", param=param, code="invalid_value") from None
