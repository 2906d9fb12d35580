"""Small payloads the policies' examples are made of."""

from __future__ import annotations

from typing import Any

from finance.records import Payload


def sample_invoice(**changes: Any) -> Payload:
    """119.00 EUR for one line, coded, all totals right."""
    line = {
        "id": "1",
        "name": "Ball bearing",
        "line_extension_amount": "100.00",
        "tax_category_code": "S",
        "tax_rate": "19",
        "splits": [
            {
                "id": "1",
                "amount": "100.00",
                "account_code": "4000",
                "dimensions": [{"dimension_code": "DEPARTMENT", "value_code": "SALES"}],
            }
        ],
    }
    subtotal = {
        "id": "S/19",
        "category_code": "S",
        "rate": "19",
        "taxable_amount": "100.00",
        "tax_amount": "19.00",
    }
    return {
        "invoice_number": "INV-1001",
        "invoice_type_code": "380",
        "issue_date": "2026-03-02",
        "currency_code": "EUR",
        "vendor": {"object": "vendor", "natural_key": "V-100"},
        "entity": {"object": "entity", "natural_key": "DE01"},
        "tax_subtotals": [subtotal],
        "line_extension_amount": "100.00",
        "tax_exclusive_amount": "100.00",
        "tax_amount": "19.00",
        "tax_inclusive_amount": "119.00",
        "payable_amount": "119.00",
        "lines": [line],
        **changes,
    }


def sample_coded(account: str = "4000", *dimensions: tuple[str, str]) -> Payload:
    """The sample invoice with its line on another account or with other dimensions."""
    invoice = sample_invoice()
    invoice["lines"][0]["splits"] = [
        {
            "id": "1",
            "amount": "100.00",
            "account_code": account,
            "dimensions": [{"dimension_code": code, "value_code": value} for code, value in dimensions],
        }
    ]
    return invoice


def sample_vendor(**changes: Any) -> Payload:
    """A vendor with a tax number, an address and a bank account."""
    return {
        "vendor_number": "V-100",
        "legal_name": "Müller Wälzlager GmbH",
        "tax_registrations": [{"scheme": "vat", "number": "DE136695976", "country_code": "DE"}],
        "addresses": [{"id": "legal", "postal_zone": "20457", "country_code": "DE"}],
        "financial_accounts": [{"id": "1", "iban": "DE89370400440532013000"}],
        **changes,
    }
