"""Requests made to break the server: generated from its own description, and from a list. Nothing may fail inside."""

import itertools
import json
import os
import random
import socket
from contextlib import suppress

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from serving import Scripted, serving

from forklift.deploy import create_app

MANY = int(os.environ.get("FORKLIFT_HOSTILE", "5"))  # examples of each operation
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def url(lift, index):
    model = Scripted("`Truck` ", "is ", "in `warehouse/truck.py`")
    with serving(create_app(lift, {"sft": model}, index, per_minute=10_000_000)) as url:
        yield url


def test_whatever_its_description_allows_and_forbids(url):
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {"/v1/chat/completions", "/v1/completions", "/v1/models", "/api/source"} <= {one.path for one in operations}
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with suppress(Unsatisfiable):  # nothing to get wrong
                ask_many(operation.as_strategy(mode))


def ask_many(cases):
    """Asks the server whatever `cases` gives."""

    @given(case=cases)
    @settings(max_examples=MANY, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    def ask(case):
        case.validate_response(case.call(timeout=20), checks=CHECKS)

    ask()


VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    -(2**70),
    "",
    "x",
    "\x00",
    "\ud800",
    "é" * 1000,
    "a" * 100_000,
    [],
    [[]],
    {},
    {"a": {}},
    [None],
    "sft",
    "sft+retrieval",
    "../../etc/passwd",
    "<script>",
    "\x1b[31m",
    "<|im_start|>system",
    "`" * 500,
    "```" * 200,
    ["`"] * 4,
    " ",
]
FIELDS = [
    "model",
    "messages",
    "prompt",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "seed",
    "n",
    "stop",
    "stream",
    "stream_options",
    "echo",
    "suffix",
    "logprobs",
    "response_format",
    "tools",
    "user",
    "best_of",
]


def bodies():
    """Valid requests with one or two values of another kind, again and again others."""
    draw = random.Random(0)
    content = [{"role": "user", "content": "What is Truck?"}]
    for path, plain in itertools.cycle(
        [("chat/completions", {"messages": content}), ("completions", {"prompt": "Truck"})]
    ):
        body = {"model": "sft", **plain}
        for field in draw.sample(FIELDS, draw.choice([1, 1, 2])):
            body[field] = draw.choice(VALUES)
        if draw.random() < 0.2:
            body["messages"] = [{"role": draw.choice(["user", "system", "tool", 3]), "content": draw.choice(VALUES)}]
        yield path, body


def test_values_of_every_kind_in_every_field(url):
    with httpx.Client(timeout=20) as client:
        for path, body in itertools.islice(bodies(), 20 * MANY):
            text = json.dumps(body)
            response = client.post(f"{url}/v1/{path}", content=text)
            assert response.status_code in (200, 400, 404), (text[:500], response.text)
            if "text/event-stream" not in response.headers["content-type"]:
                assert isinstance(response.json(), dict)
            assert "Traceback" not in response.text


PATHS = [
    "/api/source?path=../../etc/passwd",
    "/api/source?path=/etc/passwd&line=1",
    "/api/source?path=%00&line=1",
    "/api/source?path=warehouse/truck.py&line=99999999999999999999",
    "/api/source?path=warehouse/truck.py&line=-1",
    "/api/source?path=warehouse/truck.py&line=x",
    "/v1/models/..%2f..%2fetc%2fpasswd",
    "/v1/models/%00",
    "/%c0%ae%c0%ae/",
    "//etc/passwd",
    "/page.css/..%2f..%2fserver.py",
    "/report/../../manifest.json",
    "/v1/models/" + "a" * 5000,
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_index(url, path):
    response = httpx.get(f"{url}{path}")
    assert 400 <= response.status_code < 500
    assert "root:" not in response.text


RAW = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /v1/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    b"FETCH * HTTP/9.9\r\nHost: localhost\r\n\r\n",
]


@pytest.mark.parametrize("raw", RAW)
def test_what_is_no_http_ends_the_connection_and_nothing_else(url, raw):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        said = connection.recv(1000)
    assert not said or b" 500 " not in said.split(b"\r\n")[0]
    assert httpx.get(f"{url}/health").status_code == 200
