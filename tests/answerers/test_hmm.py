"""The hidden Markov model: against brute force, against hmmlearn, and as an answerer."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from hypothesis import given
from hypothesis import strategies as st

from forklift.answerers import hmm
from forklift.answerers.hmm import (
    END,
    MARKS,
    SEPARATOR,
    UNKNOWN,
    HmmModel,
    answer_hmm,
    encode,
    filter_states,
    fit_hmm,
    held_out_by_subject,
    load_hmm,
    log_likelihoods,
    most_likely,
    save_hmm,
    words_of,
)
from forklift.errors import ModelError, WorkspaceError


def random_model(states, words, seed):
    rng = np.random.default_rng(seed)
    vocabulary = (*MARKS, *(f" w{n}" for n in range(words - len(MARKS))))
    start, transition = rng.dirichlet(np.ones(states)), rng.dirichlet(np.ones(states), states)
    return HmmModel(start, transition, rng.dirichlet(np.ones(words), states), vocabulary, {})


def as_hmmlearn(model):
    reference = CategoricalHMM(len(model.start), n_features=len(model.vocabulary))
    reference.startprob_, reference.transmat_ = model.start, model.transition
    reference.emissionprob_ = model.emission
    return reference


def by_enumeration(model, words):
    """P(words, last state) as the sum over every path of states there is."""
    joint = np.zeros(len(model.start))
    for path in itertools.product(range(len(model.start)), repeat=len(words)):
        chance = model.start[path[0]] * model.emission[path[0], words[0]]
        for before, state, word in zip(path, path[1:], words[1:], strict=False):
            chance *= model.transition[before, state] * model.emission[state, word]
        joint[path[-1]] += chance
    return joint


@pytest.fixture(scope="module")
def shop_model(full_lift):
    return load_hmm(full_lift.model("hmm"))


# the filter


@given(st.integers(0, 99), st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=4))
def test_the_filter_sums_over_every_path(seed, sequences):
    model = random_model(3, 6, seed)
    beliefs, likelihoods = filter_states(model, sequences)
    for words, belief, likelihood in zip(sequences, beliefs, likelihoods, strict=True):
        joint = by_enumeration(model, words)
        assert likelihood == pytest.approx(math.log(joint.sum()))
        assert belief == pytest.approx(joint / joint.sum())


def test_likelihoods_are_those_of_hmmlearn(shop_model, training):
    known = {word: number for number, word in enumerate(shop_model.vocabulary)}
    sequences = [encode(question, known) for question in training[::100]]
    reference = as_hmmlearn(shop_model)
    scores = [reference.score(np.array(words)[:, None]) for words in sequences]
    assert log_likelihoods(shop_model, sequences) == pytest.approx(scores)


def test_no_sequences_have_no_likelihood(shop_model):
    assert log_likelihoods(shop_model, []).shape == (0,)


# training


def test_every_row_of_probabilities_sums_to_one_and_nothing_is_impossible(shop_model):
    for rows in (shop_model.start, shop_model.transition, shop_model.emission):
        assert rows.sum(axis=-1) == pytest.approx(1.0)
        assert (rows > 0).all()


def test_training_raises_the_likelihood_of_what_it_saw_and_of_other_subjects(training, monkeypatch):
    monkeypatch.setattr(hmm, "STATES", (8,))
    long = fit_hmm(training, 0)
    monkeypatch.setattr(hmm, "ITERATIONS", 1)
    monkeypatch.setattr(hmm, "MORE_ITERATIONS", 1)
    short = fit_hmm(training, 0)
    known = {word: number for number, word in enumerate(long.vocabulary)}
    for questions in held_out_by_subject(training, 0):
        sequences = [encode(question, known) for question in questions]
        assert log_likelihoods(long, sequences).sum() > log_likelihoods(short, sequences).sum() + 1


def test_the_number_of_states_is_the_one_that_explains_held_out_subjects_best(shop_model):
    assert set(shop_model.held_out) == {8, 16}
    assert len(shop_model.start) == max(shop_model.held_out, key=shop_model.held_out.get)


def test_held_out_questions_are_about_other_facts(training):
    fitted, held_out = held_out_by_subject(training, 3)
    assert fitted
    assert held_out
    assert not {q.subject for q in fitted} & {q.subject for q in held_out}
    assert not {fact for q in fitted for fact in q.fact_ids} & {fact for q in held_out for fact in q.fact_ids}
    assert held_out_by_subject(training, 3) == (fitted, held_out)
    assert held_out_by_subject(training, 4) != (fitted, held_out)


def test_one_seed_one_model(training, monkeypatch):
    monkeypatch.setattr(hmm, "STATES", (4,))
    one, same, other = (fit_hmm(training[::5], seed) for seed in (0, 0, 1))
    assert np.array_equal(one.emission, same.emission)
    assert not np.array_equal(one.transition, other.transition)


def test_a_single_question_is_enough(training, monkeypatch):
    monkeypatch.setattr(hmm, "STATES", (4,))
    assert fit_hmm(training[:1], 0).vocabulary[: len(MARKS)] == MARKS


def test_without_time_it_still_trains_a_little(training):
    model = fit_hmm(training, 0, seconds=0.0)
    assert list(model.held_out) == [hmm.STATES[0]]
    assert model.emission.sum(axis=1) == pytest.approx(1.0)


def test_rare_words_are_cut_from_the_vocabulary(training, monkeypatch):
    monkeypatch.setattr(hmm, "VOCABULARY", 20)
    monkeypatch.setattr(hmm, "STATES", (4,))
    model = fit_hmm(training, 0)
    assert len(model.vocabulary) == 20
    assert "`" in model.vocabulary


# words


@pytest.mark.parametrize("text", ["Where is `Stock.add_items` defined?", 'It is "so"; a/b.py, x-y (z).', "", "Ä é 5%"])
def test_joined_words_are_the_text(text):
    assert "".join(words_of(text)) == text


def test_identifiers_and_paths_are_words():
    assert words_of("`src/shop/stock.py`: Stock.add_items") == ["`", "src/shop/stock.py", "`", ":", " Stock.add_items"]


@given(st.text())
def test_any_text_has_words_and_loses_only_white_space(text):
    assert "".join("".join(words_of(text)).split()) == "".join(text.split())


# answers


@pytest.mark.parametrize("shortest", [1, 3])
def test_the_most_likely_answer_is_found(monkeypatch, shortest):
    """Against enumeration: of everything up to four words, the highest mean log-probability a word."""
    monkeypatch.setattr(hmm, "SHORTEST", shortest)
    model = random_model(3, 6, 5)
    belief = filter_states(model, [[4, 3, SEPARATOR]])[0][0]
    found = most_likely(model, belief, 4)

    def mean(words):
        states, total = belief, 0.0
        for word in words:
            joint = (states @ model.transition) * model.emission[:, word]
            total += math.log(joint.sum())
            states = joint / joint.sum()
        return total / len(words)

    every = [words for n in range(shortest, 5) for words in itertools.product((3, 4, 5), repeat=n)]
    assert mean([*found, END]) == pytest.approx(max(mean([*words, END]) for words in every))


def test_answers_end_within_their_budget_without_marks(shop_model, questions):
    for most in (1, 3, 10, 500):
        for answer in answer_hmm(shop_model, [q.prompt for q in questions], [most] * len(questions)):
            assert len(words_of(answer)) <= most
            assert not any(mark in answer for mark in MARKS)
            words = words_of(answer)
            triples = list(zip(words, words[1:], words[2:], strict=False))
            assert len(triples) == len(set(triples))


def test_answers_sound_like_training_answers(shop_model, training, questions):
    said = {word for question in training for word in words_of(question.completion)}
    answers = answer_hmm(shop_model, [q.prompt for q in questions], [24] * len(questions))
    assert all(answers)
    assert all(set(words_of(answer)[1:]) <= said for answer in answers)


def test_an_answer_does_not_depend_on_the_others(shop_model, questions):
    prompts = [question.prompt for question in questions]
    together = answer_hmm(shop_model, prompts, [20] * len(prompts))
    assert [answer_hmm(shop_model, [prompt], [20])[0] for prompt in prompts] == together
    assert answer_hmm(shop_model, [], []) == []


def test_what_follows_a_question_depends_on_it():
    """Two kinds of questions, two answers: each goes its own way through the states."""
    states, words = 6, 8  # question a, its <sep>, its answer; question b, its <sep>, its answer
    emission = np.full((states, words), 1e-9)
    emission[[0, 1, 2, 3, 4, 5], [3, SEPARATOR, 5, 4, SEPARATOR, 6]] = 1.0
    transition = np.full((states, states), 1e-9)
    transition[[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]] = 1.0
    emission[[2, 5], END] = 0.2
    model = HmmModel(
        np.full(states, 1 / states), transition / transition.sum(1, keepdims=True),
        emission / emission.sum(1, keepdims=True), (*MARKS, "a", "b", "ja", "nein", "x"), {},
    )  # fmt: skip
    assert answer_hmm(model, ["a", "b"], [1, 1]) == ["ja", "nein"]


def test_unknown_words_are_read_and_never_said(shop_model):
    known = {word: number for number, word in enumerate(shop_model.vocabulary)}
    question = hmm._ids("xyzzy plugh?", known)
    assert question[0] == UNKNOWN
    (answer,) = answer_hmm(shop_model, ["xyzzy plugh?"], [20])
    assert answer


# on disk


def test_a_saved_model_is_the_same(shop_model, tmp_path):
    save_hmm(shop_model, tmp_path / "hmm")
    loaded = load_hmm(tmp_path / "hmm")
    assert loaded.vocabulary == shop_model.vocabulary
    assert loaded.held_out == pytest.approx(dict(shop_model.held_out))
    for name in ("start", "transition", "emission"):
        assert np.array_equal(getattr(loaded, name), getattr(shop_model, name))
    assert {path.suffix for path in (tmp_path / "hmm").iterdir()} == {".safetensors", ".json"}


@pytest.mark.parametrize("file", ["hmm.safetensors", "hmm.json"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"{}"])
def test_a_damaged_model_is_one_clear_line(shop_model, tmp_path, file, content):
    save_hmm(shop_model, tmp_path)
    (tmp_path / file).unlink() if content is None else (tmp_path / file).write_bytes(content)
    with pytest.raises((ModelError, WorkspaceError), match=r"missing|damaged") as error:
        load_hmm(tmp_path)
    assert len(str(error.value).splitlines()) == 1


def test_probabilities_that_are_none_are_refused(shop_model, tmp_path):
    save_hmm(replace(shop_model, start=shop_model.start * 2), tmp_path / "sums")
    save_hmm(replace(shop_model, transition=shop_model.transition[:2]), tmp_path / "shapes")
    for name in ("sums", "shapes"):
        with pytest.raises(ModelError, match="do not sum to 1"):
            load_hmm(tmp_path / name)
    save_hmm(shop_model, tmp_path / "words")
    record = json.loads((tmp_path / "words" / "hmm.json").read_text())
    record["vocabulary"].pop()
    (tmp_path / "words" / "hmm.json").write_text(json.dumps(record))
    with pytest.raises(ModelError):
        load_hmm(tmp_path / "words")
