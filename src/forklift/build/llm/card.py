"""What the dataset card says of rows that language models wrote."""

from forklift.build.llm.material import Taught
from forklift.build.llm.verify import FACET

PREFERENCES = "preferences/teacher.parquet"  # in the dataset
PREFERENCES_CONFIG = f"""- config_name: preferences
  data_files:
  - {{split: train, path: {PREFERENCES}}}
"""


def taught_section(taught: Taught) -> str:
    """A section of the card, in Markdown; "" when only the built-in teacher taught."""
    if not taught.models and not taught.reworders:
        return ""
    rows = "\n".join(f"| {_plain(reason)} | {count} |" for reason, count in sorted(taught.dropped.items()))
    return f"""
## Written by language models
{_explained(taught) if taught.models else ""}{_reworded(taught) if taught.reworders else ""}{_partial(taught)}

| rows that were dropped | count |
|---|---|
{rows or "| none | 0 |"}
"""


def _explained(taught: Taught) -> str:
    models = ", ".join(_plain(model) for model in dict.fromkeys(taught.models))
    follow_ups = sum(bool(question.history) for question in taught.questions)
    kept = len(taught.questions)
    return f"""
The facets that begin with `{FACET}` were written by {models}, from dossiers of source, facts and summaries, and checked
against the index: {taught.drafts} questions with answers, of which, with their follow-up questions, {kept} rows were
kept ({follow_ups} follow-ups: `history` has the question and answer before them). They are for training and validation;
every test question is the built-in teacher's. That the names exist and nothing plain is contradicted does not prove
that an explanation is true.

`{PREFERENCES}` has {len(taught.preferences)} pairs (`prompt`, `chosen`, `rejected`): the verified answer, and what
the same model said without the dossier, kept only where the grader finds it worse.
"""


def _reworded(taught: Taught) -> str:
    models = ", ".join(_plain(model) for model in dict.fromkeys(taught.reworders))
    return f"""
{len(taught.rewordings)} questions about single facts were worded by {models}: of {taught.reworded} wordings those that
ask anew, and by the words of training's questions for the fact that they were made from. The answers are the built-in
teacher's; the rows stand among the others of their facts.
"""


def _partial(taught: Taught) -> str:
    return "" if taught.is_complete else "\nNot all was asked: the budget ran out, or calls failed.\n"


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isalnum() or c in " ._-+/(),:'")[:100]
