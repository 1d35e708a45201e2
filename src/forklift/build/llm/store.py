"""Every reply of a teacher that was ever paid for, in SQLite, stored the moment it arrives.

A reply is found again by what was asked: model, messages and parameters. Whoever kills the process loses only the
requests that are under way; the log is write-ahead, so a kill in the middle of a write loses nothing before it.
"""

import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from forklift.errors import WorkspaceError

APPLICATION_ID = 0x464C5443  # "FLTC"
VERSION = 1
LIGHTLY = 1  # zlib's level: texts of code shrink to a third at the speed of writing them

_TABLES = """
CREATE TABLE replies (
  key TEXT NOT NULL, model TEXT NOT NULL, url TEXT NOT NULL, text TEXT NOT NULL,
  fault TEXT NOT NULL,  -- why the reply cannot be used; '' for a good one
  tokens_in INTEGER NOT NULL, tokens_cached INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
  cost_usd REAL, seconds REAL NOT NULL, at REAL NOT NULL,
  request BLOB NOT NULL, response BLOB NOT NULL
);
CREATE UNIQUE INDEX good ON replies (key, model) WHERE fault = '';
CREATE INDEX bad ON replies (key) WHERE fault != '';
CREATE TABLE failures (key TEXT NOT NULL, model TEXT NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE batches (
  id TEXT PRIMARY KEY, model TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL
);
"""


@dataclass(frozen=True)
class Request:
    """One thing to ask. What it is `about` helps to read progress and is no part of its identity."""

    messages: Sequence[Mapping[str, str]]
    max_tokens: int
    schema: Mapping[str, Any] | None = None  # of the JSON object to reply with
    temperature: float = 0.0
    about: str = field(default="", compare=False)

    @cached_property
    def key(self) -> str:
        """What names the request in the store, whichever model is asked."""
        asked = [list(self.messages), self.max_tokens, self.schema, self.temperature]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @cached_property
    def size_bytes(self) -> int:
        """Of all that is sent to be read; no tokenizer makes more tokens of it."""
        read = [message["content"] for message in self.messages] + ([json.dumps(self.schema)] if self.schema else [])
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in read)

    @cached_property
    def chars(self) -> int:
        """Characters of all messages."""
        return sum(len(message["content"]) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a teacher replied, and what that took."""

    text: str
    model: str
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    raw: bytes = b""  # the whole response


class Store:
    """The replies of one lift. A context manager; one process writes at a time (the lift is locked)."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the store at `path`. Raises WorkspaceError when it is damaged or something else."""
        self.path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise WorkspaceError(f"{path} cannot be used ({error}): move it away; what it holds is paid for") from None

    def _prepare(self) -> None:
        application, version = (self._value(f"PRAGMA {name}") for name in ("application_id", "user_version"))
        if (application, version) == (0, 0) and not self._value("SELECT count(*) FROM sqlite_schema"):
            self._connection.executescript(
                f"PRAGMA journal_mode = WAL; BEGIN; {_TABLES} PRAGMA application_id = {APPLICATION_ID};"
                f" PRAGMA user_version = {VERSION}; COMMIT;"
            )
        elif (application, version) != (APPLICATION_ID, VERSION):
            raise sqlite3.DatabaseError("no store of replies of this version")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing, a power cut seconds

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def find(self, request: Request, models: Sequence[str]) -> Reply | None:
        """The good reply of the first of `models` that gave one, or None."""
        for model in models:
            row = self._connection.execute(
                "SELECT text, model, tokens_in, tokens_cached, tokens_out, seconds FROM replies"
                " WHERE key = ? AND model = ? AND fault = ''",
                (request.key, model),
            ).fetchone()
            if row:
                return Reply(*row)
        return None

    def faults(self, request: Request) -> list[str]:
        """Why earlier replies to a request could not be used."""
        rows = self._connection.execute("SELECT fault FROM replies WHERE key = ? AND fault != ''", (request.key,))
        return [fault for (fault,) in rows]

    def keep(self, request: Request, reply: Reply, url: str, cost_usd: float | None, fault: str = "") -> None:
        """Stores a reply at once. A second good one of the same model to the same request changes nothing."""
        asked = json.dumps({"messages": list(request.messages), "max_tokens": request.max_tokens}).encode()
        row = (
            request.key, reply.model, url, reply.text, fault, reply.tokens_in, reply.tokens_cached, reply.tokens_out,
            cost_usd, reply.seconds, time.time(), zlib.compress(asked, LIGHTLY), zlib.compress(reply.raw, LIGHTLY),
        )  # fmt: skip
        self._write(f"INSERT OR IGNORE INTO replies VALUES ({', '.join('?' * len(row))})", row)

    def note_failure(self, request: Request, model: str, reason: str) -> None:
        """Notes a call that brought no reply."""
        self._write("INSERT INTO failures VALUES (?, ?, ?, ?)", (request.key, model, reason, time.time()))

    def spent_usd(self) -> float:
        """What all replies cost, as far as prices are known."""
        return float(self._value("SELECT coalesce(sum(cost_usd), 0) FROM replies"))

    def counts(self) -> tuple[int, int]:
        """How many replies there are, and how many of them can be used."""
        row = self._connection.execute("SELECT count(*), coalesce(sum(fault = ''), 0) FROM replies").fetchone()
        return int(row[0]), int(row[1])

    def note_batch(self, batch: str, model: str, url: str, state: str) -> None:
        """Stores how a batch of requests stands."""
        self._write("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?)", (batch, model, url, state, time.time()))

    def batches(self, model: str, url: str, state: str) -> list[str]:
        """The batches of a model that stand so ("submitted"), or files that are to become one ("uploaded")."""
        query = "SELECT id FROM batches WHERE model = ? AND url = ? AND state = ? ORDER BY at, id"
        return [batch for (batch,) in self._connection.execute(query, (model, url, state))]

    def _write(self, statement: str, row: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, row)
        except sqlite3.Error as error:
            raise WorkspaceError(f"{self.path} cannot be written ({error}): free some space, run it again") from None

    def _value(self, query: str) -> Any:
        return self._connection.execute(query).fetchone()[0]
