"""The sockets under the HTTP client: connected to checked addresses only, read against one deadline.

urllib3 checks a time-out per receive and resolves a name itself; here the whole exchange has one deadline,
and the address that was judged is the one that is called. What fails before `sent` provably wrote nothing.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, cast

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import SSLError

from connectors.errors import ConnectorError, Fatal, Retryable
from connectors.guard import Guard


@dataclass
class Exchange:
    """One request under way on this thread. `deadline` is in seconds of `time.monotonic`."""

    guard: Guard
    deadline: float
    connect_seconds: float
    read_seconds: float
    sent: bool = False

    def remaining(self, at_most: float) -> float:
        """Seconds the next socket operation may take; raises TimeoutError when the deadline has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole answer is used up")
        return min(left, at_most)


_thread = threading.local()


@contextmanager
def under_way(exchange: Exchange) -> Iterator[Exchange]:
    """Makes the exchange known to the sockets used by this thread."""
    _thread.exchange = exchange
    try:
        yield exchange
    finally:
        del _thread.exchange


def _current() -> Exchange:
    return cast(Exchange, _thread.exchange)


class _DeadlineReader(io.RawIOBase):
    """A socket as a raw file whose every receive gets what is left of the exchange's time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = cast(io.RawIOBase, sock.makefile("rb", buffering=0))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        exchange = _current()
        self._sock.settimeout(exchange.remaining(exchange.read_seconds))
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """Gives `http.client` the one thing it takes from a socket, a buffered reader, with our deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._sock), 65536)


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(cast(socket.socket, _DeadlineSocket(sock)), *args, **kwargs)


class _Guarded:
    """What both schemes share: connect to a checked address, note the moment the first byte leaves."""

    response_class: Any = _Response

    def _new_conn(self: Any) -> socket.socket:
        exchange, failure = _current(), "no address"
        for family, address in exchange.guard.addresses(self._dns_host, self.port):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(exchange.remaining(exchange.connect_seconds))
                sock.connect(address)
                return sock
            except OSError as error:
                sock.close()
                failure = f"{type(error).__name__}: {error}"
        sentence = f"{self.host} cannot be reached on port {self.port}. Nothing was sent."
        raise Retryable(sentence, detail=failure)

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _current().sent = True
        super().send(data)  # type: ignore[misc]


class _GuardedHTTP(_Guarded, HTTPConnection):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (SSLError, ssl.SSLError, OSError) as error:
            raise tls_failure(self.host, error) from error


def tls_failure(host: str, error: Exception) -> ConnectorError:
    """A failed handshake as a sentence: a wrong certificate needs a person, a broken-off one may pass."""
    cause = error.args[0] if isinstance(error, SSLError) and error.args else error
    detail = str(cause)
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE_FAULTS.get(cause.verify_code, "cannot be verified")
        return Fatal(f"The certificate of {host} {reason}. Nothing was sent.", detail=detail)
    if isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS:
        return Fatal(f"{host} does not speak TLS on this port. Check address and port.", detail=detail)
    return Retryable(f"The secure connection to {host} could not be set up. Nothing was sent.", detail=detail)


_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE")
_CERTIFICATE_FAULTS = {  # OpenSSL's X509_V_ERR_* numbers
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by an authority that is not trusted",
    20: "is signed by an authority that is not trusted",
    21: "is signed by an authority that is not trusted",
    62: "belongs to another host",
    64: "belongs to another address",
}


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


def guarded_pools(connections: int) -> PoolManager:
    """Keep-alive pools whose every new socket passes the guard of the exchange that opens it."""
    pools = PoolManager(num_pools=4, maxsize=connections)
    pools.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return pools
