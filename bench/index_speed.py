"""Indexing speed of a repository, beside Universal Ctags alone on the same files.

    python bench/index_speed.py REPO [--touch 100]

Prints one JSON line: files, symbols, references, seconds, cpu_seconds (of all processes), ctags_seconds, ratio
(seconds / ctags_seconds), peak_mib (of all processes together, sampled), index_mib, reindex_seconds and
reindex_cpu_seconds (after a line was added to --touch files spread over a copy of what was indexed), reindex_files,
lookup_ms (finding a symbol by its name: the 95th percentile of 1,000 names drawn at random), and for the 20 names that
most symbols have the medians of find_5_ms (the best five), locate_ms and closest_ms. ctags writes its tags with the
same fields to nowhere, one process for all files.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.index.ctags import program

LOOKUPS = 1_000
NAMESAKES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--touch", type=int, default=100, metavar="N")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as directory:
        database, copy = Path(directory) / "index.sqlite", Path(directory) / "files"
        started, cpu = time.perf_counter(), cpu_seconds()
        with peak_memory() as peak_mib:
            summary = build_index(arguments.repo.resolve(), database, BuildConfig(), silent)
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
        print(f"indexed in {seconds:.1f} s", file=sys.stderr)
        figures = {"files": summary.files, "symbols": summary.symbols, "references": summary.references}
        index_mib = database.stat().st_size >> 20
        lookups = time_lookups(database) | time_namesakes(database)
        paths = copy_files(database, copy)
        ctags_seconds = time_ctags(copy, paths)
        reindex = time_reindexing(copy, paths, database, arguments.touch)
    times = {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 1), "ctags_seconds": round(ctags_seconds, 2)}
    size = {"ratio": round(seconds / ctags_seconds, 1), "peak_mib": max(peak_mib), "index_mib": index_mib}
    print(json.dumps(figures | times | size | reindex | lookups))


def cpu_seconds() -> float:
    """What this process and those that it started and that ended have used."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextlib.contextmanager
def peak_memory():  # noqa: ANN201
    """Samples the memory of this process and its children, in MiB, shared pages counted once."""
    samples, stop = [0], threading.Event()

    def sample() -> None:
        while not stop.wait(0.5):
            samples[0] = max(samples[0], sum(map(proportional_kib, family(os.getpid()))) >> 10)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    with contextlib.suppress(OSError):
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
        return [pid, *(one for child in children for one in family(child))]
    return []


def proportional_kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n"):
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def time_lookups(database: Path) -> dict[str, float]:
    """Milliseconds that 95 of 100 lookups by name stay below."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (last,) = connection.execute("SELECT max(id) FROM symbols").fetchone()
        ids = random.Random(0).choices(range(1, last + 1), k=LOOKUPS)
        query = "SELECT name FROM symbols WHERE id >= ? ORDER BY id LIMIT 1"
        names = [connection.execute(query, (one,)).fetchone()[0] for one in ids]
    times = []
    with open_index(database) as index:
        for name in names:
            started = time.perf_counter()
            index.find(name)
            times.append(time.perf_counter() - started)
    return {"lookup_ms": round(sorted(times)[LOOKUPS * 95 // 100] * 1000, 2)}


def time_namesakes(database: Path) -> dict[str, float]:
    """Median milliseconds of lookups of the names that most symbols have."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        query = "SELECT name FROM symbols GROUP BY name ORDER BY count(*) DESC LIMIT ?"
        names = [name for (name,) in connection.execute(query, (NAMESAKES,))]
    with open_index(database) as index:
        calls = {"find_5_ms": lambda name: index.find(name, 5), "locate_ms": index.locate, "closest_ms": index.closest}
        medians = {}
        for what, call in calls.items():
            call("nothing_is_called_so")  # what is read once
            times = []
            for name in names:
                started = time.perf_counter()
                call(name)
                times.append(time.perf_counter() - started)
            medians[what] = round(statistics.median(times) * 1000, 2)
    return medians


def copy_files(database: Path, copy: Path) -> list[str]:
    """Writes the files of the index into `copy`; gives the paths of those that are code."""
    with open_index(database) as index:
        files = index.files()
        for file in files:
            target = copy / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(index.lines(file.path, 1, 10**9)), encoding="utf-8")
    return [file.path for file in files if file.language]


def time_ctags(copy: Path, paths: list[str]) -> float:
    """Seconds that ctags takes for these files."""
    fields = ["--options=NONE", "--output-format=json", "--fields=+nksSafel-P", "--extras=-q"]
    started = time.perf_counter()
    subprocess.run(
        [program(), *fields, "-f", "-", "-L", "-"], cwd=copy, input="\n".join(paths).encode(), check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - started


def time_reindexing(copy: Path, paths: list[str], database: Path, count: int) -> dict[str, float]:
    """Seconds to bring the index up to date after `count` files were changed."""
    build_index(copy, database, BuildConfig(), silent)  # line ends and left out files differ from the original
    source = [path for path in paths if path.endswith((".c", ".h", ".py", ".go", ".java", ".js", ".ts", ".rs", ".cc"))]
    touched = source[:: max(len(source) // count, 1)][:count]
    for path in touched:
        with (copy / path).open("a", encoding="utf-8") as file:
            file.write("\n# touched\n" if path.endswith(".py") else "\nint touched_here;\n")
    started, cpu = time.perf_counter(), cpu_seconds()
    build_index(copy, database, BuildConfig(), silent)
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    return {
        "reindex_seconds": round(seconds, 2), "reindex_cpu_seconds": round(cpu, 1), "reindex_files": len(touched)
    }  # fmt: skip


if __name__ == "__main__":
    main()
