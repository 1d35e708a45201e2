"""The server of bench/, which can fail in every way, in a process of its own."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = Path(__file__).parents[3] / "bench" / "teacher_server.py"


class FaultServer:
    def __init__(self, port: int) -> None:
        self.port = port
        self.spec = f"model@http://127.0.0.1:{port}/v1"

    def log(self) -> dict:
        """What was answered, by request, and the faults that were made, by kind."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/log", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def fault_server(**options: object) -> Iterator[FaultServer]:
    """Serves with the options of bench/teacher_server.py until the block ends."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    process = subprocess.Popen([sys.executable, str(SERVER), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield FaultServer(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
