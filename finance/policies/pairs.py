"""Names for a pair of records that a person has judged to be two: held once, remembered, void when either changes."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from finance.identity import VendorProfile, normalise_invoice_number


def invoice_face(number: str, issued: date | None, gross: Decimal | None, currency: str) -> str:
    """What of an invoice a person looked at when judging whether it is another."""
    amount = "" if gross is None else f"{gross.normalize():f}"
    return f"{normalise_invoice_number(number)}|{issued or ''}|{amount}|{currency}"


def vendor_face(vendor: VendorProfile) -> str:
    """What of a vendor a person looked at."""
    return f"{vendor.number}|{'/'.join(vendor.names)}|{','.join(sorted(vendor.tax_ids))}"


def pair_key(one: str, other: str) -> str:
    """The same for (a, b) and (b, a)."""
    return hashlib.sha256("\n".join(sorted((one, other))).encode()).hexdigest()[:32]
