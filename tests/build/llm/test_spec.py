"""What --teacher means, what a teacher costs, and what one probe call finds."""

import contextlib
import json
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.llm import probe
from forklift.build.llm.call import duration_s
from forklift.build.llm.costs import Price, Usage, listed_price, usage_table
from forklift.build.llm.probe import probe_all
from forklift.build.llm.spec import parse_teacher
from forklift.errors import ConfigError, EndpointError
from remote import Reply, refuses, remote, says


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_spec_has_options_after_a_hash():
    teacher = parse_teacher(
        "qwen@http://localhost:8000/v1#concurrency=16,weight=0.5,rpm=60,tpm=9000,context=4096,key=MY_KEY"
    )
    assert (teacher.model, teacher.endpoint.base_url) == ("qwen", "http://localhost:8000/v1")
    assert (teacher.concurrency, teacher.weight, teacher.key_name, teacher.context_tokens) == (16, 0.5, "MY_KEY", 4096)
    assert (teacher.requests_per_minute, teacher.tokens_per_minute) == (60, 9000)
    assert teacher.price == Price(0, 0, 0)


def test_prices_are_listed_given_or_unknown():
    assert (
        parse_teacher("gpt-4.1-mini").price
        == parse_teacher("gpt-4.1-mini-2025-04-14").price
        == listed_price("gpt-4.1-mini")
    )
    assert parse_teacher("some-model@https://host.example/v1").price is None
    assert parse_teacher("some-model@https://host.example/v1#in=2,out=6").price == Price(2, 2, 6)
    assert parse_teacher("m@http://192.168.0.7:8000/v1").price == Price(0, 0, 0)
    assert Price(2, 1, 10).cost_usd(1_000_000, 500_000, 100_000) == 1 + 0.5 + 1


@pytest.mark.parametrize(
    "options", ["weight=0", "rpm=x", "speed=3", "key=lower", "concurrency=0", "in=-1", "rpm=nan", "a=1,b"]
)
def test_a_bad_option_is_named(options):
    with pytest.raises(ConfigError, match="is no option") as error:
        parse_teacher(f"m@http://h/v1#{options}")
    assert "\n" not in str(error.value)


@given(st.text(max_size=40))
def test_any_spec_is_a_teacher_or_a_config_error(spec):
    with contextlib.suppress(ConfigError):
        assert parse_teacher(spec).endpoint.base_url.startswith("http")


@given(st.text(max_size=20))
def test_any_duration_is_read_or_not(text):
    assert duration_s(text) is None or duration_s(text) >= 0


def test_durations_as_servers_write_them():
    assert [duration_s(text) for text in ("120ms", "1m30.5s", "6m0s", "1h", "soon", "")] == [
        0.12,
        90.5,
        360,
        3600,
        None,
        None,
    ]


def test_the_table_of_usage_has_a_row_for_each_teacher():
    lines = usage_table([Usage("a", 3, 1, 1200, 200, 300, 0.5, 2.0), Usage("b", cost_usd=None)])
    assert len(lines) == 3
    assert lines[1].split() == ["a", "3", "1", "1,200", "200", "300", "0.5000", "2.0", "150"]
    assert "unknown" in lines[2]


# the probe


def probed(spec, tokens=500, announced=None):
    return probe_all([parse_teacher(spec)], tokens, (announced if announced is not None else []).append, timeout_s=2)


def test_a_good_teacher_takes_one_call():
    with remote(lambda request, number: says('{"ready": true}')) as server:
        (lane,) = probed(server.spec)
    assert len(server.requests) == 1
    assert lane.dialect.mode == "bounded"
    assert len(server.requests[0]["messages"][1]["content"]) > 500 * 3


def test_no_key_is_found_before_anything_is_asked():
    with pytest.raises(EndpointError, match="needs a key: set OPENAI_API_KEY"):
        probed("gpt-4.1-mini")


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (refuses(401, "bad key"), "refuses the key: check OPENAI_API_KEY"),
        (refuses(404, "The model `m` does not exist"), "check the model, and that the base URL ends as in /v1"),
        (refuses(429, "pay", code="insufficient_quota"), "no quota left"),
        (refuses(403, "no"), "does not let you in"),
        (refuses(400, "This model's maximum context length is 512 tokens"), "#context=512"),
        (refuses(400, "the request exceeds the available context size"), "#context=4096"),
        (refuses(500, "broken"), "cannot be asked: status 500: broken; check the address"),
        (Reply("<html>hello</html>"), "does not speak the OpenAI protocol"),
    ],
)
def test_what_would_fail_everything_is_one_line_that_says_what_to_do(reply, message, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with remote(lambda request, number: reply) as server, pytest.raises(EndpointError, match=message) as error:
        probed(server.spec)
    assert "\n" not in str(error.value)
    assert "sk-secret" not in str(error.value)
    assert len(server.requests) <= probe.TRIES


def test_nobody_there_is_found_soon():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(EndpointError, match="no connection"):
        probed(f"m@http://127.0.0.1:{port}/v1")
    assert time.monotonic() - began < 5


def test_a_server_that_cuts_prompts_is_found_by_what_it_counts():
    body = json.loads(says('{"ready": true}').body) | {"usage": {"prompt_tokens": 100, "completion_tokens": 5}}
    refused = pytest.raises(EndpointError, match="reads only 100 of about 5")
    with remote(lambda request, number: Reply(json.dumps(body))) as server, refused:
        probed(server.spec)


def test_an_endpoint_without_json_mode_is_used_and_told():
    told = []
    with remote(lambda r, n: refuses(400, "response_format?") if "response_format" in r else says("yes")) as server:
        (lane,) = probed(server.spec, announced=told)
    assert lane.dialect.mode == ""
    assert "no JSON mode" in told[0]


def test_a_busy_teacher_is_waited_for():
    busy = refuses(429, headers={"Retry-After": "0.1"})
    with remote(lambda request, number: busy if number < 3 else says("{}")) as server:
        assert probed(server.spec)
    assert len(server.requests) == 3
