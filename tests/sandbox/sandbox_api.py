"""A client of the stand-in for its tests, with nothing between it and the wire."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.launch import Control


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Api:
    """A client of the stand-in that hides nothing: one connection per call, raw answers."""

    base_url: str
    control: Control
    token: str = "stand-in-token"
    timeout: float = 10.0
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] = {}, **query: Any) -> Reply:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        target = path + (f"?{urlencode(query)}" if query else "")
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=self.timeout)
        sent = {"Authorization": f"Bearer {self.token}", **self.headers, **headers}
        try:
            connection.request(method, target, data, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        reply = self.call(method, f"/api/v1{path}", body, **query)
        assert reply.status < 300, reply.content
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str, str | None]:
        reply = self.call(method, f"/api/v1{path}", body, **query)
        assert reply.status >= 400, reply.content
        error = reply.json()["error"]
        return reply.status, error["message"], error["field"]

    def everything(self, path: str, **query: Any) -> list[Any]:
        found: list[Any] = []
        token = None
        while True:
            page = self.ok("GET", path, **query, **({"pageToken": token} if token else {}))
            found += page["data"]
            if (token := page["nextPageToken"]) is None:
                return found
