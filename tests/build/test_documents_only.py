"""A directory without code: its documents become a dataset as well."""

import pyarrow.parquet as pq
import pytest

from forklift.build import build
from forklift.build.facts import collect_facts
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import SourceError
from forklift.grading import denies
from forklift.index import open_index
from forklift.workspace import create_lift
from shop import write_files

BEES = """\
# Bees

A handbook for people who keep bees in their own garden.

## Keeping bees

Bees need a hive that stands dry, so that mould never gets into it.

1. Choose a dry place in the garden.
2. Build the hive from soft wood.
3. Wait for a swarm in May.

## Harvesting honey

Honey is taken in July, when most of the combs are sealed.

## Words

queen
"""
TERMS = """\
Glossary
========

queen
    The only bee of a hive that lays eggs.

drone
    A male bee, which never collects any honey.

smoker
    A can with glowing straw that keeps bees calm.

Making wax
----------

Wax is melted in warm water and poured through a cloth.
"""


@pytest.fixture(scope="module")
def lift(tmp_path_factory):
    root = write_files(tmp_path_factory.mktemp("bees") / "bees", {"README.md": BEES, "more/terms.rst": TERMS})
    made = create_lift(tmp_path_factory.mktemp("lifts") / "bees")
    build(root, made, BuildConfig(wordings_per_fact=6), silent)
    return made


def test_sections_terms_and_tasks_are_facts(lift):
    with open_index(lift.index) as index:
        facts = collect_facts(index)[1]
    by_relation = {one.relation for one in facts}
    assert {"project_is", "section_says", "section_in", "sections_of", "term_means", "term_of", "how_to"} <= by_relation
    assert {one.subject for one in facts if one.relation == "how_to"} >= {"keep bees", "harvest honey", "make wax"}
    assert {one.subject for one in facts if one.relation == "term_means"} == {"queen", "drone", "smoker"}


def test_they_are_asked_about_in_training_and_in_tests(lift):
    train = pq.read_table(lift.dataset / "data/train.parquet").to_pylist()
    test = pq.read_table(lift.dataset / "data/test.parquet").to_pylist()
    assert len(train) > 100
    assert {row["facet"] for row in train} >= {"documentation", "tasks", "telling"}
    assert {row["split"] for row in test} >= {"A", "C"}


def test_what_nobody_wrote_is_asked_about_too(lift):
    train = pq.read_table(lift.dataset / "data/train.parquet").to_pylist()
    test = pq.read_table(lift.dataset / "data/test.parquet").to_pylist()
    absent = [row for row in train if row["facet"] == "absence"]
    held_out = [row for row in test if row["split"] == "D"]
    assert 0.15 < len(absent) / len(train) < 0.35
    assert len(held_out) >= 20
    with open_index(lift.index) as index:
        headings = {one.heading.lower() for one in index.sections()}
    real = headings | {"queen", "drone", "smoker"}
    assert real.isdisjoint(row["subject"].lower() for row in [*absent, *held_out])
    assert {row["subject"] for row in absent}.isdisjoint(row["subject"] for row in held_out)
    for row in [*absent, *held_out]:
        assert denies(row["completion"])
        assert row["subject"].lower() in row["prompt"].lower()
        assert row["completion"].rpartition('"')[0].rpartition('"')[2].lower() in real


def test_a_directory_without_anything_to_read_is_refused(tmp_path):
    root = write_files(tmp_path / "empty", {"README.md": "# Title\n"})
    with pytest.raises(SourceError, match="no code and no documents"):
        build(root, create_lift(tmp_path / "lift"), BuildConfig(), silent)
