"""Asking remote models: good servers, bad ones, slow ones, and none at all."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift import endpoint
from forklift.endpoint import Endpoint, ask_all, parse_endpoint
from forklift.engine import silent
from forklift.errors import ConfigError, EndpointError
from forklift.records import Failure
from remote import Reply, last_word, refuses, remote, says

SOON = {"Retry-After": "0.02"}


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def asks(*prompts):
    return [[{"role": "user", "content": prompt}] for prompt in prompts]


def ask(server, *prompts, max_tokens=20, **options):
    return ask_all(parse_endpoint(server.spec), asks(*prompts), max_tokens, options.pop("report", silent), **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# what is meant


@pytest.mark.parametrize(
    ("spec", "model", "url"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini", "https://api.openai.com/v1"),
        ("Qwen/Qwen2.5@http://localhost:8000/v1/", "Qwen/Qwen2.5", "http://localhost:8000/v1"),
        ("@cf/meta/llama@https://host.example/v1", "@cf/meta/llama", "https://host.example/v1"),
        ("llama3:8b@http://[::1]:11434/v1", "llama3:8b", "http://[::1]:11434/v1"),
        ("model@2024@https://host.example/v1", "model@2024", "https://host.example/v1"),
    ],
)
def test_a_spec_names_a_model_and_where_it_is_served(spec, model, url):
    assert parse_endpoint(spec) == Endpoint(model, url)


@pytest.mark.parametrize(
    "spec",
    ["", "  ", "@http://localhost/v1", "http://localhost/v1", "model@localhost:8000", "model@", "model@http://",
     "model@http://host:notaport/v1", "model@ftp://host/v1", "model@http://host:0"],
)  # fmt: skip
def test_a_spec_that_names_no_endpoint_is_refused(spec):
    with pytest.raises(ConfigError) as error:
        parse_endpoint(spec)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("url", ["http://me:s3cret@host/v1", "http://host/v1?key=s3cret"])
def test_credentials_in_a_url_are_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as error:
        parse_endpoint(f"model@{url}")
    assert "s3cret" not in str(error.value)


@given(st.text(max_size=40))
def test_any_spec_is_an_endpoint_or_a_config_error(spec):
    with contextlib.suppress(ConfigError):
        assert parse_endpoint(spec).base_url.startswith("http")


def test_the_address_in_the_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1234/v1")
    assert parse_endpoint("model").base_url == "http://localhost:1234/v1"


# answers


def test_answers_come_in_the_order_of_the_questions_whatever_is_ready_first():
    def reply(request, number):
        time.sleep(0.02 * (10 - int(last_word(request))) / 10)
        return says(f" answer {last_word(request)}\n")

    seen = []
    with remote(reply) as server:
        answers = ask(server, *map(str, range(10)), report=lambda *progress: seen.append(progress))
    assert answers == [f"answer {n}" for n in range(10)]
    assert seen == [("asking test-model", done, 10) for done in range(1, 11)]


def test_requests_run_at_once_but_no_more_than_allowed():
    now, most = [0], [0]

    def reply(request, number):
        now[0] += 1
        most[0] = max(most[0], now[0])
        time.sleep(0.05)
        now[0] -= 1
        return says("yes")

    with remote(reply) as server:
        assert ask(server, *"abcdefghi", concurrency=3) == ["yes"] * 9
    assert most[0] == 3


def test_the_request_is_greedy_and_each_answer_has_its_own_length():
    with remote(lambda request, number: says("yes")) as server:
        ask(server, "a", "b", max_tokens=[7, 9], concurrency=1)
    assert [(r["max_tokens"], r["temperature"], r["model"]) for r in server.requests] == [
        (7, 0.0, "test-model"), (9, 0.0, "test-model")
    ]  # fmt: skip


def test_nothing_to_ask_asks_nobody():
    assert ask_all(Endpoint("model", "http://127.0.0.1:9/v1"), [], 5, silent) == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"}), "<html>"),
        (Reply("<html>", headers={"Content-Type": "application/json"}), "cannot be read"),
        (Reply("", headers={"Content-Type": "application/json"}), "cannot be read"),
        (Reply('{"choices": ['), "cannot be read"),
        (Reply("null"), "no chat completion"),
        (Reply("[]"), "no chat completion"),
        (Reply('"text"'), "no chat completion"),
        (Reply("{}"), "no chat completion"),
        (Reply('{"choices": null}'), "no chat completion"),
        (Reply('{"choices": []}'), "no chat completion"),
        (Reply('{"choices": {"a": 1}}'), "no chat completion"),
        (Reply('{"choices": [null]}'), "no chat completion"),
        (Reply('{"choices": [{"message": null}]}'), "no chat completion"),
        (Reply('{"choices": [{"message": {"role": "assistant"}}]}'), ""),
        (says(None), "empty"),
        (says(""), "empty"),
        (says(" \n"), "empty"),
        (says(["a"]), "empty"),
        (says(None, finish_reason="length"), "within 20 tokens"),
        (says(None, message={"refusal": "I will not"}), "I will not"),
        (refuses(400, "context length exceeded"), "context length exceeded"),
        (refuses(422, "\n<b>bad</b>\n" * 100), "<b>bad</b>"),
        (Reply("{}", 418), "418"),
    ],
)
def test_garbage_is_a_failure_with_a_reason(reply, reason):
    with remote(lambda request, number: reply if last_word(request) == "bad" else says("fine")) as server:
        good, bad = ask(server, "good", "bad")
    assert good == "fine"
    assert isinstance(bad, Failure)
    assert reason in bad.reason
    assert "\n" not in bad.reason
    assert len(bad.reason) < 300


def test_half_a_surrogate_pair_in_an_answer_can_be_written_to_a_file():
    with remote(lambda request, number: says("broken \ud800 emoji")) as server:
        (answer,) = ask(server, "a")
    assert answer.encode("utf-8")


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_what_may_pass_is_tried_again(status):
    with remote(lambda request, number: refuses(status, headers=SOON) if number < 3 else says("at last")) as server:
        assert ask(server, "a") == ["at last"]
    assert len(server.requests) == 3


def test_the_wait_that_the_server_asks_for_is_kept():
    asked = []

    def reply(request, number):
        asked.append(time.monotonic())
        return refuses(429, headers={"Retry-After": "1.2"}) if number == 1 else says("at last")

    with remote(reply) as server:
        assert ask(server, "a") == ["at last"]
    assert asked[1] - asked[0] >= 1.2


def test_a_server_that_keeps_failing_on_one_question_fails_only_that():
    with remote(lambda r, n: refuses(500, "oops", SOON) if last_word(r) == "bad" else says("fine")) as server:
        answers = ask(server, "good", "bad", "good")
    assert answers == ["fine", Failure("status 500: oops"), "fine"]
    assert len(server.requests) == 2 + 1 + endpoint.RETRIES


def test_a_slow_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(endpoint, "RETRIES", 1)

    def reply(request, number):
        time.sleep(1.0 if last_word(request) == "slow" else 0.0)
        return says("yes")

    began = time.monotonic()
    with remote(reply) as server:
        answers = ask(server, "slow", "quick", timeout_s=0.15)
        assert time.monotonic() - began < 3
    assert answers == [Failure("it takes too long to answer"), "yes"]


def test_an_answer_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(endpoint, "RETRIES", 0)
    monkeypatch.setattr(endpoint, "LONGEST_WAIT_S", 0.3)
    began = time.monotonic()
    with remote(lambda request, number: replace(says("word " * 100), drip_s=0.05)) as server:
        assert ask(server, "a", timeout_s=0.3) == [Failure("it takes too long to answer")]
        assert time.monotonic() - began < 5


def test_options_that_a_model_does_not_have_are_left_out():
    def reply(request, number):
        for name in ("max_tokens", "temperature"):
            if name in request:
                return refuses(400, f"Unsupported parameter: {name}", param=name, code="unsupported_parameter")
        return says(str(request["max_completion_tokens"]))

    with remote(reply) as server:
        assert ask(server, "a", "b", "c", max_tokens=33) == ["33"] * 3


# an endpoint that cannot be used


def test_nobody_there_is_one_clear_error_and_soon(monkeypatch):
    monkeypatch.setattr(endpoint, "RETRIES", 1)
    where = f"http://127.0.0.1:{free_port()}/v1"
    began = time.monotonic()
    with pytest.raises(EndpointError, match=f"{where} cannot be asked: no connection") as error:
        ask_all(Endpoint("model", where), asks(*map(str, range(2000))), 5, silent)
    assert time.monotonic() - began < 10
    assert "\n" not in str(error.value)


def test_nobody_there_for_a_single_question_is_the_same_error(monkeypatch):
    monkeypatch.setattr(endpoint, "RETRIES", 0)
    with pytest.raises(EndpointError, match="no connection"):
        ask_all(Endpoint("model", f"http://127.0.0.1:{free_port()}/v1"), asks("a"), 5, silent)


def test_a_server_that_only_fails_is_not_asked_everything():
    with remote(lambda request, number: refuses(503, "down", SOON)) as server:
        with pytest.raises(EndpointError, match="status 503: down"):
            ask(server, *map(str, range(500)))
        assert len(server.requests) < 20 * (1 + endpoint.RETRIES)


def test_a_server_that_goes_down_on_the_way_keeps_what_it_answered():
    with remote(lambda r, n: says("yes") if n <= 20 else refuses(503, "down", SOON)) as server:
        answers = ask(server, *map(str, range(200)))
    assert answers.count("yes") == 20
    assert answers[-1] == Failure("not asked, because before: status 503: down")


def test_a_server_that_fails_now_and_then_is_asked_everything(monkeypatch):
    monkeypatch.setattr(endpoint, "RETRIES", 0)
    with remote(lambda r, n: refuses(503, "down") if int(last_word(r)) % 4 else says("yes")) as server:
        answers = ask(server, *map(str, range(60)), concurrency=1)
    assert (answers.count("yes"), len(server.requests)) == (15, 60)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (refuses(401, "Incorrect key sk-secret-123"), "refuses the key: check OPENAI_API_KEY"),
        (refuses(404, "The model `test-model` does not exist"), "check the model"),
        (refuses(429, "pay first", {"x-should-retry": "false"}, code="insufficient_quota"), "no quota left"),
        (refuses(403, "not for sk-secret-123"), "status 403"),
    ],
)
def test_what_holds_for_all_questions_ends_the_asking(monkeypatch, reply, message):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123")
    with remote(lambda request, number: reply) as server, pytest.raises(EndpointError, match=message) as error:
        ask(server, *map(str, range(300)))
    assert "sk-secret-123" not in str(error.value)
    assert "\n" not in str(error.value)
    assert len(server.requests) < 30


def test_an_address_without_its_last_part_is_explained():
    with remote(lambda request, number: says("yes")) as server, pytest.raises(EndpointError, match="ends as in /v1"):
        ask_all(Endpoint("model", server.url.removesuffix("/v1")), asks("a"), 5, silent)


# the key


def test_the_key_comes_from_the_environment_and_a_local_server_needs_none(monkeypatch):
    with remote(lambda request, number: says("yes")) as server:
        assert ask(server, "a") == ["yes"]
        monkeypatch.setenv("OPENAI_API_KEY", " sk-mine\n")
        assert ask(server, "a") == ["yes"]
    assert server.keys[1] == "Bearer sk-mine"
    assert "sk-mine" not in server.keys[0]


def test_no_key_for_openai_is_said_before_anything_is_sent():
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        ask_all(parse_endpoint("gpt-4.1-mini"), asks("a"), 5, silent)


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused(key, monkeypatch):
    if "\x00" in key:
        monkeypatch.setattr(os, "environ", {**os.environ, "OPENAI_API_KEY": key})
    else:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(EndpointError, match="OPENAI_API_KEY is no key") as error:
        ask_all(Endpoint("model", "http://127.0.0.1:9/v1"), asks("a"), 5, silent)
    assert key not in str(error.value)


def test_a_key_that_the_server_repeats_is_not_passed_on(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-456")
    with remote(lambda request, number: refuses(400, "bad request by sk-mine-456")) as server:
        (failure,) = ask(server, "a")
    assert failure == Failure("status 400: bad request by ***")


def test_without_the_extra_the_command_that_installs_it_is_said():
    code = (
        "import sys; sys.modules['openai'] = None\n"
        "from forklift.endpoint import Endpoint, ask_all\n"
        "from forklift.errors import EndpointError\n"
        "try: ask_all(Endpoint('m', 'http://127.0.0.1:9/v1'), [[{'role': 'user', 'content': 'a'}]], 5, print)\n"
        "except EndpointError as error: print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "asking m needs a package that is not installed: pip install 'forklift-llm[api]'\n"


def test_a_request_is_plain_json_of_the_conversation():
    with remote(lambda request, number: says("yes")) as server:
        talk = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Wo ist 'é'?"}]
        ask_all(parse_endpoint(server.spec), [talk], 5, silent)
    assert server.requests[0]["messages"] == talk
    assert json.dumps(server.requests[0])
