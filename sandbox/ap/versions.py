"""The content of a bill as it was when it was approved, kept for whoever wants to compare."""

from __future__ import annotations

from typing import cast

from sandbox.ap.content import content
from sandbox.errors import not_found
from sandbox.shapes import Bill
from sandbox.work import Work


def remember(work: Work, bill: Bill) -> None:
    """Keeps the content under the bill's present version."""
    values = (bill.id, bill.content_version, content(bill).decode())
    work.db.execute("INSERT OR REPLACE INTO versions (bill, version, body) VALUES (?, ?, ?)", values)


def approved(work: Work, bill_id: str, version: int) -> str:
    """The content as JSON; raises 404."""
    query = "SELECT body FROM versions WHERE bill = ? AND version = CAST(? AS INTEGER)"
    row = work.db.execute(query, (bill_id, str(version))).fetchone()  # as text: it may be too big for a number
    if row is None:
        raise not_found(f"Version {version} of {bill_id} was never approved.")
    return cast(str, row[0])
