"""No person comes through, in whatever form a message names one; what is said about the code does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index.messages import People, people_of, plain_sentences, reason_of, sentences, subject_of

PEOPLE = people_of(
    [
        "Grace Hopper",
        "grace.hopper@navy.mil",
        "ghopper",
        "will smith",
        "Mark Page",
        "12345+octo9@users.noreply.github.com",
    ],
    ["we will mark the page", "it will work", "mark one page", "please mark it"],
    ["get_page", "Request"],
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Fix by Grace.",
        "As Hopper said, it leaks.",
        "See what ghopper found.",
        "As mark page says.",
        "Ask someone@example.org about it.",
        "Requested by @someone-else in chat.",
        "Thanks to everybody for the patch.",
        "Patch by Linus Torvalds.",
        "From an idea of Alan Turing about machines.",
        "Merge pull request from octo9/branch.",
        "octo9 wants this.",
        "Written by Somebody.",
        "Add caching (:user:`somebody`).",
    ],
)
def test_sentences_about_people_go(sentence):
    assert plain_sentences(f"Keep this. {sentence} And this.", PEOPLE) == "Keep this. And this."


@pytest.mark.parametrize(
    "sentence",
    ["Mark the page as read.", "It will work.", "Sent by the server.", "Fixed by retrying.", "Reported as an error."],
)
def test_ordinary_words_are_no_names(sentence):
    assert plain_sentences(sentence, PEOPLE) == sentence


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Use :class:`~shop.Stock` and ``take``.", "Use `shop.Stock` and `take`."),
        ("Fix leak (#12, #13)", "Fix leak"),
        ("Fix leak (https://example.org/pull/2)", "Fix leak"),
        ("Call `leak()` and mend() ()", "Call `leak()` and mend()"),
        ("Fix leak. Fixes #12.", "Fix leak."),
        ("Add {func}`version` {issue}`12` {pr}`13`", "Add `version`"),
        ("See [the docs](https://example.org/x) at https://example.org/y now", "See the docs at now"),
        ("one\ttwo\x1b[31m\n three", "one two [31m three"),
    ],
)
def test_markup_links_and_ticket_numbers_go(text, plain):
    assert plain_sentences(text, People()) == plain


def test_etc_ends_a_sentence_before_another_one():
    assert list(sentences("Handle it, etc. Deprecated: use that. Cats, dogs etc. are kept.")) == [
        "Handle it, etc.",
        "Deprecated: use that.",
        "Cats, dogs etc. are kept.",
    ]


def test_a_long_text_ends_at_a_sentence():
    assert plain_sentences("First one. " * 50, People(), 25) == "First one. First one."
    assert len(plain_sentences("word " * 500, People(), 60)) <= 63


def test_subject_and_reason_come_apart():
    message = (
        "Cache pages (#7)\n\nSigned-off-by: X <x@y.z>\n\n* list\n\nReading them took\nfar too long. Like this\n\nMore."
    )
    assert subject_of(message, PEOPLE) == "Cache pages"
    assert reason_of(message, PEOPLE) == "Reading them took far too long."
    assert reason_of("Only a subject", PEOPLE) == ""
    assert subject_of("Merge branch 'x'", PEOPLE) == ""


def test_what_goes_on_from_the_subject_is_no_reason():
    assert subject_of("* lib/a.rb (A#b):\n  Open only files", PEOPLE) == ""
    assert reason_of("Fix what is not\n\nread after an error has occurred.\n", PEOPLE) == ""


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_no_address_comes_through(text):
    assert "\n" not in plain_sentences(text, PEOPLE)
    assert "ab@cd.ef" not in plain_sentences(f"{text} ab@cd.ef {text}", PEOPLE)
