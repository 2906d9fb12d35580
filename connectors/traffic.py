"""The bounds of a request, and what those who watch or hold back requests are told about each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.errors import ConnectorError


@dataclass(frozen=True)
class Caps:
    """Bounds of one request. `total_seconds` is the longest it can take, whatever the other side does."""

    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    total_seconds: float = 25.0
    answer_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True)
class Outgoing:
    """A request about to leave. `total_seconds` is how long it may take: a lease must last longer."""

    method: str
    path: str  # without its query
    writes: bool
    total_seconds: float


@dataclass(frozen=True)
class Sent:
    """How one request ended. `status` is None where no answer came; `error` is what the caller will see."""

    method: str
    path: str
    writes: bool
    status: int | None
    seconds: float
    answer_bytes: int
    error: ConnectorError | None


BeforeSend = Callable[[Outgoing], None]  # may wait, or raise to keep the request in
Observer = Callable[[Sent], None]
