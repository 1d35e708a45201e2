"""The baseline without a model."""

from dataclasses import replace

from forklift.answerers.naive import nearest_question
from forklift.records import Question

WHERE = Question(
    id="q", split="train", facet="f", direction="forward", fact_ids=(), subject="", prompt="Where is `Stock`?",
    completion="In stock.py.", keys=(), min_keys=1, key_type="path",
)  # fmt: skip
TRAINING = [
    WHERE,
    replace(WHERE, prompt="Where is `Order`?", completion="In orders.py."),
    replace(WHERE, prompt="What does `Order.ship` raise?", completion="OutOfStockError."),
]


def test_a_training_question_gets_its_own_answer():
    answer = nearest_question(TRAINING)
    assert answer([question.prompt for question in TRAINING]) == [question.completion for question in TRAINING]


def test_the_most_similar_question_answers_another_wording():
    answer = nearest_question(TRAINING)
    assert answer(["In which file is `Order`?", "Which error does `Order.ship` raise?"]) == [
        "In orders.py.",
        "OutOfStockError.",
    ]


def test_no_questions_and_strange_ones_get_an_answer_each():
    answer = nearest_question(TRAINING)
    assert answer([]) == []
    assert all(text in {question.completion for question in TRAINING} for text in answer(["", "héé ???", "x" * 9999]))
