"""Doc comments as prose."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index import first_sentence


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("Opens the door.", "Opens the door"),
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
    ],
)
def test_first_sentence(doc, sentence):
    assert first_sentence(doc) == sentence


def test_a_long_sentence_is_cut_at_a_word():
    sentence = first_sentence("word " * 100)
    assert sentence.endswith(" word...")
    assert len(sentence) <= 203


@given(st.text(st.sampled_from(string.ascii_letters + " .:*`<>~\n_@=-("), max_size=300))
def test_a_sentence_is_short_and_on_one_line(doc):
    sentence = first_sentence(doc)
    assert "\n" not in sentence
    assert sentence == sentence.strip()
    assert len(sentence) <= 203
