"""What can be asked of whoever writes answers, and what comes of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from llguidance import LLMatcher


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the next token is chosen: the likeliest at temperature 0, else drawn from the `top_p` likeliest mass."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


GREEDY = Decoding()


def fresh_seed() -> int:
    """A seed that nobody has asked for."""
    return secrets.randbits(63)


Finish = Literal["", "stop", "length"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to write: after which tokens, how many more at most, how drawn, up to which texts."""

    prompt: tuple[int, ...]
    max_tokens: int
    decoding: Decoding = GREEDY
    stops: tuple[str, ...] = ()
    allows: Callable[[str, str], bool] | None = None  # (answer so far, text of a token) -> whether that may come next
    grammar: "LLMatcher | None" = None  # of the form that the answer must have (see grammar.json_grammar)


@dataclass(frozen=True, slots=True)
class Piece:
    """What came to an answer: text, all its tokens so far, and why it has ended, "" when it has not."""

    text: str
    tokens: int
    finish: Finish


class Writes(Protocol):
    """What writes answers in steps."""

    def begin(self, wish: Wish) -> int: ...

    def drop(self, key: int) -> None: ...

    def step(self) -> list[tuple[int, Piece]]: ...

    @property
    def running(self) -> int: ...

    @property
    def waiting(self) -> int: ...
