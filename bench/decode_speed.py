"""What a token of an answer costs: by the compiled decoder, by torch, and by llama.cpp on the same weights, in turns.

    python bench/decode_speed.py LIFT [--model sft] [--threads 1] [--rows 1] [--tokens 64] [--without-llama-cpp]

An answer of --tokens after a prompt of 240 tokens, less one of a single token after the same prompt; greedy, beyond
what would end it. llama.cpp (wheel xllamacpp) runs the model exported to GGUF, F16, in a process of its own. Prints one
JSON line with, for each, the median of processor time of all threads and of time by the clock.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import httpx
import psutil
import torch
from serve import make_prompts, server

from forklift.answerers.language_model import LanguageModel, load_language_model
from forklift.answerers.wishes import Wish
from forklift.deploy.export import export
from forklift.workspace import open_lift

LLAMA_CPP = """
import sys, time, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port = sys.argv[1], 0
settings.n_ctx, settings.n_parallel, settings.n_gpu_layers = 1024, 1, 0
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = int(sys.argv[2])
settings.cache_prompt, settings.cache_ram_mib, settings.verbosity, settings.fit_params = False, 0, -1, False
server = xllamacpp.Server(settings)
print(server.listening_address, flush=True)
time.sleep(1_000_000)
"""

Answer = Callable[[list[int], int], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--model", default="sft")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, default=1, help="answers side by side, of ours")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--without-llama-cpp", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    lift = open_lift(options.lift)
    model = load_language_model(lift.model(options.model))
    model.stop_ids = frozenset()
    prompts = (model.encode([{"role": "user", "content": text}]) for text in make_prompts(lift, options.model))
    assert model.decoder
    model.decoder.prepare().result()
    ours = psutil.Process()
    ways: dict[str, tuple[Answer, psutil.Process]] = {
        "decoder": (writing(model, options.rows, True), ours),
        "torch": (writing(model, options.rows, False), ours),
    }

    def measured() -> dict[str, dict[str, float]]:
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for ids, _ in zip(prompts, range(options.rounds + 1), strict=False):
            for name, (answer, process) in ways.items():
                costs[name].append(cost_ms(answer, process, ids, options.tokens))
        medians = {name: [median(each) for each in zip(*found[1:], strict=True)] for name, found in costs.items()}
        return {name: {"cpu_ms": round(cpu, 1), "ms": round(clock, 1)} for name, (cpu, clock) in medians.items()}

    if options.without_llama_cpp:
        found = measured()
    else:
        with tempfile.TemporaryDirectory() as scratch:
            exported = export(lift, options.model, "gguf", Path(scratch) / "gguf", quantise="f16", questions=0)
            path = next(exported.path.glob("*.gguf"))
            with server(LLAMA_CPP, str(path), str(options.threads)) as (url, process):
                ways["llama_cpp"] = (asking(url), psutil.Process(process.pid))
                found = measured()
    print(json.dumps({"threads": options.threads, "rows": options.rows, "dtype": str(model.model.dtype)} | found))


def writing(model: LanguageModel, rows: int, compiled: bool) -> Answer:
    def answer(ids: list[int], tokens: int) -> None:
        decoder = model.decoder
        model.decoder = decoder if compiled else None
        writer = model.writer()
        model.decoder = decoder
        for _ in range(rows):
            writer.begin(Wish(tuple(ids), tokens))
        while writer.running or writer.waiting:
            writer.step()

    return answer


def asking(url: str) -> Answer:
    settings = {"temperature": 0, "ignore_eos": True, "cache_prompt": False}

    def answer(ids: list[int], tokens: int) -> None:
        body = settings | {"prompt": ids, "n_predict": tokens}
        httpx.post(f"{url}/completion", json=body, timeout=600).raise_for_status()

    return answer


def cost_ms(answer: Answer, process: psutil.Process, ids: list[int], tokens: int) -> tuple[float, float]:
    """Processor time of `process` and time by the clock for each token after the first."""
    marks = []
    for budget in (1, tokens):
        began, before = time.perf_counter(), sum(process.cpu_times()[:2])
        answer(ids, budget)
        marks.append((sum(process.cpu_times()[:2]) - before, time.perf_counter() - began))
    (cpu_one, one), (cpu_all, whole) = marks
    return 1000 * (cpu_all - cpu_one) / (tokens - 1), 1000 * (whole - one) / (tokens - 1)


if __name__ == "__main__":
    main()
