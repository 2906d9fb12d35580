"""Errors by what to do next. Whoever catches one of these needs no knowledge of the system that raised it."""

from __future__ import annotations


class ConnectorError(Exception):
    """Base. `sentence` is written for a person; `detail` is evidence for an engineer (no secrets, capped)."""

    def __init__(self, sentence: str, *, detail: str = "", status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail[:2000]
        self.status = status


class Retryable(ConnectorError):
    """Nothing was written (a read failed, or the request provably never left). Safe to try again."""


class RateLimited(ConnectorError):
    """The system asked us to slow down; nothing was written. `after_seconds` counts from now."""

    def __init__(self, sentence: str, *, after_seconds: float, detail: str = "", status: int | None = None) -> None:
        super().__init__(sentence, detail=detail, status=status)
        self.after_seconds = after_seconds


class AuthenticationFailed(ConnectorError):
    """The credentials are not accepted (after one refresh). The connection stops until a person mends them."""


class DataRejected(ConnectorError):
    """The system understood and refused this one record; nothing was written. Only this record stops."""

    def __init__(self, sentence: str, *, field: str = "", detail: str = "", status: int | None = None) -> None:
        super().__init__(sentence, detail=detail, status=status)
        self.field = field


class Uncertain(ConnectorError):
    """A write may or may not have been applied. Never sent again before a search has proved it absent."""


class Fatal(ConnectorError):
    """The connection cannot work as configured, or the system broke its contract; a person has to look."""


class ContractBroken(Fatal):
    """An answer that is not what the system's interface promises (HTML, a renamed field, a repeated page token)."""
