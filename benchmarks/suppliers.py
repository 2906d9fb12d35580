"""Supplier records as an AP service holds them: all different, about 1.8 kB each, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

from stdnum import iban

Json = dict[str, Any]
SEED = 20260131
_SYLLABLES = tuple(
    f"{head}{tail}" for head in ("b", "d", "f", "gr", "k", "l", "m", "pr", "s", "t", "v", "z") for tail in "aeiou"
)
_KINDS = ("Supplies", "Logistics", "Engineering", "Printing", "Catering", "Software", "Metals", "Textiles")
_FORMS = ("GmbH", "Inc.", "Ltd", "SARL", "BV", "AB", "LLC", "S.p.A.")
_NOTE = (
    "Orders by e-mail only. Invoices must show our order number; without one they go back to the sender. "
    "Deliveries are accepted on working days from seven to three at gate four, please ring the bell twice. "
    "Contact for overdue items is the back office, for quality the plant manager. Credit notes are agreed first."
)


def supplier(number: int, *, seed: int = SEED) -> Json:
    """One supplier; the same number always gives the same."""
    rng = random.Random(f"{seed}-{number}")
    word = "".join(rng.choice(_SYLLABLES) for _ in range(4)).capitalize()
    name = f"{word} {rng.choice(_KINDS)} {rng.choice(_FORMS)}"
    return {
        "supplierNumber": f"V{number:07d}",
        "displayName": name,
        "tradeName": word,
        "status": "active",
        "emailAddress": f"accounts@{word.lower()}{number}.example",
        "phoneNumber": f"+49 30 {rng.randrange(10**7):07d}",
        "languageCode": "de",
        "taxIdentifiers": [{"type": "vat", "number": f"DE{rng.randrange(10**9):09d}", "countryCode": "DE"}],
        "addresses": [_address(rng, key, purpose) for key, purpose in (("1", "legal"), ("2", "remitTo"))],
        "bankAccounts": [_account(rng, name, key, primary=key == "1") for key in ("1", "2")],
        "companySettings": [{"companyId": "co-1", "currencyCode": "EUR", "paymentMethod": "transfer"}],
        "note": f"{word}: {_NOTE}",
    }


def _address(rng: random.Random, key: str, purpose: str) -> Json:
    street = "".join(rng.choice(_SYLLABLES) for _ in range(3)).capitalize()
    return {
        "key": key,
        "purpose": purpose,
        "line1": f"{street}strasse {rng.randrange(1, 200)}",
        "line2": f"Building {rng.randrange(1, 9)}, floor {rng.randrange(1, 5)}",
        "city": "".join(rng.choice(_SYLLABLES) for _ in range(2)).capitalize(),
        "postalCode": f"{rng.randrange(10_000, 99_999)}",
        "countryCode": "DE",
    }


def _account(rng: random.Random, holder: str, key: str, *, primary: bool) -> Json:
    own = f"{rng.randrange(10**18):018d}"
    return {
        "key": key,
        "accountHolder": holder,
        "iban": f"DE{iban.calc_check_digits(f'DE00{own}')}{own}",
        "bic": "COBADEFFXXX",
        "bankName": "Commerce Bank",
        "currencyCode": "EUR",
        "primary": primary,
    }


def served(number: int) -> Json:
    """The same as the service hands it out: every key there, stamped."""
    stamp = "2026-01-01T00:00:00.000000Z"
    envelope = {"id": f"sup-{number:06d}", "version": 1, "createdAt": stamp, "updatedAt": stamp}
    empty = dict.fromkeys(("companyId", "externalReference", "payeeName", "tax1099", "parentSupplierId"))
    settings = [{"companyId": "co-1", "currencyCode": "EUR", "paymentMethod": "transfer", **_UNSET}]
    return {**envelope, **empty, "replacedBySupplierId": None, **supplier(number), "companySettings": settings}


_UNSET: Json = {"paymentTermId": None, "payableAccountId": None, "hold": "none", "holdReason": None}
