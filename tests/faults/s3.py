"""An S3 of the test's own on loopback, and a network before it that fails, is slow or is down, as a test asks for it."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stiltsreport.store.objects import Objects

BUCKET = "studies"
URL = f"s3://{BUCKET}/store"


@dataclass
class Network:
    """Forwards requests to a server: every `fails`-th is torn or refused, each waits `seconds`."""

    server: str
    fails: int = 0
    seconds: float = 0.0
    count: int = 0
    failed: int = 0
    lock: Any = field(default_factory=threading.Lock)

    def fault(self) -> bool:
        with self.lock:
            self.count += 1
            broken = bool(self.fails) and self.count % self.fails == 0
            self.failed += broken
        time.sleep(self.seconds)
        return broken


def _handler(network: Network) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def forward(self) -> None:
            body = self.body()
            if network.fault():
                if network.failed % 2:
                    self.close_connection = True  # torn: no answer at all
                    return
                self.answer(503, {}, b"<Error><Code>ServiceUnavailable</Code></Error>")
                return
            connection = http.client.HTTPConnection(network.server, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("transfer-encoding", "content-length")}
            connection.request(self.command, self.path, body or None, headers | {"Content-Length": str(len(body))})
            answer = connection.getresponse()
            content = answer.read()
            self.answer(answer.status, dict(answer.getheaders()), content)
            connection.close()

        def body(self) -> bytes:
            if self.headers.get("Expect", "").lower() == "100-continue":
                pass  # http.server has answered it
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                found = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return found
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            length = next((value for name, value in headers.items() if name.lower() == "content-length"), str(len(content)))
            self.send_header("Content-Length", length if self.command == "HEAD" else str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = forward  # noqa: N815 - as http.server calls them

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked was killed."""


@contextlib.contextmanager
def network_to(server: str) -> Iterator[tuple[Network, str]]:
    """A network to that server, and the address that leads through it."""
    network = Network(server)
    proxy = _Server(("127.0.0.1", 0), _handler(network))
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield network, f"http://127.0.0.1:{proxy.server_address[1]}"
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


def environment(address: str) -> dict[str, str]:
    """What a process needs to find it, and to be let in."""
    return {
        "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "not-a-real-secret-42",
        "AWS_DEFAULT_REGION": "us-east-1", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip


def objects(address: str) -> Objects:
    """The store's objects, past the network."""
    import s3fs

    filesystem = s3fs.S3FileSystem(
        key="testing", secret="testing", client_kwargs={"endpoint_url": address, "region_name": "us-east-1"}, use_listings_cache=False,
        skip_instance_cache=True,
    )  # fmt: skip
    return Objects(URL, filesystem)
