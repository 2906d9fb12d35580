"""What the AP service holds on the first day: the same suppliers spelled by other hands, and one more."""

from __future__ import annotations

from typing import Any

from demo.erp import ErpFacts
from demo.erp.world import ENTITIES, SUPPLIERS, Supplier

Json = dict[str, Any]
_TAX = {"gb_vat": "vat", "eu_vat": "vat", "jp_vat": "vat", "il_vat": "vat", "us_ein": "ein"}
HOUSE = {"us": "co-1", "eu": "co-2"}
TAX_IDS = {"us": "US-11-1111111", "eu": "DE222222222"}  # as invoices address the companies


def companies() -> Json:
    """The companies of the service under the names the ERP knows them by."""
    return {HOUSE[entity.key]: {"name": entity.name, "taxId": TAX_IDS[entity.key]} for entity in ENTITIES}


def seed(facts: ErpFacts) -> Json:
    """Records for the stand-in's seeding, by kind. Idempotence is the caller's business."""
    return {"suppliers": [_supplier(s) for s in SUPPLIERS if s.ap_name] + [_only_here()]}


def _supplier(s: Supplier) -> Json:
    """As a clerk typed it from an invoice: mostly the tax number, seldom the bank, never the ERP's number."""
    kind, number = s.tax
    known = {"type": _TAX[kind], "number": number, "countryCode": s.country}
    return {
        "displayName": s.ap_name,
        "status": "active",
        "emailAddress": s.email,
        "taxIdentifiers": [known] if s.key not in ("granite", "bellweather") else [],
        "addresses": [
            {
                "purpose": "remitTo",
                "line1": s.street,
                "city": s.city,
                "postalCode": s.postal_code,
                "countryCode": s.country,
            }
        ],
        "bankAccounts": [{"iban": s.iban, "primary": True}] if s.iban and s.key in ("brightwater", "moller") else [],
    }


def _only_here() -> Json:
    return {
        "displayName": "Corner Café & Catering",
        "status": "active",
        "emailAddress": "hello@cornercafe.example",
        "taxIdentifiers": [],
        "addresses": [
            {
                "purpose": "remitTo",
                "line1": "12 Station Road",
                "city": "Boston",
                "postalCode": "02116",
                "countryCode": "US",
            }
        ],
        "bankAccounts": [],
    }
