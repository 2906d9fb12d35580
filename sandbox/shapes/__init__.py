"""What the service keeps and answers, as typed records. Names on the wire are camelCase; amounts are strings."""

from __future__ import annotations

from sandbox.shapes.bill_parts import BillLine, Coding
from sandbox.shapes.bills import Approval, Bill
from sandbox.shapes.coding import Dimension, LedgerAccount, TaxCode
from sandbox.shapes.files import Attachment, InboxItem
from sandbox.shapes.hooks import WebhookEndpoint
from sandbox.shapes.orders import GoodsReceipt, PurchaseOrder
from sandbox.shapes.parties import Company, PaymentTerm, Supplier, User
from sandbox.shapes.payments import Payment
from sandbox.shapes.scalars import Record

__all__ = [
    "Approval",
    "Attachment",
    "Bill",
    "BillLine",
    "Coding",
    "Company",
    "Dimension",
    "GoodsReceipt",
    "InboxItem",
    "LedgerAccount",
    "Payment",
    "PaymentTerm",
    "PurchaseOrder",
    "Record",
    "Supplier",
    "TaxCode",
    "User",
    "WebhookEndpoint",
]
