"""The trivial baseline: says what the nearest training question was answered with."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from forklift.answerers.conversation import asked
from forklift.errors import ModelError
from forklift.records import Question
from forklift.tables import read_rows, write_rows

CHUNK = 16  # questions compared with all training questions at once; bounds the memory
QUESTIONS, TERMS, MATRIX = "questions.parquet", "terms.parquet", "matrix.npz"


@dataclass(frozen=True, slots=True)
class Pair:
    """A training question and its answer."""

    prompt: str
    completion: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a pair of words, and how much it tells (inverse document frequency)."""

    text: str
    weight: float


@dataclass(frozen=True)
class NaiveModel:
    """The training questions as TF-IDF vectors of length 1, one a column."""

    pairs: Sequence[Pair]
    terms: Sequence[Term]
    vectors: sparse.csr_array  # terms x questions


def fit_naive(questions: Sequence[Question]) -> NaiveModel:
    """The model of `questions`; of equal wordings the first one counts.

    Words and pairs of words are terms; identifiers and paths are one word each.
    """
    answers: dict[str, str] = {}
    for question in questions:
        answers.setdefault(asked(question), question.completion)
    pairs = [Pair(*row) for row in answers.items()]
    vectorizer = _vectorizer(None)
    matrix = vectorizer.fit_transform(pair.prompt for pair in pairs)
    weights = zip(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_.tolist(), strict=True)
    return NaiveModel(pairs, [Term(*row) for row in weights], sparse.csr_array(matrix.T, dtype=np.float32))


def nearest_question(model: NaiveModel) -> Callable[[Sequence[str]], list[str]]:
    """A function from questions to answers: those of the training questions most similar by cosine, of several equally
    similar ones the first."""
    vectorizer = _vectorizer({term.text: number for number, term in enumerate(model.terms)})
    vectorizer.idf_ = np.array([term.weight for term in model.terms])

    def answer(prompts: Sequence[str]) -> list[str]:
        answers: list[str] = []
        for start in range(0, len(prompts), CHUNK):
            asked = sparse.csr_array(vectorizer.transform(prompts[start : start + CHUNK]), dtype=np.float32)
            nearest = (asked @ model.vectors).toarray().argmax(axis=1)
            answers += [model.pairs[n].completion for n in nearest.tolist()]
        return answers

    return answer


def save_naive(model: NaiveModel, directory: Path) -> None:
    """Writes the model into `directory`: tables and an array, nothing that runs when it is read."""
    write_rows(directory / QUESTIONS, model.pairs, Pair)
    write_rows(directory / TERMS, model.terms, Term)
    sparse.save_npz(directory / MATRIX, model.vectors)


def load_naive(directory: Path) -> NaiveModel:
    """The model in `directory`. Raises ModelError or WorkspaceError when it is missing or damaged."""
    pairs, terms = read_rows(directory / QUESTIONS, Pair), read_rows(directory / TERMS, Term)
    try:
        vectors = sparse.csr_array(sparse.load_npz(directory / MATRIX))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{directory} is damaged ({error}): delete it and train again") from None
    if vectors.shape != (len(terms), len(pairs)):
        raise ModelError(f"{directory} is damaged (its files do not belong together): delete it and train again")
    return NaiveModel(pairs, terms, vectors)


def _vectorizer(vocabulary: dict[str, int] | None) -> TfidfVectorizer:
    pattern = r"[\w./]*\w"
    return TfidfVectorizer(token_pattern=pattern, ngram_range=(1, 2), sublinear_tf=True, vocabulary=vocabulary)
