"""How well code names in answers are found, and told from invented ones, on hand-labelled answers.

    python bench/mentions.py [--errors] [NAME=REPOSITORY ...]

Each REPOSITORY (a directory) is indexed; names in answers about NAME are then judged as known or invented too. The
small repository of the tests, "shop", always is. Labels: tests/grading/data/mentions.jsonl.
"""

# ruff: noqa: E402
import argparse
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "grading")]

from labelled import Judging, Labelled, finding, judging, read_labelled

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from shop import FILES, write_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", metavar="NAME=REPOSITORY")
    parser.add_argument("--errors", action="store_true", help="name every error")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        places = {"shop": write_files(root / "shop", FILES)}
        places |= {name: Path(path) for name, _, path in (each.partition("=") for each in options.repositories)}
        for part in ("development", "held-out"):
            print_part(part, places, root, options.errors)


def print_part(part: str, places: dict[str, Path], root: Path, errors: bool) -> None:
    rows = read_labelled(part)
    if not rows:
        return
    found = finding(rows)
    print(f"{part}: {len(rows)} answers, {found.labels} names")
    print(f"  found      precision {found.precision:.3f} ({found.right}/{found.found})", end="  ")
    print(f"recall {found.recall:.3f} ({found.right}/{found.labels})  kind right {found.right_kind}/{found.right}")
    judged = [
        judge(place, root / f"{name}.sqlite", [row for row in rows if row.repository == name])
        for name, place in places.items()
    ]
    existing, invented = sum(one.existing for one in judged), sum(one.invented for one in judged)
    alarms = [name for one in judged for name in one.false_alarms]
    overlooked = [name for one in judged for name in one.overlooked]
    print(f"  judged     {', '.join(places)}: {existing} existing, {len(alarms)} called invented;", end=" ")
    print(f"{invented} invented, {len(overlooked)} called known")
    if errors:
        kinds = {"missed": found.missed, "no name": found.extra, "called invented": alarms, "called known": overlooked}
        print(*(f"    {kind}: {name}" for kind, names in kinds.items() for name in names), sep="\n")


def judge(place: Path, database: Path, rows: list[Labelled]) -> Judging:
    """Judges the names of `rows` by the index of the repository at `place`, which is built at `database` once."""
    if not database.exists():
        build_index(place, database, BuildConfig(), silent)
    with open_index(database) as index:
        return judging(rows, index)


if __name__ == "__main__":
    main()
