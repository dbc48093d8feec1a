"""A Hub of data sets on this computer's loopback: the few answers that huggingface_hub asks of the real one."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

_LARGE = (".safetensors", ".bin", ".parquet")  # kept by git-lfs


@dataclass
class Repository:
    """A data set or model: its commit is made of its files, so that another content is another commit."""

    files: Mapping[str, bytes]
    commit: str = ""

    def __post_init__(self) -> None:
        content = b"".join(name.encode() + data for name, data in sorted(self.files.items()))
        self.commit = self.commit or hashlib.sha1(content).hexdigest()


@dataclass
class Hub:
    """What the server holds, and what it was asked."""

    datasets: dict[str, Repository] = field(default_factory=dict)
    models: dict[str, Repository] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    faults: list[str] = field(default_factory=list)  # of the next downloads, one each: drop, stall, truncate, or an HTTP status
    patient: float = 3.0  # seconds that a stalled answer takes
    ranges: list[str] = field(default_factory=list)  # what was asked for by its place in a file
    instead: dict[str, bytes] = field(default_factory=dict)  # contents that are sent for files of these names, under their own checksums
    echo: bool = False  # errors repeat the headers that they were asked with, as a careless proxy does

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.asked.append(path)
        parts = [urllib.parse.unquote(part) for part in path.split("?", maxsplit=1)[0].strip("/").split("/")]
        if parts[0] == "api":
            shelf, name, rest = (self.datasets if parts[1] == "datasets" else self.models), "/".join(parts[2:4]), parts[4:]
        elif parts[0] == "datasets":
            shelf, name, rest = self.datasets, "/".join(parts[1:3]), parts[3:]
        else:
            shelf, name, rest = self.models, "/".join(parts[:2]), parts[2:]
        if name not in shelf:
            return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"
        found = shelf[name]
        revision = rest[1] if len(rest) > 1 else "main"
        if revision not in ("main", found.commit):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        if parts[0] == "api":
            if rest[:1] == ["tree"]:
                tree = [_entry(file, data) for file, data in found.files.items()]
                return 200, {"Content-Type": "application/json"}, json.dumps(tree).encode()
            about = {
                "id": name,
                "sha": found.commit,
                "private": False,
                "downloads": 0,
                "tags": [],
                "siblings": [{"rfilename": file} for file in found.files],
            }
            return 200, {"Content-Type": "application/json"}, json.dumps(about).encode()
        file = "/".join(rest[2:])
        if rest[:1] != ["resolve"] or file not in found.files:
            return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": found.commit}, b""
        data = found.files[file]
        return (
            200,
            {"X-Repo-Commit": found.commit, "ETag": f'"{etag(file, data)}"', "Content-Type": "application/octet-stream"},
            self.instead.get(file, data),
        )


def etag(file: str, data: bytes) -> str:
    """A file's name in the cache, as the Hub gives it: sha256 of what git-lfs keeps, git's own sha1 of the rest."""
    return hashlib.sha256(data).hexdigest() if file.endswith(_LARGE) else _git(data)


def _git(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _entry(file: str, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": file, "size": len(data), "oid": _git(data)}
    if file.endswith(_LARGE):
        entry["lfs"] = {"oid": etag(file, data), "size": len(data), "pointerSize": 134}
    return entry


@contextmanager
def serve() -> Iterator[Hub]:
    """A Hub that answers until the block ends."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        held: ClassVar[Hub] = hub

        def respond(self, with_body: bool) -> None:
            status, headers, body = self.held.answer(self.path)
            fault = self.held.faults.pop(0) if self.held.faults else ""
            if fault == "drop":
                self.close_connection = True
                return
            if fault == "stall":
                time.sleep(self.held.patient)
            if fault.isdecimal():
                said = f"sorry, {self.headers}" if self.held.echo else "sorry"
                status, headers, body = int(fault), {"X-Error-Message": " ".join(said.split())}, said.encode()
            begin = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
            if begin.isdecimal() and status == 200:
                self.held.ranges.append(begin)
                status, headers = 206, {**headers, "Content-Range": f"bytes {begin}-{len(body) - 1}/{len(body)}"}
                body = body[int(begin) :]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body and fault == "truncate":
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            elif with_body:
                self.wfile.write(body)

        def do_GET(self) -> None:
            self.respond(with_body=True)

        def do_HEAD(self) -> None:
            self.respond(with_body=False)

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
