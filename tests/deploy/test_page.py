"""The page in a real browser: chat, citations, arena, map; by keyboard, on a phone, in the dark."""

import json

import pytest
from browsing import Watched, browsing
from serving import Scripted, serving

from forklift.deploy import create_app
from forklift.workspace import create_lift

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> [link](javascript:alert(3)) \x1b[31m"
ANSWER = ("`Truck.lift_pallet` ", "in `warehouse/truck.py` ", "calls `check_weight`, ", "not `Trukc`. ", HOSTILE)
PHONE = {"width": 360, "height": 740}
VIEWS = ("#ask", "#arena", "#map", "#map=warehouse%2Ftruck.py", "#symbol=Truck&path=warehouse%2Ftruck.py")
FILLED = ".view:not([hidden]) :is(.suggestions a, #standings > *, #place > *)"


@pytest.fixture(scope="module")
def chromium():
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def page_lift(tmp_path_factory):
    lift = create_lift(tmp_path_factory.mktemp("page") / "lift")
    lift.scores.mkdir()
    (lift.scores / "report.html").write_text("<h1>Scores of the depot</h1>", encoding="utf-8")
    return lift


@pytest.fixture(scope="module")
def url(page_lift, index):
    models = {"base": Scripted("A truck is ", "a vehicle."), "sft": Scripted(*ANSWER)}
    with serving(create_app(page_lift, models, index)) as url:
        yield url


@pytest.fixture
def page(chromium, url):
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(8_000)
    watched = Watched(page)
    page.goto(url)
    page.wait_for_selector(".suggestions a")
    yield page
    assert watched.errors == []
    assert all(address.startswith((url, "data:")) for address in watched.addresses)
    context.close()


def ask(page, question="What lifts a pallet?"):
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector(".turn .tuned .verdict:has-text('tokens')")


def test_base_and_tuned_answer_side_by_side_with_names_checked(page):
    ask(page)
    assert page.inner_text(".answer.base .text") == "A truck is a vehicle."
    tuned = page.locator(".answer.tuned")
    assert tuned.locator("button.name").all_inner_texts() == ["Truck.lift_pallet", "warehouse/truck.py", "check_weight"]
    assert tuned.locator(".text .invented").all_inner_texts()[0] == "Trukc"
    assert "not in this repository; closest: Truck" in tuned.locator(".notes").inner_text()
    assert "3 of 5 code names exist" in tuned.locator(".verdict").inner_text()


def test_a_long_answer_does_not_scroll_a_short_one_out_of_sight(chromium, page_lift, index):
    long = Scripted(*(f"Line {n} of much that is said.\n" for n in range(90)))
    with serving(create_app(page_lift, {"base": long, "sft": Scripted("A `Truck`.")}, index)) as url:
        page = chromium.new_page(viewport={"width": 1180, "height": 700})
        page.goto(url)
        page.wait_for_selector(".suggestions a")
        for _ in range(2):  # the second begins below the first
            ask(page)
            page.wait_for_selector(".turn:last-child .base .verdict:has-text('tokens')")
            places = [page.locator(f".turn:last-child .{each} .text").bounding_box() for each in ("base", "tuned")]
            assert places[0]["y"] == places[1]["y"]
            assert page.locator("header").first.bounding_box()["height"] < places[0]["y"] < 400
        page.close()


def test_what_a_model_says_stays_text(page):
    ask(page, HOSTILE)
    assert "<script>alert(2)</script> [link](javascript:alert(3))" in page.inner_text(".tuned .text")
    assert page.locator("#turns img, #turns script, #turns a[href^=javascript]").count() == 0


def test_a_citation_opens_the_source_lines_and_escape_leads_back(page):
    ask(page)
    citation = page.locator(".tuned .citation", has_text="warehouse/truck.py:9")
    citation.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source .row.here")
    assert "def lift_pallet(self, pallet):" in page.inner_text("#source .row.here")
    assert "<script>alert(1)</script>" in page.inner_text("#source-lines")
    page.keyboard.press("Escape")
    assert not page.is_visible("#source")
    assert citation.evaluate("element => element === document.activeElement")


def test_addresses_and_suggestions_ask(page, url):
    page.click(".suggestions a >> nth=0")
    page.wait_for_selector(".tuned .verdict:has-text('tokens')")
    assert "check_weight" in page.inner_text(".turn h2")
    page.click("#clear")
    assert page.locator(".turn").count() == 0
    assert page.is_visible("#welcome")


def test_follow_up_sends_what_was_said(chromium, lift, index):
    model = Scripted("Yes.")
    with serving(create_app(lift, {"sft": model}, index)) as url:
        page = chromium.new_page()
        page.goto(url)
        page.check("#follow-up")
        for question in ("One?", "Two?"):
            page.fill("#question", question)
            page.press("#question", "Enter")
            page.wait_for_selector(f".turn:has-text('{question}') .verdict:has-text('tokens')")
        page.close()
    assert [message["content"] for message in model.read[-1]] == ["One?", "Yes.", "Two?"]


def test_an_answer_can_be_stopped(chromium, lift, index):
    model = Scripted(*["word "] * 90, pause_s=0.1)
    with serving(create_app(lift, {"sft": model}, index)) as url:
        page = chromium.new_page()
        page.goto(f"{url}/#q=Stop?")
        page.wait_for_selector(".text:has-text('word')")
        page.click("#send:has-text('Stop')")
        page.wait_for_selector(".verdict:has-text('stopped')")
        assert model.cancelled.wait(10)
        page.close()


def test_a_server_that_is_gone_is_said(chromium, lift, index):
    page = chromium.new_page()
    with serving(create_app(lift, {"sft": Scripted("Hi")}, index)) as url:
        page.goto(url)
        page.wait_for_selector(".suggestions")
    page.fill("#question", "Anybody?")
    page.press("#question", "Enter")
    page.wait_for_selector(".verdict:has-text('Is it still running?')")
    page.close()


def test_arena_is_blind_until_the_vote_and_keeps_it(page, page_lift):
    page.click("#arena-tab")
    page.wait_for_selector("#standings :text('No votes yet.')")
    page.fill("#arena-question", "What lifts?")
    page.press("#arena-question", "Enter")
    page.wait_for_selector("#ballot:not([disabled])")
    shown = page.inner_text("#view-arena #match")
    assert "sft" not in shown
    assert "base" not in shown
    assert "tokens" not in shown  # lengths and times tell which is which
    page.click("#ballot button:has-text('B is better')")
    page.wait_for_selector("#revealed:has-text('A was')")
    vote = json.loads(page_lift.votes.read_text(encoding="utf-8").splitlines()[-1])
    assert (vote["question"], vote["winner"]) == ("What lifts?", "right")
    assert f"A was {vote['left']['model']}, B was {vote['right']['model']}" in page.inner_text("#revealed")
    answers = {"base": "A truck is a vehicle.", "sft": "".join(ANSWER)}
    for side in (vote["left"], vote["right"]):
        assert side["answer"] == answers[side["model"].removesuffix("+retrieval")]
    assert page.inner_text("#standings caption").startswith("1 vote")


def test_map_leads_from_directories_to_callers(page):
    page.click("nav >> text=Map")
    page.click("#place >> text=warehouse")
    page.click("#place >> text=truck.py")
    page.click("#place a:has-text('check_weight')")
    page.wait_for_selector("h1:has-text('check_weight')")
    assert page.locator(".flow .card >> nth=0").locator("a").all_inner_texts() == ["Truck.lift_pallet"]
    page.click(".flow a:has-text('Truck.lift_pallet')")
    page.wait_for_selector("h1:has-text('Truck.lift_pallet')")
    assert "<script>alert(1)</script>" in page.inner_text("#place")
    page.click(".title .citation")
    page.wait_for_selector("#source .row.here:has-text('def lift_pallet')")
    page.keyboard.press("Escape")
    page.fill("#query", "trukc")
    page.press("#query", "Enter")
    page.click("#place a:has-text('Truck') >> nth=0")
    page.wait_for_selector("h1:has-text('Truck')")
    page.go_back()
    page.wait_for_selector("h1:has-text('Found for')")


def test_report_is_one_click_away(page):
    with page.context.expect_page() as opened:
        page.click("#report")
    assert "Scores of the depot" in opened.value.inner_text("body")


def test_keyboard_alone(page):
    page.click("h1")
    page.keyboard.press("/")
    page.keyboard.type("What lifts?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tuned .verdict:has-text('tokens')")
    page.goto(page.url.split("#")[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") in {"skip", "primary", ""}


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_has_a_name_and_every_view_a_heading(page, url, view):
    page.goto(f"{url}/{view}")
    page.wait_for_selector(FILLED)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, textarea, dialog, fieldset")]
            .filter((one) => one.checkVisibility() && !(one.innerText?.trim() || one.ariaLabel || one.labels?.length
                || one.querySelector?.("legend")))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_never_scrolls_sideways(chromium, url, view):
    context = chromium.new_context(viewport=PHONE, color_scheme="dark", has_touch=True)
    page = context.new_page()
    page.goto(f"{url}/{view}")
    page.wait_for_selector(FILLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(red, green, blue) < 64  # dark, as the phone asks for
    context.close()
