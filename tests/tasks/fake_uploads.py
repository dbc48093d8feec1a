"""A Hub on this computer's loopback that takes uploads: create, preupload, large files by Git LFS, commit, as huggingface_hub asks for them."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class UploadHub:
    """What the server holds: `repositories` by name, their files by path; `sent` are the large files that it was sent, each time."""

    token: str = ""  # the one that may write
    address: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    faults: dict[str, list[int]] = field(default_factory=dict)  # word of a path -> statuses of the next requests with it

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        fault = next((statuses.pop(0) for word, statuses in self.faults.items() if word in path and statuses), None)
        if fault is not None:
            return fault, {"error": f"sorry, {headers}"}
        if path.startswith("/large/"):  # signed addresses ask for no token
            return self._keep(path.removeprefix("/large/"), body)
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": f"Invalid username or password, {headers}"}
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            self.cards.append(json.loads(body)["content"])
            return 200, {"errors": [], "warnings": []}
        return 200, self._of_repository(path, body)

    def _create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        name = f"{asked['organization']}/{asked['name']}"
        found = name in self.repositories
        self.repositories.setdefault(name, {})
        self.private[name] = asked.get("visibility") == "private"
        return (409 if found else 200), {"url": f"{self.address}/{name}", "name": name, "id": name}

    def _keep(self, name: str, body: bytes) -> tuple[int, Any]:
        if hashlib.sha256(body).hexdigest() != name:
            return 400, {"error": "another file"}
        self.sent.append(name)
        self.large[name] = body
        return 200, {}

    def _of_repository(self, path: str, body: bytes) -> Any:
        parts = path.strip("/").split("/")
        name = "/".join(parts[2:4]) if parts[0] == "api" else path.strip("/").partition(".git/")[0]
        files = self.repositories[name]
        if "preupload" in path:
            return {"files": [self._mode(files, one) for one in json.loads(body)["files"]]}
        if path.endswith("/objects/batch"):
            return {"transfer": "basic", "objects": [self._action(one) for one in json.loads(body)["objects"]]}
        if "/commit/" in path:
            return self._commit(name, body)
        return {"id": name, "sha": "0" * 40, "private": True, "tags": [], "siblings": []}

    def _mode(self, files: dict[str, bytes], asked: dict[str, Any]) -> dict[str, Any]:
        data = files.get(asked["path"])
        large = asked["path"].endswith(".safetensors")
        oid = None
        if data is not None:
            oid = hashlib.sha256(data).hexdigest() if large else hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        return {"path": asked["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

    def _action(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["oid"] in self.large:
            return dict(asked)
        return {**asked, "actions": {"upload": {"href": f"{self.address}/large/{asked['oid']}"}}}

    def _commit(self, name: str, body: bytes) -> Any:
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                self.repositories[name][value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                self.repositories[name][value["path"]] = self.large[value["oid"]]  # which has to have been sent
        return {"commitUrl": f"{self.address}/{name}/commit/{'1' * 40}", "commitOid": "1" * 40, "pullRequestUrl": None}


@contextmanager
def serve_uploads(token: str) -> Iterator[UploadHub]:
    """One that answers until the block ends."""
    hub = UploadHub(token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        held: ClassVar[UploadHub] = hub

        def respond(self) -> None:
            status, said = self.held.answer(
                self.command, self.path.partition("?")[0], self.content(), {name.lower(): value for name, value in self.headers.items()}
            )
            body = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            if status >= 400:
                self.send_header("X-Error-Message", " ".join(str(said.get("error", "")).split()))
            self.end_headers()
            self.wfile.write(body)

        def content(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = b""
            while size := int(self.rfile.readline().strip(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        do_GET = do_POST = do_PUT = respond  # noqa: N815 - as the library calls them

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
