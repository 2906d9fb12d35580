"""Payments made by the ERP and shown here."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sandbox.shapes.scalars import Amount, Code, CurrencyCode, Key, Part, Record, Text


class Allocation(Part, kw_only=True):
    """What of a payment settles which bill. Amounts are as on the bill: positive for credit notes too."""

    key: Key | None = None
    bill_id: str
    paid_amount: Amount
    discount_amount: Amount = "0"
    withheld_amount: Amount = "0"
    write_off_amount: Amount = "0"


class Payment(Record, kw_only=True):
    """A payment to one supplier. Voided and returned payments settle nothing."""

    payment_number: Code
    batch_number: Code | None = None
    supplier_id: str
    method: Literal["transfer", "check", "card", "directDebit", "netting", "other"] = "transfer"
    status: Literal["issued", "cleared", "voided", "returned"] = "issued"
    payment_date: date
    currency_code: CurrencyCode
    amount: Amount
    remittance_text: Text | None = None
    replaces_payment_id: str | None = None
    allocations: list[Allocation] = []
