"""How things read on a page: amounts, states, days."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from sandbox.money import MINOR_UNITS, total

STATES = {
    "received": "New",
    "coding": "Being coded",
    "inApproval": "In approval",
    "approved": "Approved",
    "exported": "Sent to ERP",
    "posted": "Posted",
    "partlyPaid": "Partly paid",
    "paid": "Paid",
    "void": "Void",
    "rejected": "Rejected",
    "closedForReceiving": "Closed for receiving",
    "closedForBilling": "Closed for billing",
}
TONES = {
    **dict.fromkeys(("received", "coding"), "work"),
    **dict.fromkeys(("inApproval", "pending"), "wait"),
    **dict.fromkeys(("approved", "exported", "posted", "open", "active", "issued"), "good"),
    **dict.fromkeys(("partlyPaid", "paid", "cleared"), "done"),
    **dict.fromkeys(("void", "refused", "rejected", "invalidated", "cancelled", "voided", "returned", "held"), "bad"),
}
KINDS = {"creditNote": "Credit note", "correctedInvoice": "Correction", "prepayment": "Prepayment invoice"}


def state(name: str | None) -> str:
    """A state in words."""
    name = name or ""
    return STATES.get(name, name[:1].upper() + name[1:])


def tone(name: str | None) -> str:
    """The colour family of a state."""
    return TONES.get(name or "", "plain")


def kind(document_type: str) -> str:
    """What a document is called."""
    return KINDS.get(document_type, "Invoice")


def money(amount: str | None, currency: str | None = None) -> str:
    """1,234.50 EUR, with the digits of the currency, more where the amount has more."""
    if amount is None:
        return ""
    value, digits = Decimal(amount), MINOR_UNITS.get(currency or "", 2)
    digits = max(digits, -int(value.normalize().as_tuple().exponent))
    return f"{value:,.{digits}f}" + (f" {currency}" if currency else "")


def quantity(amount: str | None) -> str:
    """Without trailing zeros."""
    return "" if amount is None else f"{Decimal(amount).normalize():f}"


def moment(stamp: str | None) -> str:
    """2026-03-02 14:05 UTC."""
    return "" if not stamp else f"{stamp[:10]} {stamp[11:16]} UTC"


def added(amounts: list[str | None]) -> str:
    """The sum of quantities."""
    return quantity(str(total(amounts)))


def safe_return(referrer: str | None, host: str) -> str | None:
    """The page one came from, where it is one of ours."""
    parts = urlsplit(referrer or "")
    if parts.netloc != host:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
