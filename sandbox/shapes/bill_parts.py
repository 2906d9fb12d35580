"""What a bill is made of: lines, codings, taxes, decisions, settlements."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from sandbox.shapes.scalars import Amount, Code, Key, Part, Percent, Quantity, Stamp, Text

CurrencyText = Annotated[str, Meta(min_length=1, max_length=10, description="as on the document")]


class DimensionCoding(Part, kw_only=True):
    """One dimension value of a coding."""

    dimension_code: Code
    value_code: Code


class Coding(Part, kw_only=True):
    """A split of a line. Give `percent` or `amount`; the service works out the other, splits sum to the line."""

    split_number: int = 0
    account_id: str
    account_code: Code | None = None
    tax_code_id: str | None = None
    tax_code: Code | None = None
    percent: Percent | None = None
    amount: Amount | None = None
    dimensions: list[DimensionCoding] = []
    description: Text | None = None


class OrderMatch(Part, kw_only=True):
    """The order line a bill line is for."""

    purchase_order_id: str
    order_number: Code | None = None
    line_number: str
    line_key: Key | None = None
    quantity: Quantity | None = None


class AllowanceCharge(Part, kw_only=True):
    """An allowance or charge on the whole document or on one line; `amount` is unsigned."""

    kind: Literal["allowance", "charge"]
    amount: Amount
    base_amount: Amount | None = None
    percent: Percent | None = None
    reason: Text | None = None
    reason_code: Code | None = None
    tax_category: Code | None = None
    tax_rate_percent: Percent | None = None


class BillLine(Part, kw_only=True):
    """A line as on the document (`lineNumber` is the document's own), with its codings."""

    line_number: Annotated[str, Meta(min_length=1, max_length=60)]
    item_name: Text | None = None
    description: Text | None = None
    note: Text | None = None
    item_code: Text | None = None
    standard_item_code: Text | None = None
    quantity: Quantity | None = None
    unit_code: Code | None = None
    unit_price: Quantity | None = None
    price_base_quantity: Quantity | None = None
    net_amount: Amount
    allowances_charges: list[AllowanceCharge] = []
    period_start: date | None = None
    period_end: date | None = None
    tax_category: Code | None = None
    tax_rate_percent: Percent | None = None
    order_line_reference: Text | None = None
    buyer_accounting_reference: Text | None = None
    match: OrderMatch | None = None
    codings: list[Coding] = []


class TaxLine(Part, kw_only=True):
    """One row of the document's tax breakdown."""

    category: Code
    rate_percent: Percent | None = None
    taxable_amount: Amount
    tax_amount: Amount
    exemption_reason: Text | None = None
    exemption_code: Code | None = None


class PrecedingBill(Part, kw_only=True):
    """The bill a credit note or correction refers to."""

    bill_number: Text
    issue_date: date | None = None


class PartyAddress(Part, kw_only=True):
    """The supplier's address as printed."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country_code: Text | None = None


class PaymentInstructions(Part, kw_only=True):
    """How the supplier asks to be paid on this document; no proof that anything was paid."""

    means_code: Code | None = None
    remittance_text: Text | None = None
    account_holder: Text | None = None
    iban: Text | None = None
    bic: Text | None = None


class Flag(Part, kw_only=True):
    """Something a clerk should look at; never stops a bill from being taken in."""

    code: Code
    text: Text


class ApprovalStep(Part, kw_only=True):
    """One person's decision about one version of a bill. No limit amount: the person may approve any."""

    approval_id: str
    step: int
    step_name: str
    decision: Literal["approved", "refused"]
    decided_by_user_id: str
    decided_by_name: str
    on_behalf_of_user_id: str | None = None
    on_behalf_of_name: str | None = None
    delegation: Text | None = None
    limit_amount: Amount | None = None
    limit_currency_code: CurrencyText | None = None
    comment: Text | None = None
    decided_at: Stamp
    content_version: int
    content_digest: str
    invalidated_at: Stamp | None = None


class ErpState(Part, kw_only=True):
    """What the integration reported back from the ERP. `held` carries the reason in `message`."""

    state: Literal["none", "held", "exported", "posted", "cancelled"] = "none"
    document_number: Code | None = None
    document_id: Code | None = None
    posting_date: date | None = None
    message: Text | None = None
    reported_at: Stamp | None = None


class Settlement(Part, kw_only=True):
    """One payment as shown on the bill."""

    payment_id: str
    payment_number: Code
    status: str
    method: str
    payment_date: date
    paid_amount: Amount
    discount_amount: Amount
    withheld_amount: Amount
    write_off_amount: Amount
