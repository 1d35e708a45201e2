"""From graded answers to numbers: accuracies with intervals, paired comparisons, `scores.json`.

Questions about one fact succeed or fail together, so intervals resample facts (clusters), not questions.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from forklift.records import Answer

SCHEMA = 1
CONFIDENCE = 0.95
SPLITS = ("A", "B", "C", "D")
BASELINES = ("naive", "listing", "briefing", "hmm", "base")
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate from `n` observations with its 95% interval; low <= value <= high."""

    value: float
    low: float
    high: float
    n: int


def wilson(right: int, n: int) -> Interval:
    """Wilson's score interval (1927) of `right` successes in `n` trials. Raises ValueError when n is 0."""
    if n == 0:
        raise ValueError("no interval of zero trials")
    bounds = stats.binomtest(right, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return _containing(right / n, float(bounds.low), float(bounds.high), n)


def cluster_interval(
    values: Sequence[float], clusters: Sequence[str], seed: int, resamples: int = RESAMPLES
) -> Interval | None:
    """Mean of `values` (each 0..1) with a percentile bootstrap interval; None when there are no values.

    Whole clusters are drawn with replacement (Field and Welsh 2007). When every resample gives the same mean,
    as it does when all values are equal, the bootstrap says nothing: the interval is then Wilson's, with the
    number of clusters as trials.
    """
    return ratio_interval(values, [1.0] * len(values), clusters, seed, resamples)


def ratio_interval(
    numerators: Sequence[float],
    denominators: Sequence[float],
    clusters: Sequence[str],
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """sum(numerators) / sum(denominators) with an interval made like that of `cluster_interval`.

    n is the sum of the denominators; None when that is zero.
    """
    tops, bottoms = _per_cluster(numerators, denominators, clusters)
    total = bottoms.sum()
    if total == 0:
        return None
    value = float(tops.sum() / total)
    low, high = _percentiles(tops, bottoms, seed, resamples)
    if math.isclose(low, high, abs_tol=1e-12):
        low, high = _collapsed(value, len(bottoms))
    return _containing(value, low, high, round(total))


def paired_difference(a: Sequence[float], b: Sequence[float], clusters: Sequence[str], seed: int) -> Interval | None:
    """Mean of a - b over questions both answered, with its cluster bootstrap interval.

    None without questions. When every resample agrees, the size of the difference gets Wilson's interval with
    clusters as trials; a difference of zero may then go either way.
    """
    interval = cluster_interval([float(x) - float(y) for x, y in zip(a, b, strict=True)], clusters, seed)
    if interval is not None and interval.value == interval.low == 0:
        return replace(interval, low=-interval.high)
    return interval


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> float:
    """Two-sided exact p-value of McNemar's test (1947) that a and b are right equally often.

    It counts questions, not facts: where several questions share a fact, read the interval beside it too.
    """
    pairs = list(zip(a, b, strict=True))
    only_a = sum(x and not y for x, y in pairs)
    only_b = sum(y and not x for x, y in pairs)
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment (1979) of p-values by name, in the order given."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def our_answerer(names: Iterable[str]) -> str | None:
    """The answerer the report is about: the first that is no baseline (alone or with retrieval) and ours, or None."""
    return next((n for n in names if n.split("+")[0] not in BASELINES and not n.startswith("api:")), None)


def summarise(answers: Sequence[Answer], seed: int) -> dict[str, Any]:
    """One answerer's numbers: accuracy per split and, on A, per facet; invented symbols; over-refusal.

    On D an answer is right when it says that the thing does not exist. Invented symbols are counted over A,
    B and C, where the answer names things; over-refusal is abstaining on A, where the answer was taught.
    """
    by_split = {split: [each for each in answers if each.split == split] for split in SPLITS}
    invented = _invented([each for each in answers if each.split in ("A", "B", "C")], seed)
    taught = by_split["A"]
    return {
        **{split: _accuracy(rows, seed) for split, rows in by_split.items()},
        "invented_symbol_rate": invented["rate"] or 0.0,
        "invented_symbols": invented,
        "abstention_rate": sum(each.abstained for each in taught) / len(taught) if taught else None,
        "facets": {
            facet: _accuracy([each for each in taught if each.facet == facet], seed)
            for facet in sorted({each.facet for each in taught})
        },
    }


def scores(
    answers: Sequence[Answer], repository: Mapping[str, Any], train: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """The content of `scores.json`: plain JSON types only, NaN as null. See docs/measurement.md."""
    by_answerer: dict[str, list[Answer]] = {}
    for answer in answers:
        by_answerer.setdefault(answer.answerer, []).append(answer)
    return _plain(
        {
            "schema": SCHEMA,
            "repository": repository,
            "questions": _question_counts(answers),
            "answerers": {name: summarise(rows, seed) for name, rows in by_answerer.items()},
            "comparisons": _comparisons(by_answerer, seed),
            "train": {"tokens_per_s": None, "examples_per_s": None, "minutes": None, **train},
        }
    )


def _containing(value: float, low: float, high: float, n: int) -> Interval:
    """An interval that holds its estimate: skewed resamples and rounding may leave it just outside."""
    return Interval(value, min(low, value), max(high, value), n)


def _per_cluster(
    numerators: Sequence[float], denominators: Sequence[float], clusters: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums per cluster, without the clusters whose denominators sum to zero."""
    if not clusters:
        return np.zeros(0), np.zeros(0)
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    index = [numbers[cluster] for cluster in clusters]
    tops = np.bincount(index, weights=numerators).astype(np.float64)
    bottoms = np.bincount(index, weights=denominators).astype(np.float64)
    return tops[bottoms > 0], bottoms[bottoms > 0]


def _percentiles(
    tops: NDArray[np.float64], bottoms: NDArray[np.float64], seed: int, resamples: int
) -> tuple[float, float]:
    """Central 95% of the ratio over resamples of the clusters.

    Clusters with the same sums are interchangeable, so drawing how often each kind occurs (a multinomial) is
    the same as drawing clusters, and takes memory by kinds (a few dozen) instead of by clusters.
    """
    kinds, counts = np.unique(np.column_stack([tops, bottoms]), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(tops), counts / len(tops), size=resamples)
    sums = drawn @ kinds
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [tail, 1 - tail])
    return float(low), float(high)


def _collapsed(value: float, clusters: int) -> tuple[float, float]:
    """Wilson's bounds for a share (or a difference of shares) on which every cluster agrees."""
    size = wilson(round(min(abs(value), 1.0) * clusters), clusters)
    return (size.low, size.high) if value >= 0 else (-size.high, -size.low)


def _accuracy(rows: Sequence[Answer], seed: int) -> dict[str, Any]:
    interval = cluster_interval([float(row.right) for row in rows], [row.cluster for row in rows], seed)
    if interval is None:
        return {"accuracy": None, "low": None, "high": None, "n": 0}
    return {"accuracy": interval.value, "low": interval.low, "high": interval.high, "n": interval.n}


def _invented(rows: Sequence[Answer], seed: int) -> dict[str, Any]:
    interval = ratio_interval(
        [len(row.invented) for row in rows],
        [row.mentioned for row in rows],
        [row.cluster for row in rows],
        seed,
    )
    if interval is None:
        return {"rate": None, "low": None, "high": None, "n": 0}
    return {"rate": interval.value, "low": interval.low, "high": interval.high, "n": interval.n}


def _question_counts(answers: Sequence[Answer]) -> dict[str, int]:
    return {split: len({each.question_id for each in answers if each.split == split}) for split in SPLITS}


def _comparisons(by_answerer: Mapping[str, Sequence[Answer]], seed: int) -> list[dict[str, Any]]:
    """Ours against every other answerer on A, the primary split, on the questions both answered."""
    ours = our_answerer(by_answerer)
    if ours is None:
        return []
    others = [other for other in by_answerer if other != ours]
    rows = [row for other in others if (row := _compared(ours, other, "A", by_answerer, seed)) is not None]
    adjusted = holm({str(number): row["mcnemar_p"] for number, row in enumerate(rows)})
    return [{**row, "holm_p": adjusted[str(number)]} for number, row in enumerate(rows)]


def _compared(
    a: str, b: str, split: str, by_answerer: Mapping[str, Sequence[Answer]], seed: int
) -> dict[str, Any] | None:
    theirs = {row.question_id: row.right for row in by_answerer[b] if row.split == split}
    ours = [row for row in by_answerer[a] if row.split == split and row.question_id in theirs]
    right_a = [row.right for row in ours]
    right_b = [theirs[row.question_id] for row in ours]
    interval = paired_difference(right_a, right_b, [row.cluster for row in ours], seed)
    if interval is None:
        return None
    return {
        "a": a,
        "b": b,
        "split": split,
        "difference": interval.value,
        "low": interval.low,
        "high": interval.high,
        "n": interval.n,
        "mcnemar_p": mcnemar(right_a, right_b),
    }


def _plain(value: Any) -> Any:
    """`value` in JSON's own types: numpy scalars and paths unwrapped, what is not finite as None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)
