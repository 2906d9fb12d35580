"""A proxy in front of a real system that loses answers, so that the system's own behaviour stays as it is."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

Mischief = Literal["", "drop before", "drop after", "error after", "drop", "html", "truncated", "slow down", "error"]
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "content-encoding", "host"}


class Proxy:
    """`mischief` is what happens to requests; the "before" and "after" kinds strike requests that write."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.host, self.prefix = parts.netloc, parts.path
        self.url = ""
        self.mischief: Mischief = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[Proxy]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mischief, reads = self.proxy.mischief, self.command in ("GET", "HEAD")
        if mischief in _ANSWERS:
            return self._answer(*_ANSWERS[mischief])
        if mischief == "drop" or (mischief == "drop before" and not reads):
            self.close_connection = True
            return None
        status, headers, content = self._forward(body)
        if reads or not mischief:
            return self._answer(status, headers, content)
        if mischief == "error after":
            return self._answer(500, [], b"")
        self.close_connection = True
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.proxy.host, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        headers["Accept-Encoding"] = "identity"
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), content

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what it does is what a test asked for."""


_JSON, _HTML = [("Content-Type", "application/json")], [("Content-Type", "text/html")]
_ANSWERS: dict[str, tuple[int, list[tuple[str, str]], bytes]] = {
    "html": (200, _HTML, b"<html><title>Please sign in</title></html>"),
    "truncated": (200, _JSON, b'{"records": [{"id": "1", "na'),
    "slow down": (429, [("Retry-After", "7")], b""),
    "error": (503, _HTML, b"<html><title>Back soon</title></html>"),
}


@contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    """A proxy in front of the system at `target`, on a free port of this machine."""
    proxy = Proxy(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Handler,), {"proxy": proxy}))
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}{proxy.prefix}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
