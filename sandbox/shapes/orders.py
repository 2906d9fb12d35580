"""Purchase orders and what arrived against them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from sandbox.shapes.bill_parts import DimensionCoding
from sandbox.shapes.scalars import Amount, Code, CurrencyCode, Key, Part, Percent, Quantity, Record, Text

OrderStatus = Literal["open", "closedForReceiving", "closedForBilling", "closed", "cancelled"]


class OrderCoding(Part, kw_only=True):
    """How a line of an order is meant to be coded; percents of a line add up to 100."""

    account_id: str
    percent: Percent = "100"
    tax_code_id: str | None = None
    dimensions: list[DimensionCoding] = []


class OrderLine(Part, kw_only=True):
    """One line, ordered by quantity or by amount. `received`/`billedQuantity` are what the ERP says to date."""

    line_number: Annotated[str, Meta(min_length=1, max_length=40)]
    key: Key | None = None
    item_name: Text | None = None
    description: Text | None = None
    item_code: Text | None = None
    basis: Literal["quantity", "amount"] = "quantity"
    quantity: Quantity | None = None
    unit_code: Code | None = None
    unit_price: Quantity | None = None
    price_base_quantity: Quantity | None = None
    amount: Amount
    received_quantity: Quantity = "0"
    billed_quantity: Quantity = "0"
    billed_amount: Amount | None = None
    tax_code_id: str | None = None
    over_receipt_percent: Percent = "0"
    promised_date: date | None = None
    status: Literal["open", "closed", "cancelled"] = "open"
    codings: list[OrderCoding] = []


class PurchaseOrder(Record, kw_only=True):
    """An order placed by the ERP, kept here to match bills to."""

    order_number: Code
    revision: int = 1
    order_type: Literal["standard", "blanket", "service"] = "standard"
    match_type: Literal["none", "twoWay", "threeWay"] = "threeWay"
    status: OrderStatus = "open"
    supplier_id: str
    currency_code: CurrencyCode
    order_date: date
    payment_term_id: str | None = None
    net_amount: Amount | None = None
    tax_amount: Amount | None = None
    total_amount: Amount
    buyer_name: Text | None = None
    buyer_email: Text | None = None
    note: Text | None = None
    lines: list[OrderLine] = []


class ReceiptLine(Part, kw_only=True):
    """A signed movement of one order line; negative in a return."""

    line_number: Annotated[str, Meta(min_length=1, max_length=40)]
    key: Key | None = None
    purchase_order_id: str | None = None
    purchase_order_line_number: str | None = None
    description: Text | None = None
    item_code: Text | None = None
    quantity: Quantity
    accepted_quantity: Quantity | None = None
    rejected_quantity: Quantity | None = None
    unit_code: Code | None = None
    amount: Amount | None = None


class GoodsReceipt(Record, kw_only=True):
    """Goods that arrived, or went back (`kind` return). Lines may name other orders than the receipt does."""

    receipt_number: Code
    kind: Literal["receipt", "return"] = "receipt"
    status: Literal["posted", "reversed"] = "posted"
    supplier_id: str | None = None
    purchase_order_id: str | None = None
    despatch_reference: Text | None = None
    reverses_receipt_id: str | None = None
    receipt_date: date
    posting_date: date | None = None
    currency_code: CurrencyCode | None = None
    note: Text | None = None
    lines: list[ReceiptLine] = []
