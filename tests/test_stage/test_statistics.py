"""Intervals and comparisons: textbook values, properties, and the shape of scores.json."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forklift.records import Answer
from forklift.test import statistics

bits = st.lists(st.booleans(), min_size=1, max_size=60)
clustered = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["f1", "f2", "f3", "f4"])), min_size=1, max_size=40)


def answer(question: str = "q", **changes) -> Answer:
    row = {
        "answerer": "sft",
        "question_id": question,
        "split": "A",
        "facet": "location",
        "cluster": question,
        "prompt": "Where is Signer?",
        "gold": "In signer.py.",
        "answer": "In signer.py.",
        "right": True,
        "score": 1.0,
        "abstained": False,
    }
    return Answer(**{**row, **changes})


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_values_of_newcombe_1998(right, n, low, high):
    interval = statistics.wilson(right, n)
    assert (interval.value, interval.n) == (right / n, n)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_wilson_refuses_zero_trials():
    with pytest.raises(ValueError, match="zero trials"):
        statistics.wilson(0, 0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_its_value_within_zero_and_one(case):
    interval = statistics.wilson(*case)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low < interval.high


@settings(max_examples=50, deadline=None)
@given(clustered, st.integers(0, 5))
def test_cluster_interval_contains_the_mean_within_zero_and_one(rows, seed):
    values, clusters = zip(*rows, strict=True)
    interval = statistics.cluster_interval(values, clusters, seed, resamples=200)
    assert interval.n == len(values)
    assert interval.value == pytest.approx(np.mean(values), abs=1e-9)
    assert -1e-12 <= interval.low <= interval.value <= interval.high <= 1 + 1e-12


@settings(max_examples=30, deadline=None)
@given(clustered, st.randoms(use_true_random=False))
def test_cluster_interval_depends_on_the_seed_alone(rows, random):
    shuffled = random.sample(rows, len(rows))
    first = statistics.cluster_interval(*zip(*rows, strict=True), seed=3, resamples=200)
    again = statistics.cluster_interval(*zip(*rows, strict=True), seed=3, resamples=200)
    mixed = statistics.cluster_interval(*zip(*shuffled, strict=True), seed=3, resamples=200)
    assert first == again
    assert mixed.value == pytest.approx(first.value)
    renamed = [(value, f"renamed {cluster}") for value, cluster in rows]
    assert statistics.cluster_interval(*zip(*renamed, strict=True), seed=3, resamples=200) == first


def test_clusters_of_one_give_the_plain_bootstrap():
    values = [1.0] * 70 + [0.0] * 30
    ours = statistics.cluster_interval(values, [str(i) for i in range(100)], seed=0)
    plain = stats.bootstrap(
        (values,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.low == pytest.approx(plain.low, abs=0.02)
    assert ours.high == pytest.approx(plain.high, abs=0.02)


def test_repeating_a_question_does_not_narrow_the_interval():
    values = [1.0] * 14 + [0.0] * 6
    clusters = [str(i) for i in range(20)]
    once = statistics.cluster_interval(values, clusters, seed=0)
    tenfold = statistics.cluster_interval(values * 10, clusters * 10, seed=0)
    assert (tenfold.low, tenfold.high, tenfold.n) == (once.low, once.high, 200)
    as_if_independent = statistics.wilson(140, 200)
    assert tenfold.high - tenfold.low > 2 * (as_if_independent.high - as_if_independent.low)


def test_the_interval_covers_the_truth_where_questions_share_facts():
    rng = np.random.default_rng(0)
    clusters = [str(fact) for fact in range(50) for _ in range(4)]
    covered = 0
    for seed in range(100):
        known = rng.random(50) < 0.7
        values = np.repeat(known, 4).astype(float)
        interval = statistics.cluster_interval(values.tolist(), clusters, seed, resamples=400)
        covered += interval.low <= 0.7 <= interval.high
    assert covered >= 88


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_values_fall_back_on_wilson_over_clusters(value):
    interval = statistics.cluster_interval([value] * 12, ["a", "b", "c"] * 4, seed=0)
    expected = statistics.wilson(int(value) * 3, 3)
    assert (interval.low, interval.high, interval.n) == (expected.low, expected.high, 12)


def test_clusters_that_all_agree_do_not_give_an_interval_of_no_width():
    interval = statistics.cluster_interval([1.0, 0.0] * 5, [str(i // 2) for i in range(10)], seed=0)
    assert interval.low < interval.value == 0.5 < interval.high


def test_no_values_give_no_interval():
    assert statistics.cluster_interval([], [], seed=0) is None
    assert statistics.paired_difference([], [], [], seed=0) is None
    assert statistics.ratio_interval([0.0, 0.0], [0, 0], ["a", "b"], seed=0) is None


def test_values_and_clusters_must_match():
    with pytest.raises(ValueError, match="length"):
        statistics.cluster_interval([1.0, 0.0], ["a"], seed=0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_paired_difference_is_antisymmetric_and_bounded(pairs):
    a, b = zip(*pairs, strict=True)
    clusters = [str(i // 2) for i in range(len(pairs))]
    there = statistics.paired_difference(a, b, clusters, seed=0)
    back = statistics.paired_difference(b, a, clusters, seed=0)
    assert there.value == pytest.approx(sum(a) / len(a) - sum(b) / len(b))
    assert back.value == pytest.approx(-there.value)
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert there.low < there.high


def test_two_that_always_agree_may_differ_either_way():
    interval = statistics.paired_difference([True, False] * 5, [True, False] * 5, list("abcdefghij"), seed=0)
    assert interval.value == 0
    assert interval.high == -interval.low == pytest.approx(statistics.wilson(0, 10).high)


def test_mcnemar_gives_exact_binomial_values():
    a = [True] * 16 + [False] * 6 + [True] * 40 + [False] * 9
    b = [False] * 16 + [True] * 6 + [True] * 40 + [False] * 9
    by_hand = 2 * sum(math.comb(22, k) for k in range(7)) / 2**22
    assert statistics.mcnemar(a, b) == pytest.approx(by_hand)
    assert statistics.mcnemar(a, b) == pytest.approx(0.0525, abs=5e-5)
    assert statistics.mcnemar([True] * 5, [False] * 5) == pytest.approx(2 / 2**5)
    assert statistics.mcnemar(a, a) == 1.0


@given(bits)
def test_mcnemar_is_symmetric(a):
    b = [not each if i % 3 else each for i, each in enumerate(a)]
    assert statistics.mcnemar(a, b) == pytest.approx(statistics.mcnemar(b, a))
    assert 0 < statistics.mcnemar(a, b) <= 1


def test_holm_gives_the_textbook_values():
    adjusted = statistics.holm({"d": 0.005, "a": 0.01, "b": 0.03, "c": 0.04})
    assert list(adjusted) == ["d", "a", "b", "c"]
    assert list(adjusted.values()) == pytest.approx([0.02, 0.03, 0.06, 0.06])


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_is_monotone_and_never_below_p(p_values):
    adjusted = statistics.holm(p_values)
    assert list(adjusted) == list(p_values)
    assert all(p_values[name] <= adjusted[name] <= 1 for name in p_values)
    ordered = [adjusted[name] for name in sorted(p_values, key=p_values.get)]
    assert ordered == sorted(ordered)


def test_our_answerer_is_no_baseline():
    assert statistics.our_answerer(["naive", "hmm", "base", "base+retrieval", "sft", "rl"]) == "sft"
    assert statistics.our_answerer(["naive", "base"]) is None


def test_summarise_counts_per_split_and_facet():
    rows = [
        answer("1", invented=("Foo",), mentioned=3),
        answer("2", right=False, abstained=True, facet="calls", mentioned=1),
        answer("3", split="B", right=False, mentioned=4),
        answer("4", split="D", invented=("Bar", "Baz"), mentioned=2),
    ]
    summary = statistics.summarise(rows, seed=0)
    assert summary["A"]["accuracy"] == 0.5
    assert summary["A"]["n"] == 2
    assert summary["B"]["accuracy"] == 0.0
    assert summary["C"] == {"accuracy": None, "low": None, "high": None, "n": 0}
    assert summary["D"]["accuracy"] == 1.0
    assert summary["invented_symbol_rate"] == 1 / 8  # what is said on D is not counted
    assert summary["invented_symbols"]["n"] == 8
    assert summary["abstention_rate"] == 0.5
    assert {facet: row["accuracy"] for facet, row in summary["facets"].items()} == {
        "calls": 0.0,
        "location": 1.0,
    }


def test_summarise_of_nothing_is_empty_not_an_error():
    summary = statistics.summarise([], seed=0)
    assert summary["invented_symbol_rate"] == 0.0
    assert summary["abstention_rate"] is None
    assert summary["facets"] == {}


def paired_answers() -> list[Answer]:
    naive = [answer(str(i), answerer="naive", right=i % 4 == 0) for i in range(40)]
    base = [answer(str(i), answerer="base", right=False) for i in range(40)]
    ours = [answer(str(i), right=i % 10 != 0) for i in range(40)]
    return [*naive, *base, *ours, answer("other", split="D")]


def test_scores_have_the_published_shape():
    result = statistics.scores(paired_answers(), {"name": "toy"}, {"minutes": 7}, seed=0)
    assert result["schema"] == 1
    assert result["repository"] == {"name": "toy"}
    assert result["questions"] == {"A": 40, "B": 0, "C": 0, "D": 1}
    assert list(result["answerers"]) == ["naive", "base", "sft"]
    assert result["train"] == {"tokens_per_s": None, "examples_per_s": None, "minutes": 7}
    for summary in result["answerers"].values():
        assert {"A", "B", "C", "D", "invented_symbol_rate", "abstention_rate", "facets"} <= summary.keys()


def test_comparisons_pair_ours_with_each_baseline():
    rows = statistics.scores(paired_answers(), {}, {}, seed=0)["comparisons"]
    assert [(row["a"], row["b"], row["split"]) for row in rows] == [
        ("sft", "naive", "A"),
        ("sft", "base", "A"),
    ]
    assert rows[1]["difference"] == pytest.approx(0.9)
    assert all(row["low"] <= row["difference"] <= row["high"] for row in rows)
    assert all(row["mcnemar_p"] <= row["holm_p"] < 0.001 for row in rows)


def test_comparisons_use_only_the_questions_both_answered():
    rows = [answer("1"), answer("2", right=False), answer("1", answerer="naive", right=False)]
    (comparison,) = statistics.scores(rows, {}, {}, seed=0)["comparisons"]
    assert (comparison["n"], comparison["difference"]) == (1, 1.0)


def test_scores_are_plain_json_and_repeatable():
    repository = {"files": np.int64(3), "size": float("nan"), "skipped": ("a", np.float32(0.5))}
    train = {"minutes": np.float64("inf"), "device": None, "resumed": True}
    result = statistics.scores(paired_answers(), repository, train, seed=0)
    text = json.dumps(result, allow_nan=False)
    assert json.loads(text) == result
    assert result["repository"] == {"files": 3, "size": None, "skipped": ["a", 0.5]}
    assert result["train"]["minutes"] is None
    assert result["train"]["resumed"] is True
    assert statistics.scores(paired_answers(), repository, train, seed=0) == result
    assert statistics.scores([], {}, {}, seed=0)["answerers"] == {}
