"""Which tests a connector's declarations call for, and small helpers that all of them use."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from connectors.base import Connector, Json, ObjectSpec, Page, RawRecord, Reference
from connectors.paging import walk
from connectors.testing.bench import Bench

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def each(wanted: Callable[[ObjectSpec], Any]) -> Callable[[F], F]:
    """The test runs once, with `spec`, for every declared object that is wanted; it is left out where none is."""

    def mark(test: F) -> F:
        test.wanted = wanted  # type: ignore[attr-defined]
        return test

    return mark


def only_if(wanted: Callable[[type[Connector]], Any]) -> Callable[[F], F]:
    """The test runs only for connectors that are wanted."""

    def mark(test: F) -> F:
        test.only_if = wanted  # type: ignore[attr-defined]
        return test

    return mark


def overrides(cls: type[Connector], method: str) -> bool:
    """Whether the connector has its own version of an optional method."""
    return getattr(cls, method) is not getattr(Connector, method)


def made_by_us(spec: ObjectSpec) -> bool:
    """Whether we create such records in this system."""
    return bool(spec.creates) and spec.creates[0].side == "target"


def searchable(spec: ObjectSpec) -> bool:
    """Whether a record made by us can be found by our reference."""
    return made_by_us(spec) and spec.reference is not None and spec.reference.searchable


def new_reference(place: Reference | None) -> str:
    """A reference as long as the system allows."""
    longest = place.max_length if place else 32
    return (uuid.uuid4().hex * 4)[:longest]


def pages(connector: Connector, bench: Bench, obj: str, cursor: Json | None = None, parts: int = 4) -> Iterator[Page]:
    """A full read in about `parts` pages."""
    limit = max(2, -(-len(bench.ids(obj)) // parts))
    return walk(lambda at: connector.read(obj, company=bench.company, cursor=at, limit=limit), cursor)


def records(connector: Connector, bench: Bench, obj: str, cursor: Json | None = None) -> list[RawRecord]:
    """Every record from the cursor on."""
    return [record for page in pages(connector, bench, obj, cursor) for record in page.records]


def eventually(find: Callable[[], T], seconds: float) -> T:
    """What `find` gives once it gives something, or at the end of the time."""
    deadline = time.monotonic() + seconds
    while not (found := find()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
