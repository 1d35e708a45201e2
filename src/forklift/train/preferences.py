"""Preference rows: an answer to prefer and one to avoid, from this model's own mistakes and from other writers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from forklift.errors import DatasetError
from forklift.train.samples import Sample
from forklift.workspace import Lift

MINED = "mined.parquet"
SAMPLES = "samples.parquet"
COLUMNS = ("prompt", "chosen", "rejected")
PER_QUESTION = 2  # mistakes of one question that are learned from


@dataclass(frozen=True, slots=True)
class Preference:
    """Of two answers to one question, the one to give and the one not to."""

    prompt: str
    chosen: str
    rejected: str


def mine(samples: Sequence[Sample]) -> list[Preference]:
    """The gold answer against each distinct sampled answer that invents names or gets the keys wrong."""
    found: dict[str, dict[str, Preference]] = {}
    for sample in samples:
        rejected = found.setdefault(sample.question_id, {})
        if sample.keys < 0 and sample.answer.strip() and len(rejected) < PER_QUESTION:
            rejected[sample.answer] = Preference(sample.prompt, sample.gold, sample.answer)
    return [preference for each in found.values() for preference in each.values()]


def preference_files(lift: Lift) -> list[Path]:
    """The files of preference rows that others wrote into the lift: Parquet or JSONL with the columns COLUMNS."""
    places = (lift.dataset / "preferences", lift.preferences)
    files = [path for place in places for path in sorted(place.glob("*")) if path.suffix in (".parquet", ".jsonl")]
    return [path for path in files if path.name not in (MINED, SAMPLES)]


def read_preferences(lift: Lift) -> tuple[list[Preference], int]:
    """The usable rows of `preference_files`, and how many are not: empty, no text, twice the same answer.

    Raises DatasetError when a file is damaged or has other columns.
    """
    rows = [row for path in preference_files(lift) for row in _rows(path)]
    usable = [Preference(*row) for row in rows if _is_usable(row)]
    return usable, len(rows) - len(usable)


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        if path.suffix == ".parquet":
            rows = pq.read_table(path, columns=list(COLUMNS)).to_pylist()
        else:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for row in rows:
            yield tuple(row[name] for name in COLUMNS)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DatasetError(
            f"{path} holds no preference rows ({reason}): it needs the columns {', '.join(COLUMNS)}; mend or delete it"
        ) from None


def _is_usable(row: Sequence[Any]) -> bool:
    return all(isinstance(text, str) and text.strip() for text in row) and row[1].strip() != row[2].strip()
