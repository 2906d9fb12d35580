"""The invoice mapping by hand, as a reviewer would pass it: Decimal, half up, a helper for each kind of value, what is
used twice worked out once. It takes every field of a calculation to be there; ours does not."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from benchmarks.invoice.sample import CROSSWALKS

_CENT = Decimal("0.01")
_TERMS, _TAX = CROSSWALKS["terms"], CROSSWALKS["tax"]
_CURRENCY, _DEPARTMENT = CROSSWALKS["currency"], CROSSWALKS["department"]


def number(value: str) -> Decimal:
    """Refuses what Decimal takes for a number and nobody can pay."""
    read = Decimal(value)
    if not read.is_finite():
        raise ValueError(f"{value} is not a number")
    return read


def cents(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(_CENT, ROUND_HALF_UP))


def trimmed(value: str | None) -> str | None:
    return None if value is None else value.strip()


def code(value: str | None) -> str | None:
    return None if value is None else value.strip().upper()


def iso(value: str | None) -> str | None:
    return None if not value else date(int(value[6:10]), int(value[:2]), int(value[3:5])).isoformat()


def map_line(row: dict[str, Any]) -> dict[str, Any]:
    net = number(row["quantity"]) * number(row["rate"])
    department = row["department"]["id"]
    item = row["item"]
    return {
        "number": row.get("line"),
        "sku": f"SKU-{item['id']}",
        "name": trimmed(item.get("name")),
        "description": trimmed(row.get("description")),
        "qty": row.get("quantity"),
        "unitPrice": row.get("rate"),
        "net": cents(net),
        "tax": cents(net * number(row["taxRate"]) / 100),
        "taxCode": _TAX[row["taxCode"]],
        "costCenter": _DEPARTMENT[department],
        "gl": f"{row['account']['number']}-{department}",
        "poLine": row.get("poLine"),
        "uom": row.get("uom"),
        "unitOf": "each" if row["uom"] == "EA" else "other",
    }


def map_invoice(record: dict[str, Any]) -> dict[str, Any]:
    entity, ship_to, subsidiary = record["entity"], record["shipTo"], record["subsidiary"]
    total, tax = number(record["total"]), number(record["taxTotal"])
    return {
        "documentType": "INVOICE",
        "schemaVersion": 3,
        "origin": "erp",
        "sourceId": record["id"],
        "invoiceNumber": code(record.get("tranId")),
        "vendor": {
            "code": code(entity.get("externalId")),
            "name": trimmed(entity.get("name")),
            "taxId": entity["taxNumber"].replace("-", "").replace(" ", ""),
            "email": record.get("email"),
        },
        "company": f"{subsidiary['id']}-{subsidiary['refName']}",
        "currency": _CURRENCY[record["currency"]["id"]],
        "paymentTerms": _TERMS[record["terms"]["id"]],
        "invoiceDate": iso(record.get("tranDate")),
        "dueDate": iso(record.get("dueDate")),
        "modified": iso(record.get("lastModifiedDate")),
        "poNumber": record.get("poNumber"),
        "reference": f"{record['externalId']}/{record['poNumber']}",
        "note": trimmed(record.get("memo")),
        "status": "OPEN" if record["status"] == "open" else "CLOSED",
        "hold": record.get("paymentHold"),
        "amounts": {
            "gross": cents(total),
            "tax": cents(tax),
            "net": cents(total - tax),
            "due": cents(total - number(record["discountAmount"]) - number(record["amountPaid"])),
            "base": cents(total * number(record["exchangeRate"])),
        },
        "shipTo": {
            "street": f"{ship_to['addr1']}, {ship_to['addr2']}",
            "city": ship_to["city"].upper(),
            "region": ship_to.get("state"),
            "postal": ship_to["zip"][:5],
            "country": ship_to.get("country"),
        },
        "glAccount": record["account"].get("number"),
        "lines": [map_line(row) for row in record["item"]["items"]],
    }
