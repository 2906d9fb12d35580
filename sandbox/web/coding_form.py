"""The coding form: which splits a person sent for which line."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request

from sandbox.shapes import Bill, BillLine, Dimension
from sandbox.web.pages import field
from sandbox.work import Work

ROWS = 12  # splits of one line that a form can carry


def sent_lines(work: Work, bill: Bill) -> list[dict[str, Any]]:
    """All lines of the bill, those on the form as they were sent. Fields are called `l<line>s<split>-<what>`."""
    dimensions = work.of_company(Dimension, bill.company_id)
    lines = []
    for index, line in enumerate(bill.lines):
        data: dict[str, Any] = msgspec.to_builtins(line)
        if f"l{index}-match" in request.form:
            data["codings"] = _splits(index, dimensions)
            data["match"] = _match(index, line)
            _fill_from_all(data, dimensions)
        lines.append(data)
    return lines


def _splits(index: int, dimensions: list[Dimension]) -> list[dict[str, Any]]:
    found = [_split(f"l{index}s{row}", dimensions) for row in range(ROWS) if field(f"l{index}s{row}-account")]
    if len(found) == 1:
        found[0]["percent"] = found[0]["percent"] or "100"
    return found


def _split(prefix: str, dimensions: list[Dimension]) -> dict[str, Any]:
    chosen = [(item.code, field(f"{prefix}-dim-{item.code}")) for item in dimensions]
    return {
        "accountId": field(f"{prefix}-account"),
        "taxCodeId": field(f"{prefix}-tax") or None,
        "percent": field(f"{prefix}-percent").replace(",", ".") or None,
        "dimensions": [{"dimensionCode": code, "valueCode": value} for code, value in chosen if value],
    }


def _match(index: int, line: BillLine) -> dict[str, Any] | None:
    order, _, number = field(f"l{index}-match").partition("|")
    return {"purchaseOrderId": order, "lineNumber": number, "quantity": line.quantity} if order else None


def _fill_from_all(data: dict[str, Any], dimensions: list[Dimension]) -> None:
    """A line without coding takes what was chosen for all lines."""
    if not data["codings"] and field("all-account") and not data["match"]:
        data["codings"] = [{**_split("all", dimensions), "percent": "100"}]
