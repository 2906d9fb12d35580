"""Bills: what the supplier sent, how it was coded and matched, who agreed, and what the ERP made of it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import field

from sandbox.shapes.bill_parts import (
    AllowanceCharge,
    ApprovalStep,
    BillLine,
    CurrencyText,
    ErpState,
    Flag,
    PartyAddress,
    PaymentInstructions,
    PrecedingBill,
    Settlement,
    TaxLine,
)
from sandbox.shapes.scalars import Amount, Code, Record, Stamp, Text

BillStatus = Literal["received", "coding", "inApproval", "approved", "exported", "posted", "partlyPaid", "paid", "void"]
DocumentType = Literal["invoice", "creditNote", "correctedInvoice", "prepayment", "selfBilled"]


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
    supplier_address: PartyAddress | None = None
    payee_name: Text | None = None
    buyer_name: Text | None = None
    buyer_tax_id: Text | None = None
    buyer_endpoint_id: Text | None = None
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
    contract_reference: Text | None = None
    project_reference: Text | None = None
    sales_order_reference: Text | None = None
    receipt_reference: Text | None = None
    despatch_reference: Text | None = None
    buyer_accounting_reference: Text | None = None
    delivery_date: date | None = None
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
    approval_trail: list[ApprovalStep] = []
    erp: ErpState = field(default_factory=ErpState)
    amount_paid: Amount = "0"
    discount_taken: Amount = "0"
    amount_withheld: Amount = "0"
    amount_written_off: Amount = "0"
    amount_open: Amount = "0"
    settlements: list[Settlement] = []
    void_reason: Text | None = None


class Approval(Record, kw_only=True):
    """One round of approval of one version of a bill; a correction ends it and the next one starts anew."""

    bill_id: str
    bill_number: Code
    supplier_id: str | None = None
    supplier_name: Text | None = None
    currency_code: CurrencyText
    payable_amount: Amount
    status: Literal["pending", "approved", "refused", "withdrawn", "invalidated"] = "pending"
    requested_at: Stamp
    requested_by_user_id: str
    requested_by_name: str
    completed_at: Stamp | None = None
    content_version: int
    content_digest: str
    steps: list[ApprovalStep] = []
    invalidated_at: Stamp | None = None
    invalidated_reason: Text | None = None
