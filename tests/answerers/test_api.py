"""A remote model among the answerers."""

import pytest

from forklift.answerers import answer_budget
from forklift.answerers.api import api_answerer, expert_prompt
from forklift.engine import silent
from forklift.errors import ConfigError, EndpointError
from forklift.records import Failure, Question
from forklift.tables import read_rows
from remote import last_word, refuses, remote, says


@pytest.fixture(scope="module")
def questions(shop_lift):
    return read_rows(shop_lift.dataset / "data" / "test.parquet", Question)[:6]


def test_it_is_told_which_repository_and_gets_the_question_and_its_length(shop_lift, questions):
    with remote(lambda request, number: says(f"About {last_word(request)}")) as server:
        answers = api_answerer(server.spec, shop_lift)(questions, 100, silent)
    assert answers == [f"About {question.prompt}" for question in questions]
    by_prompt = {last_word(request): request for request in server.requests}
    for question in questions:
        request = by_prompt[question.prompt]
        assert request["messages"][0] == {"role": "system", "content": expert_prompt("shop")}
        assert request["max_tokens"] == answer_budget(question, 100)
    assert "shop" in expert_prompt("shop")


def test_one_bad_answer_is_one_failure(shop_lift, questions):
    bad = questions[2].prompt
    with remote(lambda request, number: says(None if last_word(request) == bad else "yes")) as server:
        answers = api_answerer(server.spec, shop_lift)(questions, 100, silent)
    assert [isinstance(answer, Failure) for answer in answers] == [question.prompt == bad for question in questions]


def test_a_bad_name_is_refused_before_asking_and_a_bad_key_when_asking(shop_lift, questions):
    with pytest.raises(ConfigError):
        api_answerer("model@nowhere", shop_lift)
    with remote(lambda request, number: refuses(401)) as server:
        answer = api_answerer(server.spec, shop_lift)
        with pytest.raises(EndpointError, match="key"):
            answer(questions, 100, silent)
