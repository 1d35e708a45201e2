"""How fast `forklift deploy` answers, alone and beside llama.cpp on the same weights and machine, in one run.

    python bench/serve.py LIFT [--model sft] [--seconds 60] [--clients 16] [--quantise f16]

Starts the server and llama.cpp's own (wheel xllamacpp, the model exported to GGUF) in processes of their own, and asks
both over HTTP, in turns, with distinct prompts of 240 tokens made of the lift's test questions, greedy. Then --clients
ask the server at once for --seconds. Prints one JSON line:

    first_token_ms         median, one client
    decode_tokens_per_s    after the first token, one client
    decode_vs_llama_cpp    that, divided by llama.cpp's
    concurrency_gain_16    tokens/s of all clients together, divided by those of one client (prompts included)
    p99_first_token_ms     of the clients at once
    failed                 requests that did not end with an answer
    grounding_share        time that checking the names of the answers takes, divided by the time the answers took
    start_to_first_answer_s
    rss_mib                of the server, before the clients at once and after each tenth of their time
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import httpx
from transformers import AutoTokenizer

from forklift.deploy.export import export
from forklift.deploy.grounding import Grounding
from forklift.index import open_index
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import Lift, open_lift

PROMPT_TOKENS = 240
OURS = """
import sys
from pathlib import Path
from forklift.config import DeployConfig
from forklift.deploy import serve
from forklift.workspace import open_lift
config = DeployConfig(port=0, per_minute=1_000_000, log=Path(sys.argv[2]))
serve(open_lift(Path(sys.argv[1])), config, lambda url: print(url, flush=True))
"""
LLAMA_CPP = """
import sys, time, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path, settings.port = sys.argv[1], 0
settings.n_ctx, settings.n_parallel, settings.n_gpu_layers = 1024 * int(sys.argv[2]), int(sys.argv[2]), 0
settings.cache_prompt, settings.cache_ram_mib, settings.verbosity = False, 0, -1
settings.fit_params = False
server = xllamacpp.Server(settings)
print(server.listening_address, flush=True)
time.sleep(1_000_000)
"""


@dataclass
class Answer:
    """One answer as a client saw it."""

    prompt: str
    first_s: float = 0.0
    seconds: float = 0.0
    tokens: int = 0
    pieces: list[str] = field(default_factory=list)
    error: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--model", default="sft")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=12, help="answers of one client by each server")
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--quantise", default="f16", help="number format of llama.cpp's weights")
    parser.add_argument("--without-llama-cpp", action="store_true")
    options = parser.parse_args()
    lift = open_lift(options.lift)
    prompts = make_prompts(lift, options.model)
    with tempfile.TemporaryDirectory() as temporary:
        measured = measure(lift, options, prompts, Path(temporary))
    print(json.dumps(measured))


def measure(lift: Lift, options: argparse.Namespace, prompts: Iterator[str], scratch: Path) -> dict[str, object]:
    settings = {"model": options.model, "max_tokens": options.max_tokens, "temperature": 0, "stream": True}
    began = time.perf_counter()
    with server(OURS, str(lift.root), str(scratch / "access.jsonl")) as (ours, pid):
        ask(ours, settings, next(prompts))
        start_s = time.perf_counter() - began
        ask(ours, settings, next(prompts))
        single, theirs = [], []
        if options.without_llama_cpp:
            single = [ask(ours, settings, next(prompts)) for _ in range(options.rounds)]
        else:
            gguf = next(
                export(lift, options.model, "gguf", scratch / "gguf", quantise=options.quantise, questions=0).path.glob(
                    "*.gguf"
                )
            )
            with server(LLAMA_CPP, str(gguf), "1") as (other, _):
                ask(other, settings, next(prompts))
                for _ in range(options.rounds):
                    prompt = next(prompts)
                    single.append(ask(ours, settings, prompt))
                    theirs.append(ask(other, settings, prompt))
        memory = [rss_mib(pid)]
        many, seconds = ask_at_once(
            ours, settings, prompts, options.clients, options.seconds, lambda: memory.append(rss_mib(pid))
        )
    good = [answer for answer in many if not answer.error]
    alone = sum(answer.tokens for answer in single) / sum(answer.seconds for answer in single)
    together = sum(answer.tokens for answer in good) / seconds
    return {
        "first_token_ms": round(1000 * median(answer.first_s for answer in single)),
        "decode_tokens_per_s": round(decoding(single), 1),
        "decode_vs_llama_cpp": round(decoding(single) / decoding(theirs), 2) if theirs else None,
        f"concurrency_gain_{options.clients}": round(together / alone, 2),
        "p99_first_token_ms": round(1000 * quantiles([answer.first_s for answer in good], n=100)[98]),
        "failed": len(many) - len(good),
        "answers": len(many),
        "tokens_per_s_together": round(together, 1),
        "mean_answer_tokens": round(sum(answer.tokens for answer in good) / len(good), 1),
        "grounding_share": round(grounding_share(lift, single), 4),
        "start_to_first_answer_s": round(start_s, 1),
        "rss_mib": memory,
        "llama_cpp_first_token_ms": round(1000 * median(answer.first_s for answer in theirs)) if theirs else None,
        "llama_cpp_decode_tokens_per_s": round(decoding(theirs), 1) if theirs else None,
        "same_answers": sum(
            a.pieces and "".join(a.pieces) == "".join(b.pieces) for a, b in zip(single, theirs, strict=False)
        ),
        "errors": sorted({answer.error for answer in many if answer.error})[:3],
    }


def make_prompts(lift: Lift, model: str) -> Iterator[str]:
    """Endless distinct questions that take PROMPT_TOKENS with their chat template."""
    tokenizer = AutoTokenizer.from_pretrained(lift.model(model))
    rows = [row.prompt for row in read_rows(lift.dataset / "data" / "test.parquet", Question)]
    draw = random.Random(0)
    frame = len(
        tokenizer.apply_chat_template([{"role": "user", "content": ""}], add_generation_prompt=True)["input_ids"]
    )
    while True:
        ids = tokenizer.encode(" ".join(draw.choices(rows, k=40)), add_special_tokens=False)
        yield tokenizer.decode(ids[-(PROMPT_TOKENS - frame) :])


def ask(client: httpx.Client, settings: dict[str, object], prompt: str) -> Answer:
    """One streamed answer."""
    answer = Answer(prompt)
    body = {**settings, "messages": [{"role": "user", "content": prompt}], "stream_options": {"include_usage": True}}
    began = time.perf_counter()
    try:
        with client.stream("POST", "/v1/chat/completions", json=body) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                take(answer, line, time.perf_counter() - began)
    except httpx.HTTPError as error:
        answer.error = f"{type(error).__name__}: {error}"
    answer.seconds = answer.seconds or time.perf_counter() - began
    if not answer.tokens and not answer.error:
        answer.error = "no answer"
    return answer


def take(answer: Answer, line: str, now_s: float) -> None:
    """One line of a stream."""
    data = line.removeprefix("data: ")
    if not line.startswith("data: ") or data == "[DONE]":
        return
    event = json.loads(data)
    if "error" in event:
        answer.error = str(event["error"])
    if event.get("usage"):
        answer.tokens = event["usage"]["completion_tokens"]
    if event.get("choices") and (text := event["choices"][0]["delta"].get("content")):
        answer.first_s = answer.first_s or now_s
        answer.seconds = now_s
        answer.pieces.append(text)


def ask_at_once(
    client: httpx.Client,
    settings: dict[str, object],
    prompts: Iterator[str],
    clients: int,
    seconds: float,
    each_tenth: Callable[[], None],
) -> tuple[list[Answer], float]:
    """All answers that so many clients got, each asking again and again, and how long that took."""
    answers: list[Answer] = []
    lock, began = threading.Lock(), time.perf_counter()

    def go_on_asking() -> None:
        while time.perf_counter() - began < seconds:
            with lock:
                prompt = next(prompts)
            answers.append(ask(client, settings, prompt))

    threads = [threading.Thread(target=go_on_asking) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for tenth in range(1, 11):
        time.sleep(max(0.0, began + seconds * tenth / 10 - time.perf_counter()))
        each_tenth()
    for thread in threads:
        thread.join()
    return answers, time.perf_counter() - began


def decoding(answers: list[Answer]) -> float:
    """Tokens a second after the first."""
    spans = [(answer.tokens - 1, answer.seconds - answer.first_s) for answer in answers if answer.tokens > 1]
    return sum(tokens for tokens, _ in spans) / sum(seconds for _, seconds in spans)


def grounding_share(lift: Lift, answers: list[Answer]) -> float:
    """What checking the names costs, of the time that the answers took."""
    with open_index(lift.index) as index:
        Grounding(index).feed("`warm up` ")
        began = time.perf_counter()
        for answer in answers:
            grounding = Grounding(index)
            for piece in answer.pieces:
                grounding.feed(piece)
            grounding.whole()
        return (time.perf_counter() - began) / sum(answer.seconds for answer in answers)


def rss_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


@contextmanager
def server(code: str, *arguments: str) -> Iterator[tuple[httpx.Client, int]]:
    """Runs `code`, which prints its URL, in a process of its own; gives a client of it and the process's number.

    One client for all requests, as programs have it: each new one reads the certificates of all authorities, which
    takes 35 ms of the processor that the server is measured on.
    """
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise SystemExit("a server did not start: see above")
            url = url if url.startswith("http") else f"http://{url}"
            with httpx.Client(base_url=url, timeout=120) as client:
                yield client, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    main()
