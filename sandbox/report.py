"""The document report: one light line per record, as the service's own books show it at a date."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sandbox.errors import invalid
from sandbox.money import text
from sandbox.resources import RESOURCES
from sandbox.shapes.requests import DocumentReport, DocumentRow
from sandbox.store import rows

_PAGE = 1000


class _Columns(NamedTuple):
    """JSON paths in the record; "" = the record has no such thing."""

    key: tuple[str, ...]
    day: str = ""
    currency: str = ""
    amount: str = ""
    reference: str = "$.externalReference"
    credit: bool = False  # how an ordinary record of the kind stands in payables


_PLAIN = _Columns(("$.code",))
_COLUMNS: Mapping[str, _Columns] = {
    "suppliers": _Columns(("$.supplierNumber",)),
    "payment-terms": _PLAIN,
    "ledger-accounts": _PLAIN,
    "dimensions": _PLAIN,
    "tax-codes": _PLAIN,
    "purchase-orders": _Columns(("$.orderNumber",), "$.orderDate", "$.currencyCode", "$.totalAmount", credit=True),
    "goods-receipts": _Columns(("$.receiptNumber",), "$.receiptDate", "$.currencyCode"),
    "bills": _Columns(
        ("$.supplierNumber", "$.billNumber"),
        "$.issueDate",
        "$.currencyCode",
        "$.payableAmount",
        "$.erp.documentNumber",
        credit=True,
    ),
    "approvals": _Columns(("$.billNumber",), "", "$.currencyCode", "$.payableAmount", credit=True),
    "payments": _Columns(("$.paymentNumber",), "$.paymentDate", "$.currencyCode", "$.amount"),
}


def report(db: sqlite3.Connection, kind: str, company: str, as_of: date, after: str) -> DocumentReport:
    """One page, by id; records dated later than `as_of` are left out."""
    columns = _COLUMNS.get(kind)
    if columns is None:
        raise invalid(f"type must be one of {', '.join(_COLUMNS)}.", field="type")
    keys = " || '|' || ".join(f"coalesce(json_extract(body, '{path}'), '')" for path in columns.key)
    day = _path(columns.day)
    found = rows(
        db,
        f"SELECT id, {keys}, company, {_path(columns.currency)}, json_extract(body, '$.documentType'),"
        f" {_path(columns.amount)}, status, {day}, {_path(columns.reference)} FROM objects WHERE kind = ?"
        f" AND (? = '' OR company = ? OR company IS NULL) AND coalesce({day}, '') <= ? AND id > ? ORDER BY id LIMIT ?",
        (RESOURCES[kind].name, company, company, as_of.isoformat(), after, _PAGE),
    )
    return DocumentReport(rows=[_row(columns, *row) for row in found], next=found[-1][0] if len(found) == _PAGE else "")


def _path(path: str) -> str:
    return f"json_extract(body, '{path}')" if path else "NULL"


def _row(
    columns: _Columns,
    record_id: str,
    key: str,
    company: str | None,
    currency: str | None,
    document_type: str | None,
    amount: str | None,
    status: str | None,
    day: str | None,
    reference: str | None,
) -> DocumentRow:
    value = Decimal(amount or "0")
    credit = columns.credit ^ (document_type == "creditNote") ^ (value < 0)
    return DocumentRow(
        id=record_id,
        key=key,
        company_id=company,
        currency_code=currency,
        side="credit" if credit else "debit",
        amount=text(abs(value)),
        status=status,
        day=date.fromisoformat(day) if day else None,
        reference=reference,
    )
