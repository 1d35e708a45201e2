"""Who may ask where others can reach the server: token, cookie, rate."""

import httpx
import openai
import pytest
from serving import Scripted, serving

from forklift.config import DeployConfig, parse
from forklift.deploy import create_app
from forklift.deploy.limits import RateLimit
from forklift.deploy.server import is_loopback
from forklift.errors import ConfigError

TOKEN = "correct-horse-battery"
HELLO = [{"role": "user", "content": "What is Truck?"}]


@pytest.fixture(scope="module")
def url(lift, index):
    with serving(create_app(lift, {"sft": Scripted("Hi")}, index, token=TOKEN)) as url:
        yield url


def test_the_token_is_the_api_key(url):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=TOKEN, max_retries=0)
    assert client.chat.completions.create(model="sft", messages=HELLO).choices[0].message.content == "Hi"
    for key in ("wrong", TOKEN[:-1], f"{TOKEN}x", "\u00e9"):
        stranger = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
        with pytest.raises((openai.AuthenticationError, UnicodeEncodeError)):
            stranger.models.list()


@pytest.mark.parametrize(
    "path",
    [
        "/page.js",
        "/api/lift",
        "/api/source?path=warehouse/truck.py",
        "/report",
        "/metrics",
        "/openapi.json",
        "/v1/models",
        "/nothing",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"Cookie": "forklift_token="},
        {"Cookie": "forklift_token=x"},
    ],
)
def test_nothing_is_told_without_it(url, path, headers):
    response = httpx.get(f"{url}{path}", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error"]["code"] == "invalid_token"
    assert "Truck" not in response.text


def test_health_needs_no_token(url):
    assert httpx.get(f"{url}/health").json() == {"status": "ok"}


def test_a_browser_gets_a_cookie_once(url):
    with httpx.Client(base_url=url) as browser:
        asked = browser.get("/")
        assert asked.status_code == 401
        assert "<form" in asked.text
        assert "script-src" not in asked.headers["content-security-policy"]
        assert browser.get("/", params={"token": "wrong"}).status_code == 401
        entered = browser.get("/", params={"token": TOKEN})
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert browser.get("/").status_code == 200
        assert browser.get("/api/lift").json()["name"]
        refused = browser.get("/api/lift", headers={"Origin": "https://evil.example"})
        assert refused.status_code == 403


def test_names_of_the_server_do_not_matter_then(url):
    headers = {"Host": "forklift.example", "Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(f"{url}/v1/models", headers=headers).status_code == 200


def test_no_origin_is_let_in(url):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = httpx.request("OPTIONS", f"{url}/v1/chat/completions", headers=headers)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_tokens_are_long_and_printable():
    assert parse(DeployConfig, token="x" * 16).token
    for token in ("short", "with space in the middle", "caf\u00e9" * 5, "line\nbreak" * 3):
        with pytest.raises(ConfigError, match="token"):
            parse(DeployConfig, token=token)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_others_can_reach(address, local):
    assert is_loopback(address) is local


def test_who_asks_too_often_is_told_to_wait(lift, index):
    with serving(create_app(lift, {"sft": Scripted("Hi")}, index, per_minute=3)) as url:
        body = {"model": "sft", "messages": HELLO}
        answers = [httpx.post(f"{url}/v1/chat/completions", json=body) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["retry-after"]) <= 20
        assert answers[3].json()["error"]["type"] == "rate_limit_error"
        assert answers[3].headers["x-content-type-options"] == "nosniff"
        assert httpx.get(f"{url}/v1/models").status_code == 200


def test_buckets_fill_up_again_and_are_few(monkeypatch):
    now = 0.0
    monkeypatch.setattr("forklift.deploy.limits.time.monotonic", lambda: now)
    monkeypatch.setattr("forklift.deploy.limits.MOST_ADDRESSES", 5)
    limit = RateLimit(None, 60)
    assert [limit._take("a") for _ in range(61)] == [0] * 60 + [1]
    assert limit._take("b") == 0
    now = 2.0
    assert [limit._take("a") for _ in range(3)] == [0, 0, 1]
    for n in range(20):
        limit._take(str(n))
    assert len(limit._buckets) == 5
