"""Purchase orders and receipts, line by line."""

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
    Reference,
    Text,
    WholeNumber,
)
from .parts import AllowanceCharge, CodingSplit, PostalAddress


class OrderLine(Line, kw_only=True, frozen=True):
    """A line of an order, by quantity or by amount, with what was received and invoiced so far."""

    id: Annotated[Key, About("Id of the line in its system; stable when lines move.")]
    line_number: Annotated[Text, About("Line number people read.", "BT-132", required=True)] = UNSET
    name: Annotated[Text, About("Item name.", "BT-153")] = UNSET
    description: Annotated[LongText, About("Item description.", "BT-154")] = UNSET
    seller_item_id: Annotated[Text, About("The seller's item number.", "BT-155")] = UNSET
    buyer_item_id: Annotated[Text, About("The buyer's item number.", "BT-156")] = UNSET
    standard_item_id: Annotated[Text, About("GTIN or the like.", "BT-157")] = UNSET
    basis: Annotated[
        Maybe[Literal["quantity", "amount"]],
        About("Whether the line is ordered by quantity or by amount."),
    ] = UNSET
    match: Annotated[
        Maybe[Literal["none", "two_way", "three_way"]],
        About("two_way: invoice against order. three_way: against the receipt too."),
    ] = UNSET
    ordered_quantity: Annotated[Number, About("Quantity ordered.", "BT-129")] = UNSET
    received_quantity: Annotated[Number, About("Quantity received so far, returns taken off.")] = UNSET
    invoiced_quantity: Annotated[Number, About("Quantity invoiced so far.")] = UNSET
    ordered_amount: Annotated[Amount, About("Amount ordered, for lines by amount.")] = UNSET
    received_amount: Annotated[Amount, About("Value received so far.")] = UNSET
    invoiced_amount: Annotated[Amount, About("Amount invoiced so far.")] = UNSET
    unit_code: Annotated[Text, About("Unit (UN/ECE Recommendation 20).", "BT-130")] = UNSET
    unit_factor: Annotated[Number, About("Stock units in one ordered unit.")] = UNSET
    price_amount: Annotated[
        Amount, About("Net price of the base quantity; may have more digits than the currency.", "BT-146")
    ] = UNSET
    base_quantity: Annotated[Number, About("Units the price is for; 1 where absent.", "BT-149")] = UNSET
    line_extension_amount: Annotated[Amount, About("Line amount without tax.", "BT-131")] = UNSET
    tax_code: Annotated[Reference, About("The buyer's tax code.")] = UNSET
    tax_category_code: Annotated[Text, About("Tax category (UNCL 5305).", "BT-151")] = UNSET
    tax_rate: Annotated[Number, About("Tax rate in percent.", "BT-152")] = UNSET
    tax_amount: Annotated[Amount, About("Tax of the line.")] = UNSET
    allowance_charges: Annotated[Many[AllowanceCharge], About("Reductions and additions.")] = UNSET
    over_receipt_percent: Annotated[Number, About("How much more than ordered may be received.")] = UNSET
    over_invoice_percent: Annotated[Number, About("How much more than ordered may be invoiced.")] = UNSET
    delivery_date: Annotated[Day, About("Day the goods are wanted.")] = UNSET
    closed_for_receiving: Annotated[Flag, About("True where no more receipts are expected.")] = UNSET
    closed_for_invoicing: Annotated[Flag, About("True where no more invoices are expected.")] = UNSET
    short_closed: Annotated[Flag, About("True where the rest was given up.")] = UNSET
    splits: Annotated[Many[CodingSplit], About("Coding proposed for its invoices.")] = UNSET


class PurchaseOrder(Record, kw_only=True, frozen=True):
    """A purchase order. `status` says whether it can still be received and invoiced against."""

    OBJECT: ClassVar[str] = "purchase_order"

    order_number: Annotated[Text, About("Order number.", "BT-13", required=True)] = UNSET
    revision: Annotated[Text, About("Revision of the order.")] = UNSET
    order_type: Annotated[Maybe[Literal["standard", "blanket", "service"]], About("Kind of order.")] = UNSET
    status: Annotated[
        Maybe[Literal["draft", "pending", "open", "closed", "cancelled"]],
        About("Only open orders can be invoiced."),
    ] = UNSET
    vendor: Annotated[Reference, About("Who it was sent to.", required=True)] = UNSET
    entity: Annotated[Reference, About("Legal entity that buys.")] = UNSET
    issue_date: Annotated[Day, About("Order date.", required=True)] = UNSET
    currency_code: Annotated[Text, About("Currency of the order (ISO 4217).", "BT-5", required=True)] = UNSET
    payment_term: Annotated[Reference, About("When it is paid.")] = UNSET
    buyer_name: Annotated[Text, About("Who ordered; whom to ask.")] = UNSET
    buyer_email: Annotated[Text, About("How to ask the buyer.")] = UNSET
    requester_name: Annotated[Text, About("Who wanted it.")] = UNSET
    contract_reference: Annotated[Text, About("Contract it was ordered under.", "BT-12")] = UNSET
    ship_to: Annotated[Maybe[PostalAddress], About("Where it is delivered.", "BG-15")] = UNSET
    delivery_date: Annotated[Day, About("Day the goods are wanted.")] = UNSET
    valid_from: Annotated[Day, About("First day of a blanket order.")] = UNSET
    valid_to: Annotated[Day, About("Last day of a blanket order.")] = UNSET
    limit_amount: Annotated[Amount, About("Limit of a blanket order.")] = UNSET
    erp_drafts_invoices: Annotated[Flag, About("True where the ERP drafts the supplier invoice itself.")] = UNSET
    allowance_charges: Annotated[Many[AllowanceCharge], About("Of the whole order.")] = UNSET
    tax_exclusive_amount: Annotated[Amount, About("Total without tax.", "BT-109")] = UNSET
    tax_amount: Annotated[Amount, About("Tax.", "BT-110")] = UNSET
    tax_inclusive_amount: Annotated[Amount, About("Total with tax.", "BT-112")] = UNSET
    note: Annotated[LongText, About("Note on the order.", "BT-22")] = UNSET
    lines: Annotated[Many[OrderLine], About("Its lines.", required=True)] = UNSET


class ReceiptLine(Line, kw_only=True, frozen=True):
    """One movement. The quantity is signed: what comes in is positive, what goes back is negative."""

    id: Annotated[Key, About("Id of the line in its system.")]
    line_number: Annotated[Text, About("Line number people read.")] = UNSET
    purchase_order: Annotated[Reference, About("The order it belongs to.")] = UNSET
    order_line: Annotated[Reference, About("The order line it belongs to.")] = UNSET
    order_line_number: Annotated[Text, About("Number of the order line.", "BT-132")] = UNSET
    name: Annotated[Text, About("Item name.", "BT-153")] = UNSET
    quantity: Annotated[Number, About("Signed quantity moved.", required=True)] = UNSET
    accepted_quantity: Annotated[Number, About("Quantity accepted.")] = UNSET
    rejected_quantity: Annotated[Number, About("Quantity rejected.")] = UNSET
    rejection_reason: Annotated[Text, About("Why it was rejected.")] = UNSET
    unit_code: Annotated[Text, About("Unit (UN/ECE Recommendation 20).", "BT-130")] = UNSET
    value_amount: Annotated[Amount, About("Signed value of the movement.")] = UNSET
    reverses_line: Annotated[Reference, About("The receipt line it takes back.")] = UNSET


class Receipt(Record, kw_only=True, frozen=True):
    """Goods or services received, returned, or a receipt reversed (UBL receipt advice)."""

    OBJECT: ClassVar[str] = "receipt"

    receipt_number: Annotated[Text, About("Receipt number.", "BT-15", required=True)] = UNSET
    movement: Annotated[Maybe[Literal["receipt", "return", "reversal"]], About("What kind of movement it is.")] = UNSET
    status: Annotated[Maybe[Literal["draft", "done", "cancelled"]], About("Only done ones count.")] = UNSET
    vendor: Annotated[Reference, About("Who delivered.", required=True)] = UNSET
    entity: Annotated[Reference, About("Legal entity that received.")] = UNSET
    purchase_order: Annotated[Reference, About("The order, where it is only one.")] = UNSET
    despatch_reference: Annotated[Text, About("The vendor's delivery note.", "BT-16")] = UNSET
    receipt_date: Annotated[Day, About("Day it arrived.", "BT-72", required=True)] = UNSET
    posting_date: Annotated[Day, About("Day it was booked.")] = UNSET
    received_by: Annotated[Text, About("Who took it in; whom to ask.")] = UNSET
    recorded_at: Annotated[Instant, About("When it was entered.")] = UNSET
    currency_code: Annotated[Text, About("Currency of the values (ISO 4217).")] = UNSET
    value_amount: Annotated[Amount, About("Signed value of all lines.")] = UNSET
    reverses: Annotated[Reference, About("The receipt it takes back.")] = UNSET
    line_count: Annotated[WholeNumber, About("Number of lines the source states.")] = UNSET
    lines: Annotated[Many[ReceiptLine], About("Its lines.", required=True)] = UNSET
