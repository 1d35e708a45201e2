"""A small real server that speaks the endpoints of the Hugging Face Hub which uploads use."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_the_secret_of_the_user"
LFS = (".safetensors", ".sqlite", ".parquet", ".gguf")


class Hub:
    """What the server holds. `fails(method, path)` gives the status that a request gets instead of its answer."""

    def __init__(self) -> None:
        self.url = ""
        self.repositories: dict[str, dict] = {}  # "models/me/shop" -> private, sdk, files
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.fails: Callable[[str, str], int | None] = lambda method, path: None

    def files(self, name: str) -> dict[str, bytes]:
        return self.repositories[name]["files"]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((method, path))
        status = self.hub.fails(method, path)
        is_object = path.startswith("/objects/")
        if status is None and not is_object and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status = 401
        if status is not None:
            self._send(status, {"error": "refused by the test"})
            return
        self._send(*self._route(method, path, body))

    def _send(self, status: int, data: object) -> None:
        content = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _route(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        parts = path.strip("/").split("/")
        if path == "/api/whoami-v2":
            return 200, {"name": "me", "type": "user", "orgs": []}
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            said = json.loads(body)["content"]
            return (
                (200, {"warnings": []}) if said.startswith("---\n") else (400, {"errors": [{"message": "no metadata"}]})
            )
        if parts[0] == "objects" and method == "PUT":
            if hashlib.sha256(body).hexdigest() != parts[1]:
                return 400, {"error": "another content"}
            self.hub.objects[parts[1]] = body
            return 200, {}
        if path.endswith(".git/info/lfs/objects/batch"):
            return 200, {"transfer": "basic", "objects": [self._object(one) for one in json.loads(body)["objects"]]}
        if parts[0] == "api" and len(parts) == 4:
            key = "/".join(parts[1:])
            return (200, {"id": "/".join(parts[2:])}) if key in self.hub.repositories else (404, {"error": "not there"})
        if parts[0] == "api" and parts[4] == "preupload":
            files = [self._mode(file["path"]) for file in json.loads(body)["files"]]
            return 200, {"files": files}
        if parts[0] == "api" and parts[4] == "tree":
            held = self.hub.files("/".join(parts[1:4]))
            return 200, [{"type": "file", "path": p, "size": len(c), "oid": "0" * 40} for p, c in held.items()]
        if parts[0] == "api" and parts[4] == "commit":
            return self._commit("/".join(parts[1:4]), [json.loads(line) for line in body.splitlines()])
        return 404, {"error": f"no {path} here"}

    def _create(self, asked: dict) -> tuple[int, object]:
        owner = asked.get("organization") or "me"
        key = f"{asked.get('type') or 'model'}s/{owner}/{asked['name']}"
        prefix = "" if key.startswith("models/") else f"{key.partition('/')[0]}/"
        url = {"url": f"{self.hub.url}/{prefix}{owner}/{asked['name']}"}
        if key in self.hub.repositories:
            return 409, {"error": "there already", **url}
        private = asked.get("visibility") == "private"
        self.hub.repositories[key] = {"private": private, "sdk": asked.get("sdk"), "files": {}, "commits": 0}
        return 200, url

    def _mode(self, path: str) -> dict:
        mode = "lfs" if path.endswith(LFS) else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": False}

    def _object(self, asked: dict) -> dict:
        known = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] in self.hub.objects:
            return known
        return {**known, "actions": {"upload": {"href": f"{self.hub.url}/objects/{asked['oid']}"}}}

    def _commit(self, key: str, lines: list[dict]) -> tuple[int, object]:
        repository = self.hub.repositories[key]
        files = dict(repository["files"])
        for line in lines:
            value = line["value"]
            if line["key"] == "deletedFile":
                files.pop(value["path"])
            elif line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
        repository.update(files=files, commits=repository["commits"] + 1)
        return 200, {"commitUrl": f"{self.hub.url}/{key}/commit/{'1' * 40}", "commitOid": "1" * 40}


@contextmanager
def hub_server() -> Iterator[Hub]:
    """A running hub on a free port of loopback."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
