"""Invoice: amounts exactly as on the document; the type code says which way the money goes.

One record family in one file because its parts are only ever read together.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .base import (
    UNSET,
    About,
    Amount,
    Day,
    Flag,
    Instant,
    Key,
    Line,
    LongText,
    Many,
    Maybe,
    Number,
    Record,
    Ref,
    Reference,
    Text,
)
from .parts import AllowanceCharge, CodingSplit, Party, PostalAddress


class PrecedingInvoice(Line, kw_only=True, frozen=True):
    """The invoice a credit note or correction is about (BG-3)."""

    identity: ClassVar[tuple[str, ...]] = ("invoice_number",)

    invoice_number: Annotated[Key, About("Its number.", "BT-25")]
    issue_date: Annotated[Day, About("Its date.", "BT-26")] = UNSET
    invoice: Annotated[Reference, About("The invoice as a reference.")] = UNSET


class PaymentInstruction(Line, kw_only=True, frozen=True):
    """How the seller asks to be paid (BG-16). An instruction, never a payment."""

    id: Annotated[Key, About("Says which instruction this is.", sensitive=True)]
    payment_means_code: Annotated[Text, About("How (UNCL 4461).", "BT-81", sensitive=True)] = UNSET
    payment_means_text: Annotated[Text, About("How, in words.", "BT-82", sensitive=True)] = UNSET
    remittance_information: Annotated[Text, About("What to write on the payment.", "BT-83", sensitive=True)] = UNSET
    account_id: Annotated[Text, About("Account asked for.", "BT-84", sensitive=True)] = UNSET
    account_name: Annotated[Text, About("Its holder.", "BT-85", sensitive=True)] = UNSET
    bic: Annotated[Text, About("Its bank.", "BT-86", label="BIC", sensitive=True)] = UNSET
    mandate_id: Annotated[Text, About("Direct debit mandate.", "BT-89", sensitive=True)] = UNSET


class TaxSubtotal(Line, kw_only=True, frozen=True):
    """One row of the VAT breakdown (BG-23)."""

    id: Annotated[Key, About("Says which row this is, for example S/19.")]
    category_code: Annotated[Text, About("Tax category (UNCL 5305).", "BT-118", required=True)] = UNSET
    rate: Annotated[Number, About("Rate in percent.", "BT-119")] = UNSET
    taxable_amount: Annotated[Amount, About("What the tax is taken of.", "BT-116", required=True)] = UNSET
    tax_amount: Annotated[Amount, About("The tax.", "BT-117", required=True)] = UNSET
    exemption_reason: Annotated[Text, About("Why no tax is due, in words.", "BT-120")] = UNSET
    exemption_reason_code: Annotated[Text, About("Why no tax is due, as a code.", "BT-121")] = UNSET


class InvoiceLine(Line, kw_only=True, frozen=True):
    """One line (BG-25) with its coding splits, which sum to it."""

    id: Annotated[Key, About("Line identifier; stable when lines move.", "BT-126")]
    note: Annotated[LongText, About("Note.", "BT-127")] = UNSET
    name: Annotated[Text, About("Item name.", "BT-153", required=True)] = UNSET
    description: Annotated[LongText, About("Item description.", "BT-154")] = UNSET
    seller_item_id: Annotated[Text, About("The seller's item number.", "BT-155")] = UNSET
    buyer_item_id: Annotated[Text, About("The buyer's item number.", "BT-156")] = UNSET
    standard_item_id: Annotated[Text, About("GTIN or the like.", "BT-157")] = UNSET
    quantity: Annotated[Number, About("Quantity invoiced.", "BT-129")] = UNSET
    unit_code: Annotated[Text, About("Unit (UN/ECE Recommendation 20).", "BT-130")] = UNSET
    price_amount: Annotated[
        Amount, About("Net price of the base quantity; may have more digits than the currency.", "BT-146")
    ] = UNSET
    price_discount_amount: Annotated[Amount, About("Taken off the gross price.", "BT-147")] = UNSET
    gross_price_amount: Annotated[Amount, About("Price before the discount.", "BT-148")] = UNSET
    base_quantity: Annotated[Number, About("Units the price is for; 1 where absent.", "BT-149")] = UNSET
    line_extension_amount: Annotated[Amount, About("Line amount without tax.", "BT-131", required=True)] = UNSET
    allowance_charges: Annotated[
        Many[AllowanceCharge],
        About("Reductions and additions of the line.", "BG-27"),
    ] = UNSET
    tax_category_code: Annotated[Text, About("Tax category (UNCL 5305).", "BT-151")] = UNSET
    tax_rate: Annotated[Number, About("Tax rate in percent.", "BT-152")] = UNSET
    tax_code: Annotated[Reference, About("The buyer's tax code.")] = UNSET
    tax_amount: Annotated[Amount, About("Tax of the line, where the source states it.")] = UNSET
    non_recoverable_tax_amount: Annotated[Amount, About("Tax that becomes cost.")] = UNSET
    period_start: Annotated[Day, About("First day the line is for.", "BT-134")] = UNSET
    period_end: Annotated[Day, About("Last day the line is for.", "BT-135")] = UNSET
    purchase_order: Annotated[Reference, About("The order it belongs to.")] = UNSET
    order_line: Annotated[Reference, About("The order line it belongs to.")] = UNSET
    order_line_number: Annotated[Text, About("Number of the order line.", "BT-132")] = UNSET
    receipt_line: Annotated[Reference, About("The receipt line it was matched to.")] = UNSET
    accounting_cost: Annotated[Text, About("Coding the seller was asked to print.", "BT-133")] = UNSET
    splits: Annotated[Many[CodingSplit], About("Coding; sums to the line.")] = UNSET


class Invoice(Record, kw_only=True, frozen=True):
    """A supplier's invoice, credit note or correction. It is atomic: all of its lines or none."""

    OBJECT: ClassVar[str] = "invoice"

    invoice_number: Annotated[Text, About("The supplier's number.", "BT-1", required=True)] = UNSET
    erp_document_number: Annotated[Text, About("Number the ERP gave it.")] = UNSET
    invoice_type_code: Annotated[
        Maybe[Literal["380", "381", "383", "384", "386", "389"]],
        About(
            "380 invoice, 381 credit note, 383 debit note, 384 correction, 386 prepayment, 389 self-billed.",
            "BT-3",
            required=True,
        ),
    ] = UNSET
    status: Annotated[
        Maybe[
            Literal[
                "captured",
                "coded",
                "in_approval",
                "approved",
                "rejected",
                "posted",
                "partly_paid",
                "paid",
                "void",
            ]
        ],
        About("Where it stands."),
    ] = UNSET
    origin: Annotated[
        Maybe[Literal["captured", "erp_keyed", "erp_draft", "opening"]],
        About("Who entered it first; an opening item is never posted again."),
    ] = UNSET
    vendor: Annotated[Reference, About("The vendor.", required=True)] = UNSET
    entity: Annotated[Reference, About("Legal entity that owes it.")] = UNSET
    seller: Annotated[Maybe[Party], About("The seller as printed.", "BG-4")] = UNSET
    buyer: Annotated[Maybe[Party], About("The buyer as printed; routes it to an entity.", "BG-7")] = UNSET
    payee: Annotated[Maybe[Party], About("Who is paid, where it is not the seller.", "BG-10", sensitive=True)] = UNSET
    issue_date: Annotated[Day, About("Invoice date.", "BT-2", required=True)] = UNSET
    due_date: Annotated[Day, About("Due date.", "BT-9")] = UNSET
    tax_point_date: Annotated[Day, About("Day the tax falls due.", "BT-7")] = UNSET
    posting_date: Annotated[Day, About("Day it is booked.")] = UNSET
    received_date: Annotated[Day, About("Day it arrived.")] = UNSET
    received_at: Annotated[Instant, About("When it arrived.")] = UNSET
    period_start: Annotated[Day, About("First day it is for.", "BT-73")] = UNSET
    period_end: Annotated[Day, About("Last day it is for.", "BT-74")] = UNSET
    delivery_date: Annotated[Day, About("Day of delivery.", "BT-72")] = UNSET
    currency_code: Annotated[Text, About("Currency of the document (ISO 4217).", "BT-5", required=True)] = UNSET
    tax_currency_code: Annotated[Text, About("Currency the tax is accounted in.", "BT-6")] = UNSET
    exchange_rate: Annotated[Number, About("Units of the functional currency for one of the document's.")] = UNSET
    exchange_rate_date: Annotated[Day, About("Day of the rate.")] = UNSET
    buyer_reference: Annotated[Text, About("Reference the buyer asked for.", "BT-10")] = UNSET
    project_reference: Annotated[Text, About("Project.", "BT-11")] = UNSET
    contract_reference: Annotated[Text, About("Contract.", "BT-12")] = UNSET
    order_reference: Annotated[Text, About("Order number as printed.", "BT-13")] = UNSET
    sales_order_reference: Annotated[Text, About("The seller's order number.", "BT-14")] = UNSET
    receipt_reference: Annotated[Text, About("Receipt as printed.", "BT-15")] = UNSET
    despatch_reference: Annotated[Text, About("Delivery note as printed.", "BT-16")] = UNSET
    accounting_cost: Annotated[Text, About("Coding the seller was asked to print.", "BT-19")] = UNSET
    purchase_order: Annotated[Reference, About("The order, where it is only one.")] = UNSET
    non_po: Annotated[Flag, About("True where there is no order.", label="Without order")] = UNSET
    preceding_invoices: Annotated[Many[PrecedingInvoice], About("What it corrects or credits.", "BG-3")] = UNSET
    payment_term: Annotated[Reference, About("The payment term.")] = UNSET
    payment_terms_note: Annotated[Text, About("Payment terms as printed.", "BT-20")] = UNSET
    discount_date: Annotated[Day, About("Last day of the cash discount.")] = UNSET
    discount_amount: Annotated[Amount, About("Cash discount if paid by then.")] = UNSET
    payment_instructions: Annotated[
        Many[PaymentInstruction],
        About("How the seller asks to be paid.", "BG-16", sensitive=True),
    ] = UNSET
    ship_to: Annotated[Maybe[PostalAddress], About("Where it was delivered.", "BG-15")] = UNSET
    allowance_charges: Annotated[Many[AllowanceCharge], About("Of the whole document.", "BG-20")] = UNSET
    tax_subtotals: Annotated[Many[TaxSubtotal], About("VAT breakdown.", "BG-23")] = UNSET
    line_extension_amount: Annotated[Amount, About("Sum of the lines.", "BT-106")] = UNSET
    allowance_total_amount: Annotated[Amount, About("Sum of the allowances.", "BT-107")] = UNSET
    charge_total_amount: Annotated[Amount, About("Sum of the charges.", "BT-108")] = UNSET
    tax_exclusive_amount: Annotated[Amount, About("Total without tax.", "BT-109", required=True)] = UNSET
    tax_amount: Annotated[Amount, About("Tax.", "BT-110")] = UNSET
    tax_amount_in_tax_currency: Annotated[Amount, About("Tax in the currency of accounting.", "BT-111")] = UNSET
    tax_inclusive_amount: Annotated[Amount, About("Total with tax.", "BT-112", required=True)] = UNSET
    prepaid_amount: Annotated[Amount, About("Already paid.", "BT-113")] = UNSET
    payable_rounding_amount: Annotated[Amount, About("Rounding, signed.", "BT-114")] = UNSET
    payable_amount: Annotated[Amount, About("What is due.", "BT-115", required=True)] = UNSET
    self_assessed_tax_amount: Annotated[Amount, About("Tax the buyer owes itself (reverse charge, use tax).")] = UNSET
    non_recoverable_tax_amount: Annotated[Amount, About("Tax that becomes cost.")] = UNSET
    withheld_amount: Annotated[Amount, About("Tax withheld from the payment.")] = UNSET
    retained_amount: Annotated[Amount, About("Kept back until later.")] = UNSET
    image_hash: Annotated[Text, About("SHA-256 of the original file.")] = UNSET
    documents: Annotated[Many[Ref], About("Files that belong to it.")] = UNSET
    reverses: Annotated[Reference, About("The invoice it takes back.")] = UNSET
    reversed_by: Annotated[Reference, About("What took it back.")] = UNSET
    void_date: Annotated[Day, About("Day it was made void.")] = UNSET
    note: Annotated[LongText, About("Note.", "BT-22")] = UNSET
    lines: Annotated[Many[InvoiceLine], About("Its lines.", "BG-25", required=True)] = UNSET
