"""A real server on loopback that speaks the OpenAI protocol, well or badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What the server says to one request; `body` is sent as it is, with `drip_s` one byte after the other."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    drip_s: float = 0.0


class Remote:
    """What the server was asked, and where it is."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.spec = f"test-model@{self.url}"
        self.requests: list[dict] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()


def says(content: object, **choice: object) -> Reply:
    """A chat completion with this content."""
    message = {"role": "assistant", "content": content, **choice.pop("message", {})}
    choices = [{"index": 0, "finish_reason": "stop", "message": message, **choice}]
    return Reply(json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}))


def refuses(status: int, message: str = "no", headers: dict[str, str] | None = None, **error: object) -> Reply:
    """An error as such servers word it."""
    body = json.dumps({"error": {"message": message, **error}})
    return Reply(body, status, {"Content-Type": "application/json", **(headers or {})})


@contextmanager
def remote(reply: Callable[[dict, int], Reply]) -> Iterator[Remote]:
    """Serves `reply(request, number of the request)` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with here.lock:
                here.requests.append(request)
                here.keys.append(self.headers.get("Authorization", ""))
                number = len(here.requests)
            right_path = self.path == "/v1/chat/completions"
            answer = reply(request, number) if right_path else refuses(404, f"no {self.path}")
            body = answer.body.encode("utf-8", "surrogatepass")
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for part in [body[n : n + 1] for n in range(len(body))] if answer.drip_s else [body]:
                    self.wfile.write(part)
                    time.sleep(answer.drip_s)
            except OSError:
                pass  # who asked has gone

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # more connections at once than 5, which would otherwise wait for seconds

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here = Remote(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def last_word(request: dict) -> str:
    """What the last message of a request says."""
    return request["messages"][-1]["content"]
