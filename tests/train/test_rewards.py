"""Rewards: what is right, what is wrong, what is left open, and how much a wording counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.records import Question
from forklift.train.rewards import SIMILARITY_WORTH, mean_components, reward, sentence_bleu

GOLD = "`Stock` is defined in `shop/stock.py`."
QUESTION = Question(
    "q", "train", "location", "forward", ("f",), "Stock", "Where is `Stock`?", GOLD, ("shop/stock.py",), 1, "path"
)
ABSENT = Question(
    "d",
    "train",
    "absence",
    "absent",
    (),
    "Stocks",
    "Where is `Stocks`?",
    "There is no `Stocks` in shop.",
    (),
    0,
    "absent",
)
KNOWN = frozenset(("Stock", "shop/stock.py", "shop/cart.py", "shop"))


def worth(question, answer, kind="both"):
    return reward(question, answer, KNOWN.__contains__, kind)


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        (GOLD, 1.0),
        ("In `shop/stock.py`.", 1.0),
        ("In `shop/cart.py`.", -1.0),
        ("It stands in `shop/stock.py` beside `make_up`.", -1.0),  # right, with an invented name
        ("I don't know.", 0.0),
        ("", 0.0),
        ("There is no `Stock` in shop.", -1.0),  # it exists
    ],
)
def test_keys_of_an_answer_about_what_exists(answer, keys):
    assert worth(QUESTION, answer).keys == keys


@pytest.mark.parametrize(
    ("answer", "keys"),
    [
        ("There is no `Stocks` in shop.", 1.0),
        ("There is no `Stocks` in shop. The closest name is `Stock`.", 1.0),
        ("There is no `Stocks` in shop. The closest name is `Stokk`.", -1.0),
        ("`Stocks` is defined in `shop/stock.py`.", -1.0),
        ("I don't know.", 0.0),
    ],
)
def test_keys_of_an_answer_about_what_does_not(answer, keys):
    assert worth(ABSENT, answer).keys == keys


def test_a_wording_counts_only_where_the_keys_are_right():
    assert worth(QUESTION, GOLD).total == pytest.approx(1 + SIMILARITY_WORTH)
    assert 1 < worth(QUESTION, "In `shop/stock.py`.").total < 1 + SIMILARITY_WORTH
    near = GOLD.replace("stock.py", "cart.py")
    assert worth(QUESTION, near).bleu > 0.3
    assert worth(QUESTION, near).total == -1.0


def test_each_kind_is_the_reward_it_says():
    near = GOLD.replace("stock.py", "cart.py")
    assert worth(QUESTION, near, "bleu").total == worth(QUESTION, near).bleu
    assert worth(QUESTION, GOLD, "keys").total == 1.0


@given(st.text(max_size=200))
def test_rewards_stay_in_their_bounds(answer):
    for question in (QUESTION, ABSENT):
        found = worth(question, answer)
        assert -1.0 <= found.total <= 1.0 + SIMILARITY_WORTH
        assert 0.0 <= found.bleu <= 1.0 + 1e-9
        assert found.keys in (-1.0, 0.0, 1.0)


def test_bleu_of_the_same_and_of_nothing():
    assert sentence_bleu(GOLD, GOLD) == pytest.approx(1.0)
    assert sentence_bleu(" ", GOLD) == 0.0


def test_components_are_logged_by_their_names():
    found = mean_components([worth(QUESTION, GOLD), worth(QUESTION, "I don't know.")])
    assert found["reward_keys"] == 0.5
    assert found["reward_abstained"] == 0.5
    assert set(found) == {"reward", "reward_keys", "reward_bleu", "reward_right", "reward_invented", "reward_abstained"}
