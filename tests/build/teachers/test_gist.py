"""What something does, in the middle of a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.teachers.gist import gist, singular, third_person


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Sends a GET request", "sends a GET request"),
        ("Send a GET request", "sends a GET request"),
        ("Tries every adapter", "tries every adapter"),
        ("Match the route", "matches the route"),
        ("Parses `text`", "parses `text`"),
        ("A dictionary of cookies", ""),
        ("This method sends", ""),
        ("Class that holds", ""),
        ("Parser of text", ""),
        ("Returns...", ""),
        ("Reads " + "many words " * 20, ""),
        ("", ""),
    ],
)
def test_the_gist_of_a_documentation(sentence, said):
    assert gist(sentence) == said


@given(st.sampled_from(["send", "match", "try", "push", "do", "fix", "play", "pass", "raise", "free"]))
def test_a_verb_and_its_third_person(verb):
    assert singular(third_person(verb)) in (verb, "")


@given(st.text(max_size=150))
def test_nothing_breaks_it(text):
    said = gist(text)
    assert said == "" or said[0].islower()
