"""A chat server that costs next to nothing: answers after a while, so many at a time, and can fail in many ways.

    python bench/teacher_server.py --port 0 [--mean-s 0.5] [--spread-s 0.2] [--slots 64] [--faults 0.1] [--context N]

Prints its port, then serves until it is killed. A request waits for one of --slots, then --mean-s +- --spread-s. With
--faults that share of the calls fails, in turn in every way of FAULTS. The reply names the request it answers. `GET
/log` tells how often each request (by its Idempotency-Key) was answered well, and how often with each fault.
"""

import argparse
import asyncio
import json
import random
from collections import Counter, defaultdict

FAULTS = (
    "429 with Retry-After", "429 with limits", "429 bare", "500", "hangs", "cut", "no JSON", "wrong schema", "twice",
    "stall", "401",
)  # fmt: skip


class Server:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.slots = asyncio.Semaphore(options.slots)
        self.answered: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.by_key: dict[str, list[str]] = defaultdict(list)
        self.most = self.now = 0
        self.rng = random.Random(options.seed)

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self.exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest if each)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if line.startswith("GET /log"):
            found = {"answered": self.answered, "faults": self.faults, "most": self.most}
            send(writer, 200, json.dumps(found).encode())
            return True
        key = headers.get("idempotency-key", "")
        async with self.slots:
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await asyncio.sleep(max(0.0, self.rng.gauss(self.options.mean_s, self.options.spread_s)))
                return await self.reply(key, body, writer)
            finally:
                self.now -= 1

    async def reply(self, key: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        fault = self.rng.choice(FAULTS) if self.rng.random() < self.options.faults else ""
        self.by_key[key].append(fault)
        if fault:
            self.faults[fault] += 1
            return await self.fail(fault, key, body, writer)
        self.answered[key] += 1
        send(writer, 200, completion(key, body))
        await writer.drain()
        return True

    async def fail(self, fault: str, key: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        good = completion(key, body)
        refusal = b'{"error": {"message": "not now"}}'
        if fault == "429 with Retry-After":
            send(writer, 429, refusal, "Retry-After: 0.2")
        elif fault == "429 with limits":
            limits = {"limit": "60000", "remaining": "0", "reset": "150ms"}
            more = "\r\n".join(f"x-ratelimit-{name}-requests: {value}" for name, value in limits.items())
            send(writer, 429, refusal, more)
        elif fault in ("429 bare", "500", "401"):
            send(writer, int(fault[:3]), refusal)
        elif fault == "hangs":
            return False
        elif fault == "cut":
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(good)}\r\n\r\n".encode() + good[: len(good) // 2])
            await writer.drain()
            return False
        elif fault == "no JSON":
            send(writer, 200, b"<html>" + good)
        elif fault == "wrong schema":
            send(writer, 200, completion(key, body, '{"rows": "none"'))
        elif fault == "twice":
            self.answered[key] += 1
            send(writer, 200, good + good)
        elif fault == "stall":
            await asyncio.sleep(self.options.stall_s)
            self.answered[key] += 1
            send(writer, 200, good)
        await writer.drain()
        return True


def send(writer: asyncio.StreamWriter, status: int, body: bytes, more: str = "X-Served-By: loopback") -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


def completion(key: str, body: bytes, content: str | None = None) -> bytes:
    content = content or json.dumps({"key": key, "rows": ["word " * 80]})
    usage = {"prompt_tokens": len(body) // 4, "completion_tokens": len(content) // 4}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mean-s", type=float, default=0.5)
    parser.add_argument("--spread-s", type=float, default=0.2)
    parser.add_argument("--stall-s", type=float, default=30.0)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    here = Server(parser.parse_args())
    serving = await asyncio.start_server(here.connection, "127.0.0.1", here.options.port)
    print(serving.sockets[0].getsockname()[1], flush=True)
    async with serving:
        await serving.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
