"""Code directory -> dataset: index, facts, questions, splits."""

import time
from pathlib import Path

from forklift.build.card import dataset_card
from forklift.build.dataset import make_questions, write_dataset
from forklift.build.facts import collect_facts
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig
from forklift.engine import Report
from forklift.errors import DatasetError
from forklift.index import build_index, open_index, source_hash, store_facts, web_address
from forklift.records import Fact
from forklift.tables import write_rows
from forklift.workspace import Lift, finished_stage, record_stage, replacing, stage_key

VERSION = 3


def build(repo: Path, lift: Lift, config: BuildConfig, report: Report) -> None:
    """Indexes `repo`, collects its facts and writes the dataset, unless that is done already.

    Raises SourceError, IndexingError, DatasetError, WorkspaceError.
    """
    key = stage_key(VERSION, config, source_hash(repo, config))
    done = finished_stage(lift, "build")
    if done and done["key"] == key and lift.index.exists() and (lift.dataset / "README.md").exists():
        report("building (up to date)", 1, 1)
        return
    started = time.monotonic()
    summary = build_index(repo, lift.index, config, report)
    with open_index(lift.index) as index:
        view, facts = collect_facts(index)
    store_facts(lift.index, [(fact, lesson(fact).completion) for fact in facts])
    with open_index(lift.index) as index:
        questions, dropped, overlap = make_questions(view, facts, index, config, report)
        if not any(question.split == "train" for question in questions):
            raise DatasetError(f"{repo} has no symbols to ask about: is there code in it beside tests and examples?")
        card = dataset_card(index.meta, view, facts, questions, dropped, config)
    write_rows(lift.facts, facts, Fact)
    with replacing(lift.dataset) as partial:
        write_dataset(partial, questions, overlap, card)
    record_stage(
        lift,
        "build",
        key,
        config,
        repository={
            "name": summary.name,
            "commit": summary.commit,
            "path": str(repo),
            "web": web_address(repo),
        },
        symbols=summary.symbols,
        facts=len(facts),
        questions=len(questions),
        left_out=dict(summary.left_out),
        seconds=time.monotonic() - started,
    )
