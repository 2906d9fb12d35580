"""What of a canonical payload is its label, its business date and the money a run's balance counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]

_LABEL = {
    "vendor": ("legal_name", "trading_name", "vendor_number"),
    "purchase_order": ("order_number",),
    "receipt": ("receipt_number", "despatch_reference"),
    "invoice": ("invoice_number",),
    "approval": ("document_number",),
    "payment": ("payment_number",),
}
_CODED = ("code", "name")
_AMOUNT = {
    "purchase_order": ("tax_inclusive_amount", "tax_exclusive_amount"),
    "invoice": ("payable_amount", "tax_inclusive_amount"),
    "payment": ("amount",),
    "approval": ("payable_amount",),
}
_CURRENCY = ("document_currency_code", "currency_code")
_DAY = ("issue_date", "issued_date", "receipt_date", "posting_date")


def _first(payload: Json, names: tuple[str, ...]) -> Any:
    return next((payload[n] for n in names if payload.get(n) not in (None, "")), None)


def label(obj: str, payload: Json) -> str:
    """What a person calls the record."""
    return str(_first(payload, _LABEL.get(obj, _CODED)) or "")[:200]


def money(obj: str, payload: Json) -> tuple[Decimal | None, str]:
    """The amount as on the document with its currency; (None, "") where there is none or it cannot be read."""
    value = _first(payload, _AMOUNT.get(obj, ()))
    currency = str(_first(payload, _CURRENCY) or "")
    if value is None or not currency:
        return None, ""
    try:
        return Decimal(str(value)), currency
    except InvalidOperation:
        return None, ""


def day(payload: Json) -> date | None:
    """The business date of a document."""
    value = _first(payload, _DAY)
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def has_money(obj: str) -> bool:
    """Whether records of this kind carry an amount at all."""
    return obj in _AMOUNT
