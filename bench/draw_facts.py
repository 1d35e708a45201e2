"""Draws facts to be judged by hand: as many of each repository, its relations in turn, so that rare ones come as well.

    python bench/draw_facts.py --seed 1 [--each 60] [--lines 12] NAME=REPOSITORY ... > sheet.tsv

Each REPOSITORY (a directory, best a git clone) is indexed. The rows leave the columns "judged" and "remark" empty;
--lines N adds the first N lines of the evidence. Sheets that were judged: tests/build/facts/checked.
"""

import argparse
import csv
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from forklift.build.facts import collect_facts
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.records import Fact

COLUMNS = ("repository", "relation", "fact", "evidence", "judged", "remark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", metavar="NAME=REPOSITORY")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--each", type=int, default=60, help="facts of each repository")
    parser.add_argument("--lines", type=int, default=0, help="lines of evidence to show")
    options = parser.parse_args()
    rows = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    rows.writerow([*COLUMNS, "lines"] if options.lines else COLUMNS)
    for name, _, path in (each.partition("=") for each in options.repositories):
        rows.writerows(sheet(name, Path(path), options.seed, options.each, options.lines))


def sheet(name: str, repository: Path, seed: int, count: int, lines: int) -> Iterator[list[str]]:
    """The rows of one repository."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory) / "index.sqlite"
        build_index(repository, place, BuildConfig(), silent)
        with open_index(place) as index:
            _, facts = collect_facts(index)
            for fact in drawn(facts, count, random.Random(f"{seed} {name}")):
                row = [name, fact.relation, statement(fact), f"{fact.path}:{fact.line}", "", ""]
                last = min(fact.end_line, fact.line + lines - 1)
                yield row + (["\\n".join(index.lines(fact.path, fact.line, last))] if lines else [])


def statement(fact: Fact) -> str:
    """What a fact says, after what it speaks of where the sentence leaves that to the question."""
    said = " ".join(lesson(fact).completion.split())
    return said if fact.subject in said else f"[{fact.subject}] {said}"


def drawn(facts: Sequence[Fact], count: int, rng: random.Random) -> list[Fact]:
    """One of each relation, then a second of each and so on, in random order, until there are `count`."""
    by_relation: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: fact.id):
        by_relation[fact.relation].append(fact)
    for found in by_relation.values():
        rng.shuffle(found)
    turns = max(map(len, by_relation.values()), default=0)
    chosen: list[Fact] = []
    for turn in range(turns):
        relations = sorted(name for name, found in by_relation.items() if len(found) > turn)
        rng.shuffle(relations)
        chosen += [by_relation[name][turn] for name in relations]
        if len(chosen) >= count:
            break
    return sorted(chosen[:count], key=lambda fact: (fact.relation, fact.id))


if __name__ == "__main__":
    main()
