"""Does BLEU tell right answers from wrong ones? On the answers that a test of LIFT kept, graded by their keys.

    python bench/reward_signal.py LIFT [--answerers sft base]

Prints one JSON line for each answerer and split: mean BLEU of right answers, and of wrong ones, claims and refusals;
how often a right answer has more BLEU than a wrong one (the area under the ROC curve: 0.5 is chance); and the share of
wrong answers with more BLEU than the median right one. The intervals are bootstraps over facts.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

import numpy as np

from forklift.records import Answer
from forklift.tables import read_rows
from forklift.train.rewards import sentence_bleu

RESAMPLES = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--answerers", nargs="*", default=["sft", "base"])
    options = parser.parse_args()
    answers = read_rows(options.lift / "scores" / "answers.parquet", Answer)
    for name in options.answerers:
        for split in ("A", "B", "C", "D"):
            rows = [row for row in answers if row.answerer == name and row.split == split]
            if len({row.right for row in rows}) == 2:
                print(json.dumps({"answerer": name, "split": split} | signal(rows)))


def signal(rows: Sequence[Answer]) -> dict[str, float | int | list[float] | None]:
    """What BLEU says of graded answers."""
    bleu = [sentence_bleu(row.answer, row.gold) for row in rows]
    right = [score for score, row in zip(bleu, rows, strict=True) if row.right]
    wrong = [score for score, row in zip(bleu, rows, strict=True) if not row.right]
    claims = [score for score, row in zip(bleu, rows, strict=True) if not row.right and not row.abstained]
    refusals = [score for score, row in zip(bleu, rows, strict=True) if not row.right and row.abstained]
    clusters = {row.cluster: [] for row in rows}
    for number, row in enumerate(rows):
        clusters[row.cluster].append(number)
    groups, rng = list(clusters.values()), np.random.default_rng(0)
    areas = []
    for _ in range(RESAMPLES):
        drawn = [n for g in rng.integers(len(groups), size=len(groups)) for n in groups[g]]
        if len({rows[n].right for n in drawn}) == 2:
            areas.append(area([bleu[n] for n in drawn], [rows[n].right for n in drawn]))
    return {
        "right": len(right),
        "wrong": len(wrong),
        "bleu_right": fmean(right),
        "bleu_wrong": fmean(wrong),
        "bleu_wrong_claims": fmean(claims) if claims else None,
        "bleu_wrong_refusals": fmean(refusals) if refusals else None,
        "area": area(bleu, [row.right for row in rows]),
        "area_interval": [float(value) for value in np.quantile(areas, [0.025, 0.975])],
        "wrong_above_median_right": fmean(score > median(right) for score in wrong),
    }


def area(scores: Sequence[float], right: Sequence[bool]) -> float:
    """How often a right answer's score is above a wrong one's, ties half."""
    above = [score for score, is_right in zip(scores, right, strict=True) if is_right]
    below = [score for score, is_right in zip(scores, right, strict=True) if not is_right]
    return fmean((a > b) + 0.5 * (a == b) for a in above for b in below)


if __name__ == "__main__":
    main()
