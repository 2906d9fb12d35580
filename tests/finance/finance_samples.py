"""Records the finance tests start from; each call returns a fresh payload."""

from __future__ import annotations

from typing import Any


def ref(obj: str, natural_key: str = "", external_id: str = "", system: str = "") -> dict[str, str]:
    return {"object": obj, "system": system, "external_id": external_id, "natural_key": natural_key}


def invoice_line(number: int = 1, amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    line = {
        "id": str(number),
        "name": "Bearing 6204",
        "quantity": "10",
        "unit_code": "EA",
        "price_amount": "10.0000",
        "line_extension_amount": amount,
        "tax_category_code": "S",
        "tax_rate": "19",
        "order_line_number": str(number),
        "splits": [
            {
                "id": "1",
                "amount": amount,
                "account_code": "4000",
                "account": ref("account", "4000"),
                "dimensions": [{"dimension_code": "DEPARTMENT", "value_code": "SALES"}],
            }
        ],
    }
    return {**line, **changes}


def invoice(**changes: Any) -> dict[str, Any]:
    payload = {
        "invoice_number": "INV-1001",
        "invoice_type_code": "380",
        "issue_date": "2026-03-02",
        "due_date": "2026-04-01",
        "currency_code": "EUR",
        "vendor": ref("vendor", "V-100"),
        "entity": ref("entity", "DE01"),
        "tax_subtotals": [
            {
                "id": "S/19",
                "category_code": "S",
                "rate": "19",
                "taxable_amount": "100.00",
                "tax_amount": "19.00",
            }
        ],
        "line_extension_amount": "100.00",
        "tax_exclusive_amount": "100.00",
        "tax_amount": "19.00",
        "tax_inclusive_amount": "119.00",
        "payable_amount": "119.00",
        "lines": [invoice_line()],
    }
    return {**payload, **changes}


def vendor(**changes: Any) -> dict[str, Any]:
    payload = {
        "vendor_number": "V-100",
        "legal_name": "Müller Wälzlager GmbH",
        "tax_registrations": [{"scheme": "vat", "number": "DE136695976", "country_code": "DE"}],
        "addresses": [
            {
                "id": "legal",
                "kind": "legal",
                "street_name": "Hafenstraße 4",
                "city_name": "Hamburg",
                "postal_zone": "20457",
                "country_code": "DE",
            }
        ],
        "financial_accounts": [{"id": "1", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "primary": True}],
    }
    return {**payload, **changes}
