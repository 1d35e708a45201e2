"""The Batch API, against a server that has one: submit, come back, collect."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asking import has_rows, numbered

from forklift.build.llm import batch
from forklift.build.llm.batch import parts_of, through_batch
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.store import Reply, Store
from forklift.errors import ConfigError, EndpointError, UnfinishedError
from forklift.records import Failure
from remote import remote, says


class BatchServer:
    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.batches: dict[str, dict] = {}
        self.status = "in_progress"
        self.spec = ""

    def finish(self, answer, status="completed") -> None:
        """Ends every batch; answer(request) is a line's response."""
        for one in self.batches.values():
            lines = [json.loads(line) for line in self.files[one["input_file_id"]].splitlines()]
            done = [{"custom_id": line["custom_id"], "response": answer(line["body"])} for line in lines]
            good = [json.dumps(line) for line in done if line["response"]]
            self.files[f"{one['id']}-out"] = "\n".join(reversed(good))
            one |= {"status": status, "output_file_id": f"{one['id']}-out"}


@contextmanager
def batch_server() -> Iterator[BatchServer]:
    here = BatchServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/files":
                name = f"file-{len(here.files)}"
                here.files[name] = body.split(b"\r\n\r\n")[-1].split(b"\r\n--")[0].decode()
                for part in body.split(b"--" + self.headers["Content-Type"].partition("boundary=")[2].encode()):
                    if b"filename" in part:
                        here.files[name] = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n").decode()
                return self.send(
                    {
                        "id": name,
                        "object": "file",
                        "bytes": 1,
                        "created_at": 1,
                        "filename": "f",
                        "purpose": "batch",
                        "status": "processed",
                    }
                )
            name = f"batch-{len(here.batches)}"
            here.batches[name] = json.loads(body) | {
                "id": name,
                "object": "batch",
                "status": "in_progress",
                "created_at": 1,
            }
            return self.send(here.batches[name])

        def do_GET(self) -> None:
            parts = self.path.partition("?")[0].split("/")
            if parts[2:] == ["batches"]:
                return self.send({"object": "list", "data": [*here.batches.values()], "has_more": False})
            if parts[2] == "batches":
                return self.send(here.batches[parts[3]])
            return self.send(here.files[parts[3]])

        def send(self, body: object) -> None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.spec = f"model@http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()


def good(body):
    content = json.dumps({"rows": [body["messages"][0]["content"]]})
    return {
        "status_code": 200,
        "body": json.loads(says(content).body) | {"usage": {"prompt_tokens": 10, "completion_tokens": 10}},
    }


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "teacher.sqlite") as store:
        yield store


def ask(server, requests, store, **options):
    got = {}
    teacher = parse_teacher(f"{server.spec}#in=1,out=1")
    through_batch(
        teacher, requests, store, has_rows, lambda r, came: got.__setitem__(r.key, came), [].append, **options
    )
    return [got[request.key] for request in requests]


def test_requests_are_submitted_waited_for_and_collected_once(store):
    requests = numbered(5)
    with batch_server() as server:
        with pytest.raises(UnfinishedError, match="submitted 5 requests to model as batch-0"):
            ask(server, requests, store)
        with pytest.raises(UnfinishedError, match=r"waiting for batch-0 \(in_progress\)"):
            ask(server, requests, store)
        server.finish(good)
        came = ask(server, requests, store)
        assert [json.loads(one.text)["rows"] for one in came] == [[f"request {n}"] for n in range(5)]
        assert ask(server, requests, store) == came
        assert len(server.batches) == 1
    assert store.spent_usd() == pytest.approx(5 * 20 / 1e6 / 2)


def test_a_kill_between_submitting_and_noting_it_submits_nothing_twice(store, monkeypatch):
    note = Store.note_batch

    def dying(self, name, model, url, state):
        if state == "submitted":
            raise KeyboardInterrupt
        note(self, name, model, url, state)

    with batch_server() as server:
        monkeypatch.setattr(Store, "note_batch", dying)
        with pytest.raises(KeyboardInterrupt):
            ask(server, numbered(3), store)
        monkeypatch.setattr(Store, "note_batch", note)
        with pytest.raises(UnfinishedError, match="waiting for batch-0"):
            ask(server, numbered(3), store)
        assert len(server.batches) == 1


def test_what_an_expired_batch_did_not_do_is_submitted_again(store):
    requests = numbered(4)
    with batch_server() as server:
        with pytest.raises(UnfinishedError):
            ask(server, requests, store)
        server.finish(lambda body: good(body) if body["messages"][0]["content"] != "request 2" else None, "expired")
        with pytest.raises(UnfinishedError, match="submitted 1 requests"):
            ask(server, requests, store)
        server.finish(good)
        assert all(isinstance(one, Reply) for one in ask(server, requests, store))


def test_a_reply_that_cannot_be_used_is_a_failure_and_not_asked_for_ever(store):
    requests = numbered(2)
    with batch_server() as server:
        with pytest.raises(UnfinishedError):
            ask(server, requests, store)
        bad = {"status_code": 200, "body": json.loads(says("no").body)}
        server.finish(lambda body: good(body) if body["messages"][0]["content"] == "request 0" else bad)
        came = ask(server, requests, store)
    assert isinstance(came[0], Reply)
    assert came[1] == Failure("no rows")


def test_a_batch_that_may_cost_more_than_the_budget_is_not_submitted(store):
    with batch_server() as server:
        with pytest.raises(ConfigError, match="raise --budget-usd"):
            ask(server, numbered(1000, max_tokens=1000), store, budget_usd=0.01)
        assert not server.batches


def test_large_sets_are_cut_into_batches(monkeypatch):
    monkeypatch.setattr(batch, "MOST_REQUESTS", 3)
    parts = list(parts_of(numbered(7), parse_teacher("gpt-4.1-mini")))
    assert [len(requests) for requests, _ in parts] == [3, 3, 1]
    assert all(file.count(b"\n") == len(requests) for requests, file in parts)


def test_a_server_without_batches_is_one_clear_line(store):
    refused = pytest.raises(EndpointError, match="does not do batches")
    with remote(lambda request, number: says("yes")) as server, refused:
        through_batch(parse_teacher(server.spec), numbered(1), store, has_rows, print, print)
