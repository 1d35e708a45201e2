"""Who teaches: what `--teacher MODEL[@BASE_URL][#OPTION=VALUE,...]` means."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from forklift.build.llm.costs import Price, listed_price
from forklift.endpoint import DEFAULT_URL, KEY, Endpoint, parse_endpoint
from forklift.errors import ConfigError

DEFAULT_MODEL = "gpt-4.1-mini"
CONCURRENCY_HOSTED, CONCURRENCY_LOCAL = 64, 8
CONTEXT_TOKENS = 16_000  # of a model whose context nobody stated: more than a dossier and its reply take

Task = Literal["explain", "reword"]
TASKS: tuple[Task, ...] = ("explain", "reword")

_NUMBERS = {"concurrency": 1.0, "weight": 1e-3, "rpm": 1.0, "tpm": 1.0, "context": 512.0, "in": 0.0, "out": 0.0}
_OPTIONS = re.compile(r"#(?P<options>[a-z]+=[^#@]*)$")
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Teacher:
    """A model that writes questions and answers, where it is served, and how hard it may be asked."""

    endpoint: Endpoint
    key_name: str = KEY  # of the environment variable that holds the key
    concurrency: int = CONCURRENCY_HOSTED  # requests at a time
    weight: float = 1.0  # its share of the requests, relative to the others
    requests_per_minute: float | None = None  # None: as the server says
    tokens_per_minute: float | None = None
    context_tokens: int = CONTEXT_TOKENS  # prompt and reply together
    price: Price | None = field(default=None)  # None: unknown
    task: Task = "explain"  # reword: what a model can do that is too weak to explain code

    @property
    def model(self) -> str:
        return self.endpoint.model


def parse_teacher(spec: str) -> Teacher:
    """The teacher that MODEL[@BASE_URL][#OPTION=VALUE,...] names. Raises ConfigError when it names none.

    Options: concurrency, weight, rpm and tpm (requests and tokens a minute), context (tokens), in and out (USD for a
    million tokens), key (the environment variable with the key), task (explain or reword).
    """
    found = _OPTIONS.search(spec)
    endpoint = parse_endpoint(spec[: found.start()] if found else spec)
    values = _options(found["options"], spec) if found else {}
    is_local = _is_local(endpoint)
    return Teacher(
        endpoint,
        key_name=values.get("key", KEY),
        concurrency=int(values.get("concurrency", CONCURRENCY_LOCAL if is_local else CONCURRENCY_HOSTED)),
        weight=values.get("weight", 1.0),
        requests_per_minute=values.get("rpm"),
        tokens_per_minute=values.get("tpm"),
        context_tokens=int(values.get("context", CONTEXT_TOKENS)),
        price=_price(endpoint, values, is_local),
        task=values.get("task", "explain"),
    )


def _options(text: str, spec: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if (name == "key" and _NAME.fullmatch(value)) or (name == "task" and value in TASKS):
            values[name] = value
            continue
        try:
            values[name] = float(value)
            usable = _NUMBERS[name] <= values[name] < 1e9
        except (KeyError, ValueError):
            usable = False
        if not usable:
            known = ", ".join([*_NUMBERS, "key"])
            raise ConfigError(
                f"{part!r} in the teacher {spec.partition('#')[0]!r} is no option: expected NAME=NUMBER of {known} "
                "(key=VARIABLE names the environment variable with the key, task=reword asks for other wordings only)"
            )
    return values


def _price(endpoint: Endpoint, values: dict[str, Any], is_local: bool) -> Price | None:
    if "in" in values or "out" in values:
        return Price(values.get("in", 0.0), values.get("in", 0.0), values.get("out", 0.0))
    if is_local:
        return Price(0.0, 0.0, 0.0)
    return listed_price(endpoint.model) if endpoint.base_url == DEFAULT_URL else None


def _is_local(endpoint: Endpoint) -> bool:
    """Whether the server is on this machine or a private network, where tokens cost nothing."""
    host = urlsplit(endpoint.base_url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal"))
