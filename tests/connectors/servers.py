"""A real HTTP server on a free port that behaves as badly as a test asks it to."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """One request as it reached the server."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[["Request"], None]


@dataclass
class BadServer:
    """`behave` maps a path (without query) to what happens there; `seen` is what arrived."""

    url: str = ""
    port: int = 0
    behave: dict[str, Behaviour] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


class Request(BaseHTTPRequestHandler):
    """The server's side of one request, with shortcuts for answers."""

    protocol_version = "HTTP/1.1"
    world: BadServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.world.seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        self.world.behave[self.path.partition("?")[0]](self)

    do_GET = do_POST = do_PUT = _any

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the test output clean."""

    def reply(self, content: bytes = b"{}", status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def start(self, *headers: tuple[str, str], kind: str = "application/json") -> None:
        """Status line and headers of an answer whose body the test writes itself."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def drop(self) -> None:
        """Closes the connection without an answer."""
        self.close_connection = True


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that a test cuts are expected."""


@contextmanager
def bad_server(tls: ssl.SSLContext | None = None) -> Iterator[BadServer]:
    world = BadServer()
    server = _QuietServer(("127.0.0.1", 0), type("_Request", (Request,), {"world": world}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    world.port = server.server_address[1]
    world.url = f"{'https' if tls else 'http'}://localhost:{world.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
