"""The baseline without a model."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from forklift.answerers.conversation import asked
from forklift.answerers.naive import fit_naive, load_naive, nearest_question, save_naive
from forklift.errors import ModelError, WorkspaceError
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


def answering(questions):
    return nearest_question(fit_naive(questions))


def test_a_training_question_gets_its_own_answer():
    assert answering(TRAINING)([question.prompt for question in TRAINING]) == [q.completion for q in TRAINING]


def test_the_most_similar_question_answers_another_wording():
    assert answering(TRAINING)(["In which file is `Order`?", "Which error does `Order.ship` raise?"]) == [
        "In orders.py.",
        "OutOfStockError.",
    ]


def test_no_questions_and_strange_ones_get_an_answer_each():
    answer = answering(TRAINING)
    assert answer([]) == []
    assert all(text in {question.completion for question in TRAINING} for text in answer(["", "héé ???", "x" * 9999]))


def test_of_equal_wordings_and_equal_similarity_the_first_counts():
    again = replace(WHERE, completion="Somewhere else.")
    model = fit_naive([*TRAINING, again])
    assert len(model.pairs) == len(TRAINING)
    assert nearest_question(model)([WHERE.prompt, "nothing in common"]) == [WHERE.completion] * 2


def test_it_finds_what_cosine_over_all_questions_finds(training, questions):
    """Against scikit-learn used plainly, with float64 and dense products."""
    vectorizer = TfidfVectorizer(token_pattern=r"[\w./]*\w", ngram_range=(1, 2), sublinear_tf=True)
    rows = vectorizer.fit_transform(asked(q) for q in training).toarray()
    prompts = [asked(question) for question in questions]
    best = (vectorizer.transform(prompts).toarray() @ rows.T).argmax(axis=1)
    assert answering(training)(prompts) == [training[n].completion for n in best]


def test_a_saved_model_answers_the_same_and_holds_no_code(training, questions, tmp_path):
    model = fit_naive(training)
    save_naive(model, tmp_path / "naive")
    loaded = load_naive(tmp_path / "naive")
    assert loaded.pairs == model.pairs
    assert np.array_equal(loaded.vectors.toarray(), model.vectors.toarray())
    prompts = [question.prompt for question in questions]
    assert nearest_question(loaded)(prompts) == nearest_question(model)(prompts)
    assert {path.suffix for path in (tmp_path / "naive").iterdir()} == {".parquet", ".npz"}
    with np.load(tmp_path / "naive" / "matrix.npz", allow_pickle=False) as arrays:
        assert len(arrays.files) > 1


@pytest.mark.parametrize("file", ["matrix.npz", "terms.parquet", "questions.parquet"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"PK\x03\x04 half a zip"])
def test_a_damaged_model_is_one_clear_line(tmp_path, file, content):
    save_naive(fit_naive(TRAINING), tmp_path)
    (tmp_path / file).unlink() if content is None else (tmp_path / file).write_bytes(content)
    with pytest.raises((ModelError, WorkspaceError), match=r"missing|damaged") as error:
        load_naive(tmp_path)
    assert len(str(error.value).splitlines()) == 1


def test_files_of_two_models_do_not_belong_together(tmp_path):
    save_naive(fit_naive(TRAINING), tmp_path / "one")
    save_naive(fit_naive(TRAINING[:2]), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "matrix.npz", tmp_path / "one" / "matrix.npz")
    with pytest.raises(ModelError, match="do not belong together"):
        load_naive(tmp_path / "one")
