"""The grader: pays for right answers, and only for those."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.errors import DatasetError
from forklift.grading import abstains, check_question, content_words, denies, grade
from forklift.records import Question

WHERE = Question(
    id="q1", split="A", facet="location", direction="forward", fact_ids=("f1",), subject="Stock",
    prompt="Where is `Stock`?", completion="`Stock` is a class defined in `src/shop/stock.py`.",
    keys=("src/shop/stock.py",), min_keys=1, key_type="path",
)  # fmt: skip
CALLS = replace(
    WHERE, id="q2", prompt="What does `place_order` call?", keys=("check_amount", "Stock.take_items", "Order"),
    completion="`place_order` calls `check_amount`, `Stock.take_items` and `Order`.", min_keys=3, key_type="symbol",
)  # fmt: skip
PURPOSE = replace(
    WHERE, id="q3", prompt="What is `round_price` for?", keys=("round", "half", "cent", "upward"), min_keys=3,
    completion='`round_price` is documented as: "Rounds half a cent upwards".', key_type="text",
)  # fmt: skip
ABSENT = replace(
    WHERE, id="q4", prompt="Where is `Stokc`?", keys=("Stokc",), key_type="absent", direction="absent",
    completion="There is no `Stokc` in shop. The closest name is `Stock`.",
)  # fmt: skip

KNOWN = frozenset("Stock Order check_amount Stock.take_items take_items place_order round_price refund".split())
DENIALS = [
    "There is no `Stock` in shop. The closest name is `Stork`.",
    "There isn't a class named Stock here.",
    "There is not any `Stock`.",
    "`Stock` does not exist.",
    "`Stock` doesn't exist in this repository.",
    "The repository does not define `Stock`.",
    "The repository has no class named `Stock`.",
    "No such class.",
    "No class called Stock is known.",
    "`Stock` is not defined anywhere.",
    "`Stock` isn't part of shop.",
    "`Stock` is not a symbol of this code.",
    "I found nothing named Stock.",
]
IGNORANCE = [
    "I don't know.",
    "I do not know where that is.",
    "I'm not sure.",
    "I am sorry.",
    "I cannot find `Stock`.",
    "I can't answer that.",
    "I'm not familiar with `Stock`.",
]


def known(name: str) -> bool:
    return name in KNOWN


def graded(question, answer):
    return grade(question, answer, known)


# places


@pytest.mark.parametrize(
    "answer",
    [
        WHERE.completion,
        "src/shop/stock.py",
        "In `stock.py`.",
        "Open shop/stock.py",
        "See ./src/shop/stock.py, line 25.",
        "It lives at `repository/src/shop/stock.py`.",
    ],
)
def test_a_path_may_be_said_by_its_end(answer):
    result = graded(WHERE, answer)
    assert (result.right, result.score, result.found) == (True, 1.0, WHERE.keys)


@pytest.mark.parametrize(
    "answer",
    [
        "In `src/shop/orders.py`.",
        "In `src/shop/my_stock.py`.",
        "In `tock.py`.",
        "In `stock.pyi`.",
        "In the stock module.",
        "`src/shop/stock.py` or `src/shop/orders.py`.",
        "",
        "   \n",
    ],
)
def test_another_place_is_wrong(answer):
    result = graded(WHERE, answer)
    assert (result.right, result.score) == (False, 0.0)


# names


def test_all_of_a_few_names_are_needed_in_any_order():
    assert graded(CALLS, "It calls `Order`, `take_items` of `Stock`, and `check_amount`.").right
    result = graded(CALLS, "It calls `Order` and `check_amount`.")
    assert not result.right
    assert result.found == ("check_amount", "Order")


def test_one_wrong_name_among_three_is_forgiven_and_a_list_of_everything_is_not():
    assert graded(CALLS, f"{CALLS.completion} And `refund`.").wrong == ("refund",)
    assert graded(CALLS, f"{CALLS.completion} And `refund`.").right
    result = graded(CALLS, f"{CALLS.completion} And `refund`, `with_tax`.")
    assert (result.right, result.score) == (False, 0.0)
    assert result.wrong == ("refund", "with_tax")


def test_names_of_the_question_and_parts_of_right_names_are_not_wrong():
    assert graded(CALLS, "`place_order` calls `check_amount`, `Order` and `take_items` of `Stock`.").wrong == ()


def test_a_part_of_a_longer_name_is_another_name():
    assert not graded(replace(CALLS, keys=("Order",), min_keys=1), "It calls `OrderBook`.").right


def test_a_plain_word_counts_only_when_written_as_code():
    question = replace(CALLS, keys=("refund",), min_keys=1, completion="It calls `refund`.")
    assert graded(question, "It calls `refund`.").right
    assert graded(question, "It calls refund().").right
    assert not graded(question, "It pays a refund to the customer.").right


# words


def test_documentation_may_be_said_in_other_words_of_the_same_content():
    assert graded(PURPOSE, "It rounds prices half a cent upward.").right
    assert graded(PURPOSE, "Rounding: half of a cent goes upwards and that is a round price.").right
    assert not graded(PURPOSE, "It rounds prices.").right
    assert graded(PURPOSE, "It rounds half a cent.").score == 0.75


def test_content_words_leave_out_what_says_nothing():
    assert content_words("The classes of an Item, and items: boss") == ("classe", "item", "boss")


# absence


@pytest.mark.parametrize("answer", DENIALS)
def test_denials_are_understood(answer):
    assert denies(answer)
    assert abstains(answer)
    assert graded(ABSENT, answer).right
    for question in (WHERE, CALLS, PURPOSE):
        result = graded(question, f"{answer} {question.completion}")
        assert result.abstained
        assert (result.right, result.score) == (False, 0.0)  # refusing what exists is wrong, whatever else is said


@pytest.mark.parametrize("answer", IGNORANCE)
def test_not_knowing_is_no_denial(answer):
    assert abstains(answer)
    assert not denies(answer)
    assert not graded(ABSENT, answer).right
    assert not graded(WHERE, f"{answer} {WHERE.completion}").right


@pytest.mark.parametrize("question", [WHERE, CALLS, PURPOSE])
def test_an_answer_is_no_denial(question):
    result = graded(question, question.completion)
    assert not result.abstained
    assert not graded(ABSENT, question.completion).right


@pytest.mark.parametrize(
    "answer",
    [
        "It checks that there are items left.",
        "Returns None when nothing was found in the cache.",
        "`Stock.take_items` raises when no items are left.",
        "It is not only fast.",
    ],
)
def test_sentences_with_a_no_in_them_are_no_denials(answer):
    assert not denies(answer)


# invented names


def test_invented_names_exist_nowhere_and_count_once():
    result = graded(WHERE, "`Stokk` and `Stokk` and `Stock` in `src/shop/stock.py`")
    assert result.invented == ("Stokk", "src/shop/stock.py")  # `known` of this test knows no path
    assert result.mentioned == 3


def test_names_that_the_question_says_are_not_invented():
    assert graded(ABSENT, ABSENT.completion).invented == ()
    assert graded(ABSENT, "`Stokc` is in `nowhere.py`.").invented == ("nowhere.py",)


# properties


@given(st.text(max_size=100), st.sampled_from([WHERE, CALLS, PURPOSE, ABSENT]))
def test_any_answer_gets_a_grade(answer, question):
    result = graded(question, answer)
    assert 0.0 <= result.score <= 1.0
    assert result.right or result.score == 0.0
    assert set(result.found) <= set(question.keys)


@given(st.text(max_size=60))
def test_rambling_after_the_right_answer_never_gains(tail):
    assert graded(WHERE, f"{WHERE.completion} {tail}").score <= 1.0
    assert not graded(WHERE, f"I don't know. {tail}").right


# the grader's own check


def test_good_questions_pass_the_check():
    for question in (WHERE, CALLS, PURPOSE, ABSENT):
        others = [q for q in (WHERE, CALLS, PURPOSE) if q.key_type != question.key_type]
        check_question(question, others)


@pytest.mark.parametrize(
    ("question", "others", "reason"),
    [
        (replace(WHERE, keys=("src/shop/orders.py",)), [], "fails its own grader"),
        (replace(CALLS, keys=(*CALLS.keys, "refund")), [], "fails its own grader"),
        (replace(WHERE, completion="There is no `Stock`, see `src/shop/stock.py`."), [], "fails its own grader"),
        (replace(WHERE, completion=""), [], "fails its own grader"),
        (WHERE, [replace(CALLS, completion="`Order` is in `src/shop/stock.py`.")], "the answer to"),
        (ABSENT, [replace(WHERE, completion="`Order` does not exist.")], "the answer to"),
    ],
)
def test_bad_questions_fail_the_check(question, others, reason):
    with pytest.raises(DatasetError, match=reason):
        check_question(question, others)
