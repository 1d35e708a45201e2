"""The dataset card: what is in the dataset, where it comes from, what was left out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from forklift import __version__
from forklift.build.facts import View
from forklift.build.llm.card import PREFERENCES_CONFIG
from forklift.build.overlap import NEAR, NGRAM, REASON
from forklift.config import BuildConfig
from forklift.records import Fact, Question

_SPLITS = {
    "train": "training: wordings of the training grammars",
    "validation": "trained facts in one more training wording each",
    "A": "test: facts seen in training, in wordings of grammars that training never uses",
    "B": "test: facts seen, asked in a direction or composition that was never trained",
    "C": "test: facts never trained (control)",
    "D": "test: names that do not exist, made by operators that training never uses",
}


def dataset_card(
    meta: Mapping[str, str],
    view: View,
    facts: Sequence[Fact],
    questions: Sequence[Question],
    dropped: Mapping[str, int],
    config: BuildConfig,
    taught: str = "",
) -> str:
    """README.md of the dataset, with the metadata that the hub and `load_dataset` read.

    `taught`: its section on rows that language models wrote, "" when there are none.
    """
    left_out = json.loads(meta.get("left_out") or "{}")
    splits: Counter[str] = Counter(question.split for question in questions)
    facets = Counter(fact.facet for fact in facts)
    trained = Counter(question.facet for question in questions if question.split == "train")
    return f"""---
configs:
- config_name: default
  data_files:
  - {{split: train, path: data/train.parquet}}
  - {{split: validation, path: data/validation.parquet}}
  - {{split: test, path: data/test.parquet}}
{PREFERENCES_CONFIG if taught else ""}language: [en]
task_categories: [question-answering]
tags: [forklift, code-comprehension]
---

# Questions and answers about {_plain(meta["name"])}

- repository: {_plain(meta["name"])}, commit {meta.get("commit") or "unknown (no git)"}
- licence found in the repository: {_plain(meta.get("licence") or "none found")}; answers quote its documentation
- made by ForkLift {__version__} with the built-in teacher {_others(taught)}: facts are read from the code by
  Universal Ctags and tree-sitter, wordings come from phrase grammars, and each question passed the grader's own
  check (the gold answer is right; an empty one and the answer to another question are wrong)

| split | questions | what it is |
|---|---|---|
{_table((split, splits[split], meaning) for split, meaning in _SPLITS.items())}

| facet | facts | training questions |
|---|---|---|
{_table((facet, facets[facet], trained[facet]) for facet in sorted({*facets, *trained}))}

Each row: `prompt`, `completion`, what was said before the prompt (`history`: question, answer, ...; empty but for
follow-ups), what a right answer contains (`keys`, of which `min_keys`, of `key_type`), the facts
it states (`fact_ids`), `evidence` (path:line) and the `rank` of its subject: training takes the highest first.

## Left out

| what | count |
|---|---|
{
        _table(
            [
                *((f"file: {reason}", count) for reason, count in sorted(left_out.items())),
                ("secrets, withheld from every text", meta.get("withheld") or 0),
                ("symbols that share their name and file stem with others", view.ambiguous),
                *((f"question: {reason}", count) for reason, count in sorted({REASON: 0, **dropped}.items())),
            ]
        )
    }

A test wording nearly repeats a training wording when, with the names masked, {NEAR:.0%} of its character {NGRAM}-grams
are in that one too. How near the remaining test wordings come is in `overlap.json`.

{taught}
Test and example code of the repository is not asked about. Settings: `{config.model_dump_json()}`.
"""


def _others(taught: str) -> str:
    return "and language models (see below)" if taught else "(no language model)"


def _table(rows: object) -> str:
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)  # type: ignore[attr-defined]


def _plain(text: str) -> str:
    """One line without Markdown or HTML meaning: names come from an untrusted repository."""
    return "".join(c for c in text if c.isalnum() or c in " ._-+/()")[:100]
