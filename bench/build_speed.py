"""How fast facts and examples are made of an index, each example checked by the grader, and written.

    python bench/build_speed.py REPO...

Prints one JSON line for each repository: facts, examples, the processor seconds of each step, examples a processor
second from the index to the finished dataset, and the digest of all that was written. Indexing is not counted.
"""

import argparse
import hashlib
import json
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from forklift.build.card import dataset_card
from forklift.build.dataset import make_questions, write_dataset
from forklift.build.facts import collect_facts
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index, store_facts
from forklift.records import Fact
from forklift.tables import write_rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repos", type=Path, nargs="+", metavar="REPO")
    for repo in parser.parse_args().repos:
        with tempfile.TemporaryDirectory() as directory:
            print(json.dumps({"repo": repo.name} | measure(repo.resolve(), Path(directory))), flush=True)


def measure(repo: Path, directory: Path) -> dict[str, object]:
    """The figures of one repository, built as `forklift build` does it."""
    config, database, dataset = BuildConfig(), directory / "index.sqlite", directory / "dataset"
    build_index(repo, database, config, silent)
    times = [time.process_time()]
    with open_index(database) as index:
        view, facts = collect_facts(index)
    store_facts(database, [(fact, lesson(fact).completion) for fact in facts])
    times.append(time.process_time())
    with open_index(database) as index:
        questions, dropped, overlap = make_questions(view, facts, index, config, silent)
        card = dataset_card(index.meta, view, facts, questions, dropped, config)
    times.append(time.process_time())
    write_rows(directory / "facts.parquet", facts, Fact)
    write_dataset(dataset, questions, overlap, card)
    times.append(time.process_time())
    steps = dict(zip(("facts", "examples", "writing"), (b - a for a, b in pairwise(times)), strict=True))
    seconds = times[-1] - times[0]
    return {
        "facts": len(facts),
        "examples": len(questions),
        "cpu_s": {step: round(taken, 2) for step, taken in steps.items()},
        "examples_per_cpu_s": round(len(questions) / seconds),
        "digest": digest(directory / "facts.parquet", *sorted(dataset.rglob("*.*"))),
    }


def digest(*files: Path) -> str:
    """Of what the files hold, by their names."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


if __name__ == "__main__":
    main()
