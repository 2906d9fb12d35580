"""Bills: what the supplier sent, how it was coded and matched, who agreed, and what the ERP made of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from sandbox.shapes.scalars import (
    Amount,
    Code,
    CountryCode,
    Part,
    Percent,
    Quantity,
    Record,
    Stamp,
    Text,
)

BillStatus = Literal["received", "coding", "inApproval", "approved", "exported", "posted", "partlyPaid", "paid", "void"]
DocumentType = Literal["invoice", "creditNote", "correctedInvoice", "prepayment", "selfBilled"]
CurrencyText = Annotated[str, Meta(min_length=1, max_length=10, description="as on the document")]


class DimensionCoding(Part, kw_only=True):
    """One dimension value of a coding."""

    dimension_code: Code
    value_code: Code


class Coding(Part, kw_only=True):
    """A split of a line. Give `percent` or `amount`; the service works out the other, splits sum to the line."""

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
    quantity: Quantity | None = None


class BillLine(Part, kw_only=True):
    """A line as on the document (`lineNumber` is the document's own), with its codings."""

    line_number: Annotated[str, Meta(min_length=1, max_length=60)]
    description: Text | None = None
    item_code: Text | None = None
    quantity: Quantity | None = None
    unit_code: Code | None = None
    unit_price: Quantity | None = None
    price_base_quantity: Quantity | None = None
    net_amount: Amount
    tax_category: Code | None = None
    tax_rate_percent: Percent | None = None
    order_line_reference: Text | None = None
    buyer_accounting_reference: Text | None = None
    match: OrderMatch | None = None
    codings: list[Coding] = []


class AllowanceCharge(Part, kw_only=True):
    """An allowance or charge on the whole document."""

    kind: Literal["allowance", "charge"]
    amount: Amount
    base_amount: Amount | None = None
    percent: Percent | None = None
    reason: Text | None = None
    reason_code: Code | None = None
    tax_category: Code | None = None
    tax_rate_percent: Percent | None = None


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


class ApprovalMark(Part, kw_only=True):
    """One decision, as carried on the bill itself."""

    approval_id: str
    step: int
    step_name: str
    decision: Literal["approved", "refused"]
    decided_by_name: str
    on_behalf_of_name: str | None = None
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


class Bill(Record, kw_only=True):
    """A supplier's invoice or credit note; amounts as on the document, never negative because of its type.

    `contentVersion` counts changes of what is approved, `contentDigest` is its sha256 (see `sandbox.content`),
    `approvedVersion` is the one that holds an approval now (null: none does).
    """

    status: BillStatus = "received"
    document_type: DocumentType = "invoice"
    type_code: Code = "380"
    bill_number: Code
    supplier_id: str | None = None
    supplier_number: Code | None = None
    supplier_name: Text | None = None
    supplier_tax_id: Text | None = None
    supplier_country_code: CountryCode | None = None
    payee_name: Text | None = None
    buyer_name: Text | None = None
    buyer_tax_id: Text | None = None
    buyer_reference: Text | None = None
    issue_date: date
    due_date: date | None = None
    tax_point_date: date | None = None
    received_at: Stamp | None = None
    service_period_start: date | None = None
    service_period_end: date | None = None
    currency_code: CurrencyText
    tax_currency_code: CurrencyText | None = None
    tax_amount_in_tax_currency: Amount | None = None
    net_amount: Amount
    tax_amount: Amount
    gross_amount: Amount
    prepaid_amount: Amount = "0"
    rounding_amount: Amount = "0"
    payable_amount: Amount
    order_number: Text | None = None
    payment_term_id: str | None = None
    payment_terms_text: Text | None = None
    discount_date: date | None = None
    discount_amount: Amount | None = None
    payment_instructions: PaymentInstructions | None = None
    preceding_bills: list[PrecedingBill] = []
    allowances_charges: list[AllowanceCharge] = []
    tax_breakdown: list[TaxLine] = []
    lines: list[BillLine] = []
    note: Text | None = None
    source_format: Literal["ubl", "cii", "api"] = "api"
    attachment_ids: list[str] = []
    flags: list[Flag] = []
    content_version: int = 0
    content_digest: str = ""
    approved_version: int | None = None
    approved_digest: str | None = None
    first_approved_at: Stamp | None = None
    submitted_by_user_id: str | None = None
    approval_trail: list[ApprovalMark] = []
    erp: ErpState = field(default_factory=ErpState)
    amount_paid: Amount = "0"
    discount_taken: Amount = "0"
    amount_withheld: Amount = "0"
    amount_written_off: Amount = "0"
    amount_open: Amount = "0"
    settlements: list[Settlement] = []
    void_reason: Text | None = None


class Approval(Record, kw_only=True):
    """One person's decision on one version of a bill. `limit…` is the limit that allowed it, null = unlimited."""

    bill_id: str
    bill_number: Code
    supplier_name: Text | None = None
    step: int
    step_name: str
    status: Literal["approved", "refused", "invalidated"]
    decision: Literal["approved", "refused"]
    decided_by_user_id: str
    decided_by_name: str
    on_behalf_of_user_id: str | None = None
    on_behalf_of_name: str | None = None
    limit_amount: Amount | None = None
    limit_currency_code: CurrencyText | None = None
    comment: Text | None = None
    decided_at: Stamp
    content_version: int
    content_digest: str
    invalidated_at: Stamp | None = None
    invalidated_reason: Text | None = None
