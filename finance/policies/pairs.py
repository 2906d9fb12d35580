"""Names for a pair of records that a person has judged to be two: held once, remembered, void when either changes."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from datetime import date
from decimal import Decimal

from finance.identity import VendorProfile, normalise_invoice_number

_PAYEE_KEYS = ("l:", "x:", "t:", "v:")  # link, id in a system, tax number, vendor number: the surest first


def shared_payee(ours: Set[str], theirs: Set[str]) -> str:
    """The surest key both call their payee by; "" where they share none."""
    shared = sorted(ours & theirs)
    ranked = [key for kind in _PAYEE_KEYS for key in shared if key.startswith(kind)]
    return next(iter([*ranked, *shared]), "")


def invoice_face(payee: str, number: str, issued: date | None, gross: Decimal | None, currency: str) -> str:
    """What of an invoice a person looked at when judging whether it is another; `payee` as both of a pair call it."""
    amount = "" if gross is None else f"{gross.normalize():f}"
    return f"{payee}|{normalise_invoice_number(number)}|{issued or ''}|{amount}|{currency}"


def vendor_face(vendor: VendorProfile) -> str:
    """What of a vendor a person looked at."""
    return f"{vendor.number}|{'/'.join(vendor.names)}|{','.join(sorted(vendor.tax_ids))}"


def pair_key(one: str, other: str) -> str:
    """The same for (a, b) and (b, a)."""
    return hashlib.sha256("\n".join(sorted((one, other))).encode()).hexdigest()[:32]
