"""Doc comments as prose."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index import first_sentence, whole_sentence


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("Opens the door.", "Opens the door"),
        ("go:build solaris && !tinygo", ""),
        ("Opens the door\n- _group_: doors\n- _since_: 8", "Opens the door"),
        ("Opens the door. Closes it.", "Opens the door"),
        ("Opens the\ndoor.\n\nMore.", "Opens the door"),
        ("Opens e.g. a door. And more.", "Opens e.g. a door"),
        ("Opens doors, windows etc. of a house. More.", "Opens doors, windows etc. of a house"),
        ("Written by J. Smith for doors. More.", "Written by J. Smith for doors"),
        ("Since 2.0 it opens doors. More.", "Since 2.0 it opens doors"),
        ("Opens a :class:`~house.Door`.", "Opens a `house.Door`"),
        (":class:`Door` opens a house.", "`Door` opens a house"),
        ("Opens a\n:class:`Door` now.", "Opens a `Door` now"),
        (":raises :class:`Stuck`: never\n", ""),
        ("Opens :py:meth:`the door <house.Door.open>` now", "Opens `the door` now"),
        ("Opens ``door`` **now**.", "Opens `door` now"),
        (":param door: which one\n\nOpens a door.", "Opens a door"),
        (":param door: which one\n:returns: nothing", ""),
        (":param door: which one\n    of all those doors\n\nOpens a door.", "Opens a door"),
        (".. deprecated:: 1.0\n\nOpens a door.", "Opens a door"),
        (">>> open()\nTrue", ""),
        ("===\n---\nOpens a door", "Opens a door"),
        (" * Opens a door.\n * @param door", "Opens a door"),
        ("Usage:", "Usage"),
        ("", ""),
        ("   \n\n", ""),
        ("...", ""),
        ("42.", ""),
        ("Is it open? Yes.", "Is it open"),
        ("Opens the door\nCloses the door that was opened before", "Opens the door"),
        (
            "Opens each of the doors of a House\nFrame as it stands there. More.",
            "Opens each of the doors of a House Frame as it stands there",
        ),
        (
            "Opens each of the doors of the\nHouse as it stands. More.",
            "Opens each of the doors of the House as it stands",
        ),
        ("Prevented attack:: Theft\nSupported doors:: All\n\nOpens a door.", "Opens a door"),
        (
            "[![github]](https://a.b/c)&ensp;[![docs]](https://d.e)\n\n[github]: https://f.g\n\nOpens a door.",
            "Opens a door",
        ),
        ("[![build](https://a.b/c.svg)](https://d.e)\nOpens a door.", "Opens a door"),
        ("Opens [the door](https://a.b/c) of [a house][house].", "Opens the door of a house"),
        ("= House::Door\n\nOpens a door.", "Opens a door"),
        ("[Doors](https://a.b/c) open.", "Doors open"),
    ],
)
def test_first_sentence(doc, sentence):
    assert first_sentence(doc) == sentence


def test_a_long_sentence_is_cut_at_a_word():
    sentence = first_sentence("word " * 100)
    assert sentence.endswith(" word...")
    assert len(sentence) <= 203


def test_a_whole_sentence_is_not_cut():
    assert whole_sentence("Opens a door. More.") == "Opens a door"
    assert whole_sentence("Opens a door. More.", 5) == ""
    assert whole_sentence("Opens one of these doors:\n\n- big\n- small") == ""


@given(st.text(st.sampled_from(string.ascii_letters + " .:*`<>~\n_@=-("), max_size=300))
def test_a_sentence_is_short_and_on_one_line(doc):
    sentence = first_sentence(doc)
    assert "\n" not in sentence
    assert sentence == sentence.strip()
    assert len(sentence) <= 203


def test_pointers_in_code_are_not_bold():
    assert first_sentence("Takes `char**` in place of `const char**`.") == "Takes `char**` in place of `const char**`"
