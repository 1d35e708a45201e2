"""What the page reads, and what stands between this server and other web sites."""

import re
import shutil
from dataclasses import replace
from importlib.resources import files

import httpx
import pytest
from serving import Scripted, serving

from forklift.deploy import create_app
from forklift.deploy.browse import suggested_questions
from forklift.deploy.guard import host_name
from forklift.records import Symbol

PAGE = files("forklift.deploy").joinpath("page")
PAGE_FILES = tuple(sorted(file.name for file in PAGE.iterdir()))
SCRIPTS = tuple(name for name in PAGE_FILES if name.endswith(".js"))


@pytest.fixture(scope="module")
def url(lift, index):
    with serving(create_app(lift, {"base": Scripted("Hi"), "sft": Scripted("Hi")}, index)) as url:
        yield url


def page_file(name):
    return PAGE.joinpath(name).read_text(encoding="utf-8")


def test_health(url):
    assert httpx.get(f"{url}/health").json() == {"status": "ok"}


def test_lift_tells_what_the_page_shows(url, index):
    about = httpx.get(f"{url}/api/lift").json()
    assert about["name"] == index.meta["name"]
    assert about["commit"] == index.meta["commit"]
    assert about["models"] == [{"id": "base", "name": "scripted"}, {"id": "sft", "name": "scripted"}]
    assert any("Truck" in question for question in about["questions"])
    assert about["has_report"] is False
    assert (about["retrieval"], about["keeps_votes"]) == ("+retrieval", True)


def test_suggestions_are_central_public_and_no_tests():
    one = Symbol(1, "lift", "Truck.lift", "method", "python", "a.py", 1, 2, rank=0.5)
    symbols = [
        one,
        replace(one, qualified_name="Truck", kind="class", rank=0.9),
        replace(one, qualified_name="Truck.__init__", rank=1.0),
        replace(one, qualified_name="_Hidden.show", rank=1.0),
        replace(one, qualified_name="test_lift", is_test=True, rank=1.0),
        replace(one, qualified_name="LIMIT", kind="constant", rank=1.0),
        replace(one, qualified_name="Truck.lower", rank=0.1),
    ]
    questions = suggested_questions(symbols, limit=2)
    assert questions == ["What is `Truck` for?", "Where is `Truck.lift` defined?"]
    assert suggested_questions([]) == []


def test_source_lines_around_a_line(url):
    source = httpx.get(f"{url}/api/source", params={"path": "warehouse/truck.py", "line": 6}).json()
    assert source["path"] == "warehouse/truck.py"
    assert source["lines"][6 - source["first"]].startswith("class Truck")
    far = httpx.get(f"{url}/api/source", params={"path": "warehouse/truck.py", "line": 60}).json()
    assert far["first"] == 48
    assert far["lines"][60 - 48] == "    38,"


def test_markup_in_sources_stays_text_in_json(url):
    response = httpx.get(f"{url}/api/source", params={"path": "warehouse/truck.py", "line": 1})
    assert response.headers["content-type"] == "application/json"
    assert any("<script>alert(1)</script>" in line for line in response.json()["lines"])


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("nothing.py", 1),
        ("../../etc/passwd", 1),
        ("/etc/passwd", 1),
        ("warehouse/../warehouse/truck.py", 1),
        ("warehouse", 1),
        ("", 1),
        ("warehouse/truck.py\x00", 1),
        ("warehouse/truck.py", 10**6),
        ("warehouse/truck.py", -(10**6)),
        ("warehouse/truck.py", 10**30),
    ],
)
def test_only_lines_of_the_index_are_shown(url, path, line):
    response = httpx.get(f"{url}/api/source", params={"path": path, "line": line})
    assert response.status_code == 404
    assert response.json()["error"]["message"]


@pytest.mark.parametrize("query", ["", "?line=1", "?path=a&line=x"])
def test_source_needs_a_path_and_a_number(url, query):
    response = httpx.get(f"{url}/api/source{query}")
    assert response.status_code == 400
    assert response.json()["error"]["param"] in {"path", "line"}


def test_report_is_shown_when_there_is_one_and_sandboxed(url, lift):
    assert httpx.get(f"{url}/report").status_code == 404
    lift.scores.mkdir()
    (lift.scores / "report.html").write_text("<h1>Scores</h1>", encoding="utf-8")
    response = httpx.get(f"{url}/report")
    assert response.text == "<h1>Scores</h1>"
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-security-policy"].startswith("sandbox;")
    assert "script" not in response.headers["content-security-policy"]
    assert httpx.get(f"{url}/api/lift").json()["has_report"] is True
    shutil.rmtree(lift.scores)


def test_page_and_its_policy(url):
    page = httpx.get(url)
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    for name in PAGE_FILES:
        kind = {"js": "text/javascript", "css": "text/css", "html": "text/html"}[name.rpartition(".")[2]]
        address = url if name == "index.html" else f"{url}/{name}"
        assert httpx.get(address).headers["content-type"].startswith(kind)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/page/../app.py", "/..%2fapp.py", "/index.html"])
def test_nothing_else_is_served(url, path):
    response = httpx.get(f"{url}{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000", "[::1]"])
def test_own_addresses_are_answered(url, host):
    assert httpx.get(f"{url}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::2]", "[::1", "::1"],
)
@pytest.mark.parametrize("path", ["/", "/health", "/api/lift", "/v1/models"])
def test_foreign_host_names_are_refused(url, host, path):
    response = httpx.get(f"{url}{path}", headers={"Host": host})
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "host_not_allowed"


def test_bound_host_is_answered(lift, index):
    with serving(create_app(lift, {}, index, hosts=["Workbench"])) as url:
        assert httpx.get(f"{url}/health", headers={"Host": "workbench:8000"}).status_code == 200
        assert httpx.get(f"{url}/health", headers={"Host": "other:8000"}).status_code == 403


def test_host_names():
    assert host_name("localhost:80") == "localhost"
    assert host_name("[::1]:80") == "::1"
    assert host_name("") == ""
    assert host_name("localhost:80:80") == ""


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_other_origins_are_refused(url, origin):
    body = {"model": "sft", "messages": [{"role": "user", "content": "hi"}]}
    response = httpx.post(f"{url}/v1/chat/completions", json=body, headers={"Origin": origin})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    own = httpx.post(f"{url}/v1/chat/completions", json=body, headers={"Origin": url})
    assert own.status_code == 200


def test_page_inserts_text_only():
    ways_in = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc")
    for script in map(page_file, SCRIPTS):
        assert not [way_in for way_in in ways_in if way_in in script]


def rgb(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(colour):
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    """Of two colours, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_in_light_and_dark():
    themes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in page_file("page.css").split("@media")[:2]
    ]
    assert len(themes) == 2
    for colours in themes:
        for ground in ("ground", "card", "soft"):
            for text in ("ink", "muted", "brand", "real", "bad"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_page_needs_nothing_from_elsewhere():
    for name in PAGE_FILES:
        text = page_file(name).replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text
    page = page_file("index.html")
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<style" not in page
