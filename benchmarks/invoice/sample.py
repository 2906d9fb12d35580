"""Invoices as an ERP's REST interface returns them: 41 keys, 20 lines of 15 fields, about 9 kB."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

CROSSWALKS: dict[str, dict[str, str]] = {
    "terms": {str(i): f"NET{i * 5}" for i in range(1, 60)},
    "tax": {f"T{i}": f"VAT-{i:02d}" for i in range(40)},
    "currency": dict(zip("0123456789", "USD EUR GBP CAD AUD JPY CHF SEK NOK DKK".split(), strict=True)),  # noqa: SIM905
    "department": {str(i): f"CC-{1000 + i}" for i in range(200)},
}
_CENT = Decimal("0.01")


def invoices(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Different invoices, the same for the same seed."""
    rng = random.Random(seed)
    return [_invoice(rng, number) for number in range(count)]


def _line(rng: random.Random, number: int) -> dict[str, Any]:
    quantity, rate = rng.randint(1, 50), Decimal(rng.randint(100, 99_999)) / 100
    return {
        "line": number,
        "item": {"id": str(rng.randint(1, 9_999)), "name": f" Widget {rng.randint(1, 999)} "},
        "description": f"  Replacement part {number} for unit {rng.randint(1, 99)}  ",
        "quantity": str(quantity),
        "rate": f"{rate:.2f}",
        "amount": f"{quantity * rate:.2f}",
        "taxCode": f"T{rng.randint(0, 39)}",
        "taxRate": rng.choice(["7.50", "19.00", "5.25"]),
        "department": {"id": str(rng.randint(0, 199)), "refName": "Operations"},
        "account": {"number": str(rng.randint(4_000, 8_999)), "name": "Expense"},
        "location": "L1",
        "memo": "memo text",
        "billable": False,
        "poLine": str(number),
        "uom": rng.choice(["EA", "KG"]),
    }


def _invoice(rng: random.Random, number: int) -> dict[str, Any]:
    lines = [_line(rng, n + 1) for n in range(20)]
    subtotal = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    tax = (subtotal * Decimal("0.075")).quantize(_CENT)
    day = date(2026, 1, 1) + timedelta(days=rng.randint(0, 300))
    return {
        "id": str(100_000 + number),
        "tranId": f" inv-{number:06d} ",
        "type": "vendorBill",
        "entity": {
            "id": str(rng.randint(1, 9_999)),
            "externalId": f"v-{rng.randint(1, 9_999):05d} ",
            "name": "  Acme Supplies Inc. ",
            "taxNumber": "12-345 6789",
        },
        "subsidiary": {"id": "3", "refName": "US West"},
        "currency": {"id": str(rng.randint(0, 9)), "refName": "x"},
        "exchangeRate": "1.0837",
        "terms": {"id": str(rng.randint(1, 59))},
        "tranDate": _american(day),
        "dueDate": _american(day + timedelta(days=30)),
        "createdDate": _american(day),
        "lastModifiedDate": _american(day + timedelta(days=rng.randint(0, 9))),
        "postingPeriod": "Jan 2026",
        "status": rng.choice(["open", "paidInFull"]),
        "approvalStatus": "2",
        "memo": "Monthly supply order ",
        "total": f"{subtotal + tax:.2f}",
        "taxTotal": f"{tax:.2f}",
        "subtotal": f"{subtotal:.2f}",
        "discountAmount": f"{subtotal / 100:.2f}",
        "amountPaid": "0.00",
        "poNumber": f"PO-{rng.randint(1, 99_999):05d}",
        "shipTo": _address("1 Main St", "Suite 5", "89501-2210"),
        "billTo": _address("2 Oak Ave", "", "89502"),
        "account": {"number": "2000"},
        "location": "L1",
        "department": "D1",
        "cls": "C1",
        "paymentHold": False,
        "externalId": f"ext{number}",
        "sourceSystem": "NS",
        "customForm": "100",
        "custbody_a": "x",
        "custbody_b": "y",
        "custbody_c": None,
        "userNotes": "  none ",
        "vatRegNum": "VAT123",
        "nexus": "US_NV",
        "toBePrinted": False,
        "email": "ap@acme.example",
        "item": {"items": lines},
    }


def _address(first: str, second: str, postal: str) -> dict[str, str]:
    return {"addr1": first, "addr2": second, "city": "Reno", "state": "NV", "zip": postal, "country": "US"}


def _american(day: date) -> str:
    return day.strftime("%m/%d/%Y")
