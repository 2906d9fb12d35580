"""Progress lines: what was done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDE = 84


def said(what: str) -> None:
    """A line of detail under a step."""
    print(f"      {what}", flush=True)


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """A line with its seconds; what is appended to the list is said after it."""
    began, notes = time.monotonic(), []  # type: float, list[str]
    yield notes
    print(line(f"{what} ({', '.join(notes)})" if notes else what, time.monotonic() - began), flush=True)


def line(what: str, seconds: float) -> str:
    """As wide as the others."""
    return f"  {what:<{WIDE}} {seconds:6.1f} s"
