"""The classical baseline: a hidden Markov model over words, trained on questions and their answers with EM.

One sequence is the words of a question, <sep>, the words of its answer, <end>. To answer, the forward filter reads the
question up to <sep>; from there beam search finds likely words. (Rabiner, "A Tutorial on Hidden Markov Models", 1989;
Baum-Welch as in hmmlearn.) A state is all such a model remembers, so it learns what answers sound like, and hardly what
they are about: what a program scores that knows the form alone.
"""

import logging
import math
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forklift.answerers.conversation import asked
from forklift.errors import ModelError
from forklift.records import Question
from forklift.workspace import read_json, write_json

Floats = NDArray[np.float64]
Ids = list[int]

UNKNOWN, SEPARATOR, END = 0, 1, 2
MARKS = ("<unk>", "<sep>", "<end>")
WORD = re.compile(r"\s?(?:[\w./-]*\w|[^\w\s])")  # with the space before it: joined, words are the text again
VOCABULARY = 1500
SEQUENCES = 1000  # sampled for the fit
HELD_OUT = 0.1  # of the subjects: their sequences choose the number of states
STATES = (16, 32, 64)
ITERATIONS, MORE_ITERATIONS = 4, 8  # of EM: for each number of states, and for the chosen one in all
SMOOTHING = 0.01  # counts added to every word and transition, so that nothing is impossible
OWN_STATES, BLUR = 0.75, 0.1  # of the first guess
BEAMS = 8
SHORTEST, LONGEST = 6, 24  # words of an answer: what is likely is short
ARRAYS, RECORD = "hmm.safetensors", "hmm.json"


@dataclass(frozen=True)
class HmmModel:
    """A hidden Markov model over `vocabulary`; every row of its probabilities sums to 1."""

    start: Floats  # K: of the first state
    transition: Floats  # KK: of the next state
    emission: Floats  # KV: of a word in a state
    vocabulary: tuple[str, ...]  # MARKS first
    held_out: Mapping[int, float]  # mean log-likelihood of a word of held-out sequences, by number of states


@dataclass(frozen=True, slots=True)
class _Beam:
    """Words said so far, their log-probability, and P(state | words)."""

    words: tuple[int, ...]
    score: float
    belief: Floats


def words_of(text: str) -> list[str]:
    """The words of a text; joined they are the text, white space aside."""
    return WORD.findall(re.sub(r"\s+", " ", text.strip()))


def fit_hmm(questions: Sequence[Question], seed: int, seconds: float = 18.0) -> HmmModel:
    """Trains on a sample of `questions`; the number of states is the one that explains held-out subjects best.

    One seed gives the same model every time, unless `seconds` run out: then EM stops where it is.
    """
    deadline = time.monotonic() + seconds
    fitted, held_out = held_out_by_subject(questions, seed)
    vocabulary = _vocabulary(fitted)
    known = {word: number for number, word in enumerate(vocabulary)}
    train, valid = [encode(q, known) for q in fitted], [encode(q, known) for q in held_out]
    trained: dict[int, HmmModel] = {}
    scores: dict[int, float] = {}
    for states in STATES:
        if trained and time.monotonic() > deadline:
            break
        trained[states] = _expectation_maximisation(
            _first_guess(states, train, vocabulary, seed), train, ITERATIONS, deadline
        )
        scores[states] = float(log_likelihoods(trained[states], valid).sum() / sum(map(len, valid)))
    best = trained[max(scores, key=lambda states: scores[states])]
    best = _expectation_maximisation(best, train, MORE_ITERATIONS - ITERATIONS, deadline)
    return HmmModel(best.start, best.transition, best.emission, vocabulary, scores)


def held_out_by_subject(questions: Sequence[Question], seed: int) -> tuple[list[Question], list[Question]]:
    """A sample for the fit, and one about other subjects and facts. With one subject both are the same."""
    rng = random.Random(seed)
    subjects = sorted({question.subject for question in questions})
    rng.shuffle(subjects)
    hidden = frozenset(subjects[: math.ceil(HELD_OUT * len(subjects))])
    apart = [q for q in questions if q.subject in hidden]
    facts = {fact for q in apart for fact in q.fact_ids}
    rest = [q for q in questions if q.subject not in hidden and facts.isdisjoint(q.fact_ids)] or apart
    fitted = rng.sample(rest, min(SEQUENCES, len(rest)))
    return fitted, rng.sample(apart, min(math.ceil(SEQUENCES * HELD_OUT), len(apart)))


def encode(question: Question, known: Mapping[str, int]) -> Ids:
    """A question and its answer as one sequence."""
    return [*_ids(asked(question), known), SEPARATOR, *_ids(question.completion, known), END]


def filter_states(model: HmmModel, sequences: Sequence[Ids]) -> tuple[Floats, Floats]:
    """The forward filter: P(state after the last word | words) of each sequence (BK), and log P(words) (B)."""
    belief_BK = np.zeros((len(sequences), len(model.start)))
    likelihood_B = np.zeros(len(sequences))
    lengths = np.array([len(sequence) for sequence in sequences])
    for step in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > step)
        words = np.array([sequences[row][step] for row in rows.tolist()])
        before = belief_BK[rows] @ model.transition if step else np.tile(model.start, (len(rows), 1))
        joint = before * model.emission[:, words].T
        mass = joint.sum(axis=1)
        likelihood_B[rows] += np.log(mass)
        belief_BK[rows] = joint / mass[:, None]
    return belief_BK, likelihood_B


def log_likelihoods(model: HmmModel, sequences: Sequence[Ids]) -> Floats:
    """Natural log of the probability of each sequence."""
    return filter_states(model, sequences)[1]


def answer_hmm(model: HmmModel, prompts: Sequence[str], max_words: Sequence[int]) -> list[str]:
    """For each prompt the words that are most likely to follow it, at most `max_words` of them.

    Of a question the model remembers what the filter says after <sep>; where that is the same (to three digits), so is
    the answer.
    """
    known = {word: number for number, word in enumerate(model.vocabulary)}
    beliefs = filter_states(model, [[*_ids(prompt, known), SEPARATOR] for prompt in prompts])[0].round(3)
    answer = lru_cache(maxsize=None)(lambda belief, most: most_likely(model, np.frombuffer(belief), most))
    said = [answer(belief.tobytes(), min(most, LONGEST)) for belief, most in zip(beliefs, max_words, strict=True)]
    return ["".join(model.vocabulary[word] for word in words).strip() for words in said]


def most_likely(model: HmmModel, belief_K: Floats, max_words: int) -> Ids:
    """The continuation from a belief with the highest mean log-probability a word, among those that end within
    `max_words`: by beam search. It has SHORTEST words at least, where so many may be said, and no three words twice,
    so that no loop is likely."""
    least = min(SHORTEST, max_words)
    beams, ended = [_Beam((), 0.0, belief_K)], list[_Beam]()
    for step in range(max_words + 1):
        states_WK = np.stack([beam.belief for beam in beams]) @ model.transition
        chances_WV = states_WK @ model.emission
        chances_WV[:, [UNKNOWN, SEPARATOR] if step >= least else [UNKNOWN, SEPARATOR, END]] = 0.0
        for row, beam in zip(chances_WV, beams, strict=True):
            row[_third_words(beam.words)] = 0.0
        with np.errstate(divide="ignore"):
            scores_WV = np.log(chances_WV) + np.array([[beam.score] for beam in beams])
        grown: list[_Beam] = []
        for place in np.argsort(-scores_WV, axis=None, kind="stable")[: BEAMS + len(beams)].tolist():
            row, word = divmod(place, len(model.vocabulary))
            joint_K = states_WK[row] * model.emission[:, word]
            new = _Beam((*beams[row].words, word), float(scores_WV[row, word]), joint_K / joint_K.sum())
            (ended if word == END else grown).append(new)
        if step < max_words:
            beams = grown[:BEAMS]
    best = max(ended or beams, key=lambda beam: beam.score / max(1, len(beam.words)))
    return [word for word in best.words if word != END]


def save_hmm(model: HmmModel, directory: Path) -> None:
    """Writes the model into `directory`: arrays as safetensors, words as JSON."""
    from safetensors.numpy import save_file

    directory.mkdir(parents=True, exist_ok=True)
    arrays = {"start": model.start, "transition": model.transition, "emission": model.emission}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, directory / ARRAYS)
    held_out = {str(states): score for states, score in model.held_out.items()}
    write_json(directory / RECORD, {"vocabulary": list(model.vocabulary), "held_out": held_out})


def load_hmm(directory: Path) -> HmmModel:
    """The model in `directory`. Raises ModelError or WorkspaceError when it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    record = read_json(directory / RECORD)
    try:
        arrays = load_file(directory / ARRAYS)
        model = HmmModel(
            arrays["start"],
            arrays["transition"],
            arrays["emission"],
            tuple(record["vocabulary"]),
            {int(states): float(score) for states, score in record["held_out"].items()},
        )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{directory} is damaged ({error}): delete it and train again") from None
    if not _is_whole(model):
        raise ModelError(f"{directory} is damaged (its probabilities do not sum to 1): delete it and train again")
    return model


def _is_whole(model: HmmModel) -> bool:
    states, words = len(model.start), len(model.vocabulary)
    rows = (model.start, model.transition, model.emission)
    return (
        model.transition.shape == (states, states)
        and model.emission.shape == (states, words)
        and all(np.allclose(row.sum(axis=-1), 1.0) and (row >= 0).all() for row in rows)
    )


def _vocabulary(questions: Sequence[Question]) -> tuple[str, ...]:
    counts = Counter(word for q in questions for text in (asked(q), q.completion) for word in words_of(text))
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return (*MARKS, *ordered[: VOCABULARY - len(MARKS)])


def _ids(text: str, known: Mapping[str, int]) -> Ids:
    return [known.get(word, UNKNOWN) for word in words_of(text)]


def _first_guess(states: int, sequences: Sequence[Ids], vocabulary: tuple[str, ...], seed: int) -> HmmModel:
    """Where EM begins: the most frequent words have a state each, the others share the rest at random; transitions as
    counted between those classes. Plain random numbers take EM many times as long to the same likelihood."""
    rng = np.random.default_rng([seed, states])
    counts_V = np.bincount(np.concatenate(sequences), minlength=len(vocabulary)) + SMOOTHING
    own = round(OWN_STATES * states)
    class_V = rng.integers(own, states, len(vocabulary))
    class_V[np.argsort(-counts_V, kind="stable")[:own]] = np.arange(own)[: len(vocabulary)]
    emission = counts_V * rng.uniform(0, BLUR, (states, len(vocabulary)))
    emission[class_V, np.arange(len(vocabulary))] += counts_V
    transition, start = np.full((states, states), BLUR), np.full(states, BLUR)
    for sequence in sequences:
        np.add.at(transition, (class_V[sequence[:-1]], class_V[sequence[1:]]), 1.0)
        start[class_V[sequence[0]]] += 1.0
    emission, transition = (rows / rows.sum(axis=1, keepdims=True) for rows in (emission, transition))
    return HmmModel(start / start.sum(), transition, emission, vocabulary, {})


def _expectation_maximisation(model: HmmModel, sequences: Sequence[Ids], rounds: int, deadline: float) -> HmmModel:
    """Baum-Welch from `model` on, a round at a time so that the clock can end it; one round is always done."""
    from hmmlearn.hmm import CategoricalHMM

    logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # that there are few data, it says in every round
    prior = 1.0 + SMOOTHING
    hmm = CategoricalHMM(
        len(model.start), n_features=len(model.vocabulary), n_iter=1, init_params="", implementation="scaling",
        startprob_prior=prior, transmat_prior=prior, emissionprob_prior=prior,
    )  # fmt: skip
    hmm.startprob_, hmm.transmat_, hmm.emissionprob_ = model.start, model.transition, model.emission
    words = np.concatenate([np.array(sequence) for sequence in sequences])[:, None]
    lengths = [len(sequence) for sequence in sequences]
    for turn in range(rounds):
        if turn and time.monotonic() > deadline:
            break
        hmm.fit(words, lengths)
    return HmmModel(hmm.startprob_, hmm.transmat_, hmm.emissionprob_, model.vocabulary, {})


def _third_words(said: Sequence[int]) -> Ids:
    """The words that came after the last two when they were said before."""
    pair = said[-2:]
    return [said[n + 2] for n in range(len(said) - 2) if said[n : n + 2] == pair] if len(pair) == 2 else []
