"""Code directory -> dataset: index, facts, questions, splits."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from forklift.build.card import dataset_card
from forklift.build.dataset import allot, make_questions, write_dataset
from forklift.build.facts import View, collect_facts
from forklift.build.llm.card import PREFERENCES, taught_section
from forklift.build.llm.material import Material, Taught
from forklift.build.llm.recruit import checked_teachers, recruit, rewords
from forklift.build.llm.rewording import with_rewordings
from forklift.build.overlap import measure_overlap
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig, RecruitConfig
from forklift.engine import Report, unheard
from forklift.errors import DatasetError
from forklift.index import Index, build_index, open_index, source_hash, store_facts, web_address
from forklift.records import Fact, Preference, Question
from forklift.tables import write_rows
from forklift.workspace import Lift, finished_stage, record_stage, replacing, stage_key

VERSION = 10


def build(
    repo: Path,
    lift: Lift,
    config: BuildConfig,
    report: Report,
    announce: Callable[[str], None] = unheard,
    how: RecruitConfig | None = None,
) -> None:
    """Indexes `repo`, collects its facts, has teachers explain them where `config` names some, and writes the dataset,
    unless that is done already.

    Raises SourceError, IndexingError, DatasetError, WorkspaceError; EndpointError when a teacher cannot be used, and
    UnfinishedError with what `how` asks for instead of a dataset.
    """
    how = how or RecruitConfig()
    if config.teachers:
        checked_teachers(config, how)
    key = stage_key(VERSION, config, source_hash(repo, config))
    done = finished_stage(lift, "build")
    is_look = how.dry_run or how.preview is not None
    if done and not is_look and done["key"] == key and lift.index.exists() and (lift.dataset / "README.md").exists():
        report("building (up to date)", 1, 1)
        return
    started = time.monotonic()
    summary = build_index(repo, lift.index, config, report)
    with open_index(lift.index) as index:
        view, facts = collect_facts(index)
    store_facts(lift.index, [(fact, lesson(fact).completion) for fact in facts])
    with open_index(lift.index) as index:
        if config.teachers and is_look and not rewords(config):  # only who rewords questions needs them for a look
            _recruit(view, facts, index, [], lift, config, how, report, announce)
        questions, dropped, overlap = make_questions(view, facts, index, config, report)
        if not any(question.split == "train" for question in questions):
            raise DatasetError(f"{repo} has no symbols to ask about: is there code in it beside tests and examples?")
        taught = Taught()
        if config.teachers:
            taught = _recruit(view, facts, index, questions, lift, config, how, report, announce)
            questions = [*with_rewordings(questions, taught.rewordings), *taught.questions]
            overlap = measure_overlap(questions)
        card = dataset_card(index.meta, view, facts, questions, dropped, config, taught_section(taught))
    write_rows(lift.facts, facts, Fact)
    with replacing(lift.dataset) as partial:
        write_dataset(partial, questions, overlap, card)
        if config.teachers:
            write_rows(partial / PREFERENCES, taught.preferences, Preference)
    record_stage(
        lift,
        "build",
        key if taught.is_complete else f"{key} incomplete",
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
        preferences=len(taught.preferences),
        left_out=dict(summary.left_out),
        seconds=time.monotonic() - started,
    )


def _recruit(
    view: View,
    facts: Sequence[Fact],
    index: Index,
    questions: Sequence[Question],
    lift: Lift,
    config: BuildConfig,
    how: RecruitConfig,
    report: Report,
    announce: Callable[[str], None],
) -> Taught:
    parts = allot(facts, config)
    material = Material(view, index, facts, parts.control, parts.reversed_, questions)
    return recruit(material, lift.replies, config, how, report, announce)
