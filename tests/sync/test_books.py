"""What of a system's own books enters the agreement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import LedgerLine
from connectors.errors import Retryable
from sync.agreement import books

DAY = date(2026, 11, 23)
POSTED = LedgerLine("invoice", "7", "V1|A-1", "1", "USD", "credit", Decimal("40.00"), "posted", DAY)


class System:
    """Books that say what they were given."""

    def __init__(self, *lines: LedgerLine) -> None:
        self.lines = lines

    faults = 0  # how often it is busy before it answers

    def ledger(self, obj: str, *, company: str, as_of: date) -> Iterator[LedgerLine]:
        if self.faults:
            self.faults -= 1
            raise Retryable("The system is busy.")
        return iter(self.lines)


def read(erp: Any, ap: Any) -> books.Books:
    found = books.read("invoice", erp, ap, [books.Covered("us", "1", "co-1")], DAY)
    assert found is not None
    return found


def test_a_draft_in_the_erp_is_not_what_was_posted_although_its_amount_is_the_same() -> None:
    approved = replace(POSTED, external_id="bill-1", company="co-1", stage="approved")
    found = read(System(replace(POSTED, stage="draft", booked=False)), System(approved))
    assert (found.erp, [line.external_id for line in found.ap]) == ([], ["bill-1"])


def test_what_is_booked_stands_under_our_name_of_the_company() -> None:
    found = read(System(POSTED), System())
    assert [(line.company, line.amount) for line in found.erp] == [("us", Decimal("40.00"))]


def test_a_system_that_is_busy_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PAUSES", (0.01, 0.01))
    busy, down = System(POSTED), System(POSTED)
    busy.faults, down.faults = 2, 3
    assert len(read(busy, System()).erp) == 1
    with pytest.raises(Retryable):
        read(down, System())
