"""Tokens become text: whole characters, without stop sequences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.answerers.language_model import load_language_model
from forklift.answerers.wishes import Decoding, Wish
from forklift.answerers.writing import Stops

TEXTS = st.text(alphabet="ab`\n", max_size=12)


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_language_model(tiny_model)


def written(writer, wishes):
    """Texts and reasons of the ends, by wish."""
    keys = {writer.begin(wish): n for n, wish in enumerate(wishes)}
    texts, finishes = [""] * len(wishes), [""] * len(wishes)
    while writer.running or writer.waiting:
        for key, piece in writer.step():
            texts[keys[key]] += piece.text
            finishes[keys[key]] = piece.finish
    return texts, finishes


def wish(model, text, **options):
    return Wish(tuple(model.encode([{"role": "user", "content": text}])), **{"max_tokens": 24, **options})


def test_answers_side_by_side_are_those_of_the_batch(model):
    questions = ["Where is Stock?", "What?", "Who calls `place_order` and why does it?"]
    texts, finishes = written(model.writer(), [wish(model, question) for question in questions])
    assert [text.strip() for text in texts] == model.answer(questions, 24)
    assert set(finishes) <= {"stop", "length"}


def test_a_stop_sequence_ends_an_answer_and_is_not_said(model):
    (whole,), _ = written(model.writer(), [wish(model, "What?")])
    middle = whole[len(whole) // 2 :][:3]
    (text,), (finish,) = written(model.writer(), [wish(model, "What?", stops=(middle,))])
    assert text == whole[: whole.index(middle)]
    assert finish == "stop"


def test_a_dropped_answer_makes_room(model):
    writer = model.writer(1)
    first, second = (writer.begin(wish(model, text)) for text in ("What?", "Who?"))
    writer.step()
    assert (writer.running, writer.waiting) == (1, 1)
    writer.drop(first)
    keys = {key for _ in range(24) for key, _ in writer.step()}
    assert keys == {second}
    writer.drop(second)  # has ended


def test_only_allowed_text_is_written(model):
    seen = []

    def no_vowels(before, piece):
        seen.append(before)
        return not set(piece) & set("aeiou")

    for decoding in (Decoding(), Decoding(1.5, 1.0, 3)):
        (text,), _ = written(model.writer(), [wish(model, "What?", decoding=decoding, allows=no_vowels)])
        assert not set(text) & set("aeiou")
        assert text.startswith(seen[-1])


@given(TEXTS, st.lists(st.text(alphabet="ab`\n", min_size=1, max_size=3), max_size=3), st.integers(1, 4))
def test_stops_cut_at_the_first_however_the_text_comes(text, sequences, size):
    stops, said, met = Stops(sequences), "", False
    for start in range(0, len(text), size):
        new, met = stops.feed(text[start : start + size])
        said += new
        if met:
            break
    else:
        said += stops.rest()
    ends = [at for each in sequences if (at := text.find(each)) >= 0]
    if not ends:
        assert (said, met) == (text, False)
        return
    assert met
    assert all(each not in said for each in sequences)
    assert text.startswith(said)
