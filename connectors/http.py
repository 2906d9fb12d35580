"""The one way out of the house: every request to another system leaves through `HttpClient`.

Nothing else imports `requests`. A request is judged by address, time, size and redirect before its answer is
handed on, and every failure arrives as one of `connectors.errors`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from connectors.answers import HttpAnswer, lost, refusal
from connectors.auth import Authenticator, NoAuth
from connectors.errors import ConnectorError, Fatal
from connectors.guard import Guard, checked_base_url
from connectors.traffic import BeforeSend, Caps, Observer, Outgoing, Sent
from connectors.wire import Exchange, guarded_pools, under_way

USER_AGENT = "finance-sync/1"
_OWN_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
_CHUNK = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 3
_encode = msgspec.json.Encoder().encode  # Decimals leave as strings


@dataclass
class HttpClient:
    """`connectors.base.Client` for one base URL. Safe to share between threads; keeps connections alive."""

    base_url: str
    auth: Authenticator = field(default_factory=NoAuth)
    caps: Caps = field(default_factory=Caps)
    guard: Guard = field(default_factory=Guard)
    ca_bundle: str | bool = True  # path of a PEM file where a company signs its own certificates
    connections: int = 8  # requests under way at once; more wait for their turn
    before_send: list[BeforeSend] = field(default_factory=list)
    observers: list[Observer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base_url = checked_base_url(self.base_url, insecure=self.guard.allow_loopback)
        self.host = urlsplit(self.base_url).netloc
        self._session = _session(self.connections)
        self._slots = BoundedSemaphore(self.connections)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> HttpAnswer:
        """Sends and returns the answer, or raises what `connectors.base.Client` promises."""
        own = dict(_OWN_HEADERS)
        if json is not None:
            content, own["Content-Type"] = _encode(json), "application/json"
        prepare = partial(_prepared, method, self._url(path), params, content, own | dict(headers or {}))
        credentials = self.auth.headers()
        answer = self._follow(prepare(credentials), writes)
        if answer.status in (401, 403) and self.auth.renew(credentials):
            answer = self._follow(prepare(self.auth.headers()), writes)
        if (error := refusal(answer)) is not None:
            raise error
        return answer

    def close(self) -> None:
        """Closes the kept connections."""
        self._session.close()

    def _url(self, path: str) -> str:
        segments = path.partition("?")[0].split("/")
        if not path.startswith("/") or path.startswith("//") or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"not a path below the base URL: {path[:80]!r}")
        return self.base_url + path

    def _follow(self, request: requests.PreparedRequest, writes: bool) -> HttpAnswer:
        """One request and, for reads, its redirects within the same origin."""
        for _ in range(_MAX_REDIRECTS + 1):
            with self._slots:
                answer = self._observed(request, writes)
            if answer.status not in _REDIRECTS:
                return answer
            request.url = self._redirect_target(str(request.url), answer)
        raise answer.broken(f"{self.host} redirects in a circle. Check the address of the connection.")

    def _redirect_target(self, url: str, answer: HttpAnswer) -> str:
        target = urljoin(url, answer.headers.get("Location", ""))
        here, there = urlsplit(url), urlsplit(target)
        if answer.writes or (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise answer.broken(
                f"{self.host} sends requests on to {there.scheme}://{there.netloc}. "
                "If that is right, enter that address in the connection."
            )
        return target

    def _observed(self, request: requests.PreparedRequest, writes: bool) -> HttpAnswer:
        """Asks the hooks, sends once, tells the observers how it ended."""
        method, path = str(request.method), str(urlsplit(str(request.url)).path)
        for hook in self.before_send:
            hook(Outgoing(method, path, writes, self.caps.total_seconds))
        started, answer, error = time.monotonic(), None, None
        try:
            answer = self._send(request, writes)
            error = refusal(answer)
            return answer
        except ConnectorError as raised:
            error = raised
            raise
        finally:
            seconds, status, size = time.monotonic() - started, None, 0
            if answer is not None:
                status, size = answer.status, len(answer.content)
            for observer in self.observers:
                observer(Sent(method, path, writes, status, seconds, size, error))

    def _send(self, request: requests.PreparedRequest, writes: bool) -> HttpAnswer:
        caps = self.caps
        deadline = time.monotonic() + caps.total_seconds
        exchange = Exchange(self.guard, deadline, caps.connect_seconds, caps.read_seconds)
        options: dict[str, Any] = {"stream": True, "allow_redirects": False, "timeout": caps.read_seconds}
        with (
            under_way(exchange),
            self._translated(exchange, writes),
            self._session.send(request, verify=self.ca_bundle, **options) as response,
        ):
            return self._read(response, writes)

    def _read(self, response: requests.Response, writes: bool) -> HttpAnswer:
        pieces, size, most = [], 0, self.caps.answer_bytes
        for piece in response.raw.stream(_CHUNK, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                break
        content = b"".join(pieces) if size <= most else b""
        answer = HttpAnswer(response.status_code, response.headers, content, self.host, writes)
        if size > most:
            raise answer.broken(f"{self.host} answered with more than {most // 1_000_000} MB. It was cut off.")
        return answer

    @contextmanager
    def _translated(self, exchange: Exchange, writes: bool) -> Iterator[None]:
        """Failures of the transport as errors by what to do next; what was never sent was never written."""
        try:
            yield
        except (requests.RequestException, HTTPError, OSError) as error:
            sentence, detail = f"{self.host} {_fault(error)}.", f"{type(error).__name__}: {error}"
            raise lost(sentence, writes=writes and exchange.sent, detail=detail) from error


def _fault(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, TimeoutError | ReadTimeoutError):
            return "did not answer in time"
        if isinstance(error, DecodeError):
            return "answered with damaged compression"
        error = error.__cause__ or error.__context__
    return "broke off the connection before its answer was complete"


def _prepared(
    method: str,
    url: str,
    params: Sequence[tuple[str, str]],
    body: bytes | None,
    own: Mapping[str, str],
    credentials: Mapping[str, str],
) -> requests.PreparedRequest:
    request, headers = requests.PreparedRequest(), {**own, **credentials}
    try:
        "".join(headers.values()).encode("latin-1")
        request.prepare(method=method, url=url, params=list(params), data=body, headers=headers)
    except (requests.RequestException, UnicodeError) as error:
        sentence = "The address or a key of this connection contains characters that cannot be sent."
        raise Fatal(f"{sentence} Enter it again.", detail=type(error).__name__) from None
    return request


class _GuardedAdapter(HTTPAdapter):
    """requests' adapter over pools whose sockets pass the guard."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = guarded_pools(self._connections)


def _session(connections: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _GuardedAdapter(connections))
    return session
