"""How near the pool of teachers comes to what a server can do, and what that costs this machine.

    python bench/teacher_throughput.py [--calls 50000] [--mean-s 0.5] [--spread-s 0.2] [--slots 64] [--faults 0]

Starts bench/teacher_server.py in a process of its own. The ceiling is slots / mean-s calls a second. Dossiers have the
size of real ones (--prompt-chars). Prints one JSON line; `growth_mib` is how much more memory the last half of the
calls took.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from forklift.build.llm.lane import new_lane
from forklift.build.llm.pool import ask_pool
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.records import Failure

SERVER = Path(__file__).with_name("teacher_server.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--mean-s", type=float, default=0.5)
    parser.add_argument("--spread-s", type=float, default=0.2)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--prompt-chars", type=int, default=8_000)
    options = parser.parse_args()
    arguments = [
        f"--{name}={getattr(options, name.replace('-', '_'))}" for name in ("mean-s", "spread-s", "slots", "faults")
    ]
    server = subprocess.Popen([sys.executable, str(SERVER), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        print(json.dumps(measure(int(server.stdout.readline()), options)))
    finally:
        server.kill()


def measure(port: int, options: argparse.Namespace) -> dict[str, object]:
    """Asks all; one JSON line's worth."""
    spec = f"bench@http://127.0.0.1:{port}/v1#concurrency={options.slots},in=1,out=1"
    lane = new_lane(parse_teacher(spec))
    seen: dict[str, int] = {"good": 0, "failed": 0}
    half_mib = 0.0

    def keep(request: Request, came: Reply | Failure) -> None:
        nonlocal half_mib
        seen["good" if isinstance(came, Reply) else "failed"] += 1
        if seen["good"] == options.calls // 2:
            half_mib = peak_mib()

    def check(text: str) -> str:
        try:
            return "" if isinstance(json.loads(text)["rows"], list) else "wrong schema"
        except (ValueError, KeyError, TypeError):
            return "wrong schema"

    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "teacher.sqlite") as store:
        wall, cpu = time.perf_counter(), time.process_time()
        ask_pool([lane], requests(options), store, keep, check=check)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ceiling = options.slots / options.mean_s
    return {
        "ceiling_fraction": round(options.calls / wall / ceiling, 4),
        "calls_per_s": round(options.calls / wall, 1),
        "client_cpu_fraction": round(cpu / wall, 4),
        "peak_mib": round(peak_mib(), 1),
        "growth_mib": round(peak_mib() - half_mib, 1),
        "cpu_ms_per_call": round(1000 * cpu / options.calls, 3),
        "wall_s": round(wall, 1),
        **seen,
    }


def requests(options: argparse.Namespace) -> Iterator[Request]:
    text = "def value(self, name: str) -> int:\n    return self.values[name]\n" * (options.prompt_chars // 64 + 1)
    for number in range(options.calls):
        user = {"role": "user", "content": f"{number}\n{text[: options.prompt_chars]}"}
        yield Request([{"role": "system", "content": "Write questions and answers as JSON."}, user], 800)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
