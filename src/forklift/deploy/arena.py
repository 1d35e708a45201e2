"""Votes of the blind arena: kept in the lift one a line, counted, and exported as preference pairs for DPO."""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from forklift.deploy.guard import read_body
from forklift.deploy.protocol import ApiError
from forklift.errors import WorkspaceError
from forklift.workspace import Lift, replacing

MOST_VOTES_BYTES = 200_000_000
MOST_CHARS = 20_000  # of a question or an answer

Winner = Literal["left", "right", "tie", "neither"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Side(_Strict):
    """One of the two answers, and whose it was."""

    model: str = Field(min_length=1, max_length=200)
    answer: str = Field(max_length=MOST_CHARS)

    @field_validator("answer", "model")
    @classmethod
    def _is_unicode(cls, text: str) -> str:
        text.encode()  # half of a surrogate pair is valid JSON, yet no text
        return text


class Vote(_Strict):
    """What somebody thought of two answers to one question before knowing whose they were."""

    question: str = Field(min_length=1, max_length=MOST_CHARS)
    left: Side
    right: Side
    winner: Winner  # tie: both are good; neither: both are bad

    @field_validator("question")
    @classmethod
    def _is_unicode(cls, text: str) -> str:
        text.encode()
        return text


@dataclass(frozen=True, slots=True)
class Preference:
    """A row for DPO: of two answers to `prompt`, the one that people preferred and the other."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model fares: the decided votes it was in, and those it won, with a 95% Wilson interval of the share."""

    model: str
    won: int
    decided: int
    low: float
    high: float


def arena_routes(lift: Lift, models: Sequence[str]) -> APIRouter:
    """/api/votes: POST adds a vote about answers of `models`, GET counts them."""
    router = APIRouter()
    writing = threading.Lock()

    @router.post("/api/votes", status_code=201)
    async def vote(request: Request) -> dict[str, Any]:
        cast = _parse(await read_body(request), models)
        with writing:
            _append(lift.votes, cast)
        return tally(read_votes(lift.votes))

    @router.get("/api/votes")
    def count() -> dict[str, Any]:
        return tally(read_votes(lift.votes))

    return router


def _parse(body: bytes, models: Sequence[str]) -> Vote:
    """Raises ApiError (400) naming the bad field."""
    try:
        vote = Vote.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(map(str, first["loc"])) or "body"
        raise ApiError(400, f"{param}: {first['msg']}", param=param, code="invalid_value") from None
    except UnicodeError:
        raise ApiError(400, "the body is no Unicode text", code="invalid_value") from None
    for side in (vote.left, vote.right):
        if side.model not in models:
            raise ApiError(400, f"no model {side.model!r} here", param="model", code="model_not_found")
    return vote


def _append(path: Path, vote: Vote) -> None:
    """Adds one line, whole or not at all. Raises ApiError (507) when votes have grown beyond reason."""
    if path.is_file() and path.stat().st_size > MOST_VOTES_BYTES:
        raise ApiError(507, f"{path.name} is full: export it and move it away", code="votes_full")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"time": when, **vote.model_dump()}, ensure_ascii=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def read_votes(path: Path) -> list[Vote]:
    """The votes in `path`, oldest first; [] when there is no such file. A last line cut short by a crash is left out.

    Raises WorkspaceError naming any other line that is no vote.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"{path} is damaged ({error.reason}): move it away to go on") from None
    votes = []
    for number, line in enumerate(lines, 1):
        if not line or number == len(lines):  # what follows the last line end was not written to its end
            continue
        try:
            fields = json.loads(line)
            votes.append(Vote.model_validate({name: fields[name] for name in Vote.model_fields}))
        except (ValueError, KeyError, TypeError):
            raise WorkspaceError(f"{path}, line {number}, is no vote: mend it or move the file away") from None
    return votes


def tally(votes: Sequence[Vote]) -> dict[str, Any]:
    """Votes in numbers, as JSON: how many, how many decided, and every model's standing, best first."""
    standings = [
        {"model": one.model, "won": one.won, "decided": one.decided, "low": one.low, "high": one.high}
        for one in standings_of(votes)
    ]
    return {"votes": len(votes), "decided": sum(map(_is_decided, votes)), "models": standings}


def standings_of(votes: Iterable[Vote]) -> list[Standing]:
    """Every model in decided votes, best share of wins first."""
    won, decided = Counter[str](), Counter[str]()
    for vote in filter(_is_decided, votes):
        winner, loser = _ordered(vote)
        won[winner.model] += 1
        decided.update((winner.model, loser.model))
    standings = [_standing(model, won[model], decided[model]) for model in decided]
    return sorted(standings, key=lambda one: (-one.won / one.decided, one.model))


def preferences(votes: Iterable[Vote]) -> list[Preference]:
    """One pair per question and two different answers that a majority decided; oldest first.

    Leading and trailing space does not make an answer different.
    """
    leads: dict[tuple[str, str, str], int] = {}
    for vote in filter(_is_decided, votes):
        winner, loser = (side.answer.strip() for side in _ordered(vote))
        first, second = sorted((winner, loser))
        pair = (vote.question.strip(), first, second)
        leads[pair] = leads.get(pair, 0) + (1 if winner == first else -1)
    return [
        Preference(question, first, second) if lead > 0 else Preference(question, second, first)
        for (question, first, second), lead in leads.items()
        if lead and first != second
    ]


def write_preferences(path: Path, pairs: Iterable[Preference]) -> None:
    """Writes pairs as JSON lines with the columns prompt, chosen and rejected, atomically."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for pair in pairs:
            row: Mapping[str, str] = {"prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _is_decided(vote: Vote) -> bool:
    return vote.winner in ("left", "right") and vote.left.model != vote.right.model


def _ordered(vote: Vote) -> tuple[Side, Side]:
    return (vote.left, vote.right) if vote.winner == "left" else (vote.right, vote.left)


def _standing(model: str, won: int, decided: int) -> Standing:
    from scipy.stats import binomtest  # a second to import

    interval = binomtest(won, decided).proportion_ci(method="wilson")
    return Standing(model, won, decided, round(interval.low, 3), round(interval.high, 3))
