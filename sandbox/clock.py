"""Instants as the interface writes them: UTC with six digits, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def now() -> str:
    """The present instant."""
    return datetime.now(UTC).strftime(_FORMAT)


def later(stamp: str, seconds: float) -> str:
    """`stamp` moved by seconds (may be negative)."""
    return (parse(stamp) + timedelta(seconds=seconds)).strftime(_FORMAT)


def parse(text: str) -> datetime:
    """An instant in any ISO 8601 form; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def canonical(text: str) -> str:
    """Any ISO 8601 instant in the interface's form. Raises ValueError."""
    return parse(text).strftime(_FORMAT)
