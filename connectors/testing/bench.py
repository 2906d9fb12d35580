"""What the conformance suite needs to know about a system under test: a second way in, beside the connector.

A bench answers from the system itself (its database, its own administration), never through the connector, so that
the two can be compared. Everything a bench makes or changes must be accepted by the system as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from connectors.base import Json

LedgerTotals = Mapping[tuple[str, str], tuple[int, Decimal]]  # (currency, side) → (count, sum)


@dataclass(frozen=True)
class Refused:
    """A write body that the system refuses, and the field it must name."""

    body: Json
    field: str


@dataclass(frozen=True)
class Delivery:
    """A notification as it would arrive."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Bench(Protocol):
    """One running system with some records of every readable object in it."""

    settings: Mapping[str, str]  # with which a connection works
    wrong_credentials: Mapping[str, str]  # replaces those settings that hold the credentials
    company: str  # the legal entity that the tests read and write

    def ids(self, obj: str) -> set[str]:
        """The ids that a full read of the company must return now, as the system itself knows them."""

    def unknown_id(self, obj: str) -> str:
        """An id of the right form that does not exist."""

    def touch(self, obj: str) -> str:
        """Changes one record (or makes one) so that the next incremental read must return it; gives its id."""

    def create_body(self, obj: str) -> Json:
        """A body for the create steps of `obj`; each call a different, acceptable record."""

    def update_body(self, obj: str, external_id: str) -> Json:
        """A body for the update steps that changes the record."""

    def refused(self, obj: str) -> Refused | None:
        """A body the system refuses when created, or None where it accepts everything."""

    def ledger(self, as_of: date) -> Mapping[str, LedgerTotals]:
        """Object → open and settled documents by currency and side, counted by the system's own books."""

    def blockable_vendor(self) -> str:
        """A vendor with an open item (only asked where payment can be blocked)."""

    def document(self) -> tuple[str, str, bytes] | None:
        """(object, id, file content) of a record that has a file, or None where the system keeps none."""

    def notification(self, *, secret: str, at: datetime) -> Delivery:
        """A genuine notification signed with `secret` at that moment (only asked where there are any)."""
