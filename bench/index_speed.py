"""Indexing speed of a repository, beside Universal Ctags alone on the same files.

    python bench/index_speed.py REPO

Prints one JSON line: files, symbols, references, seconds, ctags_seconds, ratio (seconds / ctags_seconds), peak_mib (of
the largest process). ctags writes its tags with the same fields to nowhere, one process for all files.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.index.ctags import program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path)
    repo = parser.parse_args().repo.resolve()
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "index.sqlite"
        started = time.perf_counter()
        summary = build_index(repo, database, BuildConfig(), silent)
        seconds = time.perf_counter() - started
        peak_kib = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        ctags_seconds = time_ctags(database, Path(directory) / "files")
    figures = {"files": summary.files, "symbols": summary.symbols, "references": summary.references}
    times = {"seconds": round(seconds, 2), "ctags_seconds": round(ctags_seconds, 2)}
    print(json.dumps(figures | times | {"ratio": round(seconds / ctags_seconds, 1), "peak_mib": peak_kib // 1024}))


def time_ctags(database: Path, copy: Path) -> float:
    """Seconds that ctags takes for the files of the index, read from a copy of what was indexed."""
    with open_index(database) as index:
        paths = [file.path for file in index.files() if file.language]
        for path in paths:
            target = copy / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join(index.lines(path, 1, 10**9)), encoding="utf-8")
    fields = ["--options=NONE", "--output-format=json", "--fields=+nksSafel-P", "--extras=-q"]
    started = time.perf_counter()
    subprocess.run(
        [program(), *fields, "-f", "-", "-L", "-"], cwd=copy, input="\n".join(paths).encode(), check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
