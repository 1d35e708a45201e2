"""A question as chat messages, and as one text."""

from dataclasses import replace

import pytest

from forklift.answerers.conversation import asked, messages_of, standalone
from forklift.records import Question

QUESTION = Question(
    "q", "train", "calls", "forward", ("f",), "Stock", "And who calls it?", "`sell` does.", (), 0, "symbol"
)
EARLIER = ("What does `Stock` do?", "It keeps items.")


def test_a_conversation_ends_with_the_question():
    said = messages_of(replace(QUESTION, history=EARLIER), system="You know the shop.")
    assert [(one["role"], one["content"]) for one in said] == [
        ("system", "You know the shop."),
        ("user", "What does `Stock` do?"),
        ("assistant", "It keeps items."),
        ("user", "And who calls it?"),
    ]
    assert messages_of(QUESTION) == [{"role": "user", "content": "And who calls it?"}]


def test_what_a_follow_up_asks_is_said_in_one_text():
    assert asked(QUESTION) == "And who calls it?"
    assert asked(replace(QUESTION, history=EARLIER)) == "What does `Stock` do? And who calls it?"


@pytest.mark.parametrize(
    ("prompt", "earlier", "text"),
    [
        ("Where is `sell`?", ["What is `Stock`?"], "Where is `sell`?"),
        ("Does it call `sell`?", ["What is `Stock`?"], "What is `Stock`? Does it call `sell`?"),
        ("Where is `sell`, and who calls it?", ["What is `Stock`?"], "Where is `sell`, and who calls it?"),
        ("And its tests?", ["What is `Stock`?", "Thanks!"], "What is `Stock`? And its tests?"),
        ("Why?", ["How do refunds work?"], "How do refunds work? Why?"),
        ("Why?", [], "Why?"),
    ],
)
def test_a_question_that_refers_to_an_earlier_one_is_read_with_it(prompt, earlier, text):
    assert standalone(prompt, earlier) == text
