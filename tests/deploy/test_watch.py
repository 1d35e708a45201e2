"""Numbers and lines about what the server does."""

import json

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import Scripted, serving, wait_until

from forklift.deploy import create_app
from forklift.deploy.watch import open_log

HELLO = [{"role": "user", "content": "What is Truck, the secret one?"}]


@pytest.fixture
def log_file(tmp_path):
    return tmp_path / "logs" / "access.jsonl"


@pytest.fixture
def url(lift, index, log_file):
    model = Scripted("`Truck` ", "is in ", "`Trukc`")
    with serving(create_app(lift, {"sft": model}, index, log=open_log(log_file))) as url:
        yield url


def post(url, **fields):
    return httpx.post(f"{url}/v1/chat/completions", json={"model": "sft", "messages": HELLO, **fields})


def lines(log_file):
    return [json.loads(line) for line in log_file.read_text().splitlines()]


def numbers(url):
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
    return {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}


def test_a_line_for_each_request(url, log_file):
    answered = post(url)
    post(url, stream=True)
    httpx.get(f"{url}/nothing/%1b[31m?token=secret")
    httpx.get(f"{url}/health", headers={"Host": "evil.example"})
    wait_until(lambda: len(lines(log_file)) == 4)
    whole, streamed, missing, refused = lines(log_file)
    assert whole["id"] == answered.headers["x-request-id"]
    assert (whole["method"], whole["path"], whole["status"]) == ("POST", "/v1/chat/completions", 200)
    assert (whole["model"], whole["prompt_tokens"], whole["answer_tokens"]) == ("sft", 6, 3)
    assert whole["finish"] == ["stop"]
    assert 0 < streamed["first_token_ms"] <= streamed["ms"]
    assert missing["status"] == 404
    assert refused["status"] == 403
    text = log_file.read_text()
    assert "secret" not in text
    assert "\x1b" not in text


def test_numbers_for_prometheus(url):
    post(url)
    post(url, stream=True)
    post(url, model="gpt-9")
    httpx.get(f"{url}/somewhere/else")
    wait_until(lambda: numbers(url).get(("forklift_requests_total", "404", "other")) == 1)
    seen = numbers(url)
    route = "/v1/chat/completions"
    assert seen["forklift_requests_total", route, "200"] == 2
    assert seen["forklift_requests_total", route, "404"] == 1
    assert seen["forklift_tokens_total", "sft", "written"] == 6
    assert seen["forklift_names_total", "sft", "true"] == 2
    assert seen["forklift_names_total", "false", "sft"] == 2
    assert seen["forklift_first_token_seconds_count", "sft"] == 1
    assert seen["forklift_answers", "sft"] == 0
    assert seen["process_resident_memory_bytes",] > 0


def test_who_left_is_in_the_log(lift, index, log_file):
    model = Scripted(*["word "] * 90, pause_s=0.05)
    with serving(create_app(lift, {"sft": model}, index, log=open_log(log_file))) as url:
        with httpx.stream(
            "POST", f"{url}/v1/chat/completions", json={"model": "sft", "messages": HELLO, "stream": True}
        ) as response:
            next(response.iter_lines())
        wait_until(lambda: log_file.read_text())
    assert lines(log_file)[0]["finish"] == ["cut"]
