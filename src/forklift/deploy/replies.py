"""The OpenAI protocol, outwards: the shapes of whole answers, of streamed chunks, and of what ForkLift adds to them."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from forklift.grading import Grounded


@dataclass
class Choice:
    """One answer on its way out."""

    index: int
    question: str = ""  # as it was asked, without what was retrieved for it
    text: str = ""
    tokens: int = 0
    finish: Literal["", "stop", "length"] = ""
    names: Sequence[Grounded] = ()  # of the whole answer, checked
    is_text: bool = True  # not JSON, to which nothing can be added


@dataclass
class Reply:
    """What one request gets: one or more answers, in the shapes of chats or of plain completions."""

    kind: Literal["chat", "text"]
    model: str
    prompt_tokens: int
    choices: Sequence[Choice]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self) -> dict[str, Any]:
        """All answers as one object, with their checked names under `forklift`."""
        names = [name for choice in self.choices for name in checked_names(choice, choice.names)]
        choices = [self._choice(choice, choice.finish) | self._content(choice) for choice in self.choices]
        return {**self._head(), "choices": choices, "usage": self.usage(), "forklift": names}

    def chunk(
        self, choice: Choice, text: str, names: Sequence[Grounded] = (), *, first: bool = False
    ) -> dict[str, Any]:
        """A piece of an answer; under `forklift` the names that it completes."""
        role = {"role": "assistant"} if first else {}
        said = {"delta": {**role, "content": text}} if self.kind == "chat" else {"text": text}
        extra = {"forklift": checked_names(choice, names)} if names else {}
        return {**self._head(chunk=True), "choices": [self._choice(choice, None) | said], **extra}

    def last_chunk(self, choice: Choice) -> dict[str, Any]:
        """The chunk that says why an answer ended; all of its checked names under `forklift`."""
        said: dict[str, Any] = {"delta": {}} if self.kind == "chat" else {"text": ""}
        names = checked_names(choice, choice.names)
        return {**self._head(chunk=True), "choices": [self._choice(choice, choice.finish) | said], "forklift": names}

    def usage_chunk(self) -> dict[str, Any]:
        """The chunk that `stream_options.include_usage` asks for."""
        return {**self._head(chunk=True), "choices": [], "usage": self.usage()}

    def usage(self) -> dict[str, int]:
        """Tokens of input and of the answers."""
        answers = sum(choice.tokens for choice in self.choices)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": answers,
            "total_tokens": self.prompt_tokens + answers,
        }

    def _head(self, *, chunk: bool = False) -> dict[str, Any]:
        prefix, kind = ("chatcmpl", "chat.completion") if self.kind == "chat" else ("cmpl", "text_completion")
        kind = f"{kind}.chunk" if chunk and self.kind == "chat" else kind
        return {"id": f"{prefix}-{self.id}", "object": kind, "created": self.created, "model": self.model}

    def _choice(self, choice: Choice, finish: str | None) -> dict[str, Any]:
        return {"index": choice.index, "logprobs": None, "finish_reason": finish}

    def _content(self, choice: Choice) -> dict[str, Any]:
        if self.kind == "text":
            return {"text": choice.text}
        return {"message": {"role": "assistant", "content": choice.text, "refusal": None}}


def checked_names(choice: Choice, names: Sequence[Grounded]) -> list[dict[str, Any]]:
    """Code names of an answer: `start` and `end` count code points; `path` is null outside the repository."""
    return [
        {
            "choice": choice.index,
            "text": name.text,
            "start": name.start,
            "end": name.end,
            "exists": name.known,
            "path": name.location.path if name.location else None,
            "line": name.location.line if name.location else None,
            "kind": name.location.kind if name.location else None,
            "closest": name.closest or None,
        }
        for name in names
    ]


def model_card(name: str, created: int) -> dict[str, Any]:
    """One entry of GET /v1/models."""
    return {"id": name, "object": "model", "created": created, "owned_by": "forklift"}


def event(data: dict[str, Any] | str) -> str:
    """A server-sent event. ASCII only, so that no line separator inside the data can break it."""
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
