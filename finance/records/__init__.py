"""Canonical records. `decode` and `encode` are the only way in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import (
    UNSET,
    About,
    Kind,
    Line,
    Payload,
    Record,
    RecordFault,
    Ref,
    UnsetType,
)
from .codec import decode_as, encode
from .invoice import Invoice, InvoiceLine, PaymentInstruction, PrecedingInvoice, TaxSubtotal
from .parts import (
    Address,
    AllowanceCharge,
    CodingSplit,
    DimensionAssignment,
    FinancialAccount,
    Party,
    PostalAddress,
    TaxRegistration,
)
from .purchasing import OrderLine, PurchaseOrder, Receipt, ReceiptLine
from .scan import within_bounds
from .settlement import Approval, ApprovalStep, Document, Payment, PaymentAllocation
from .structure import Account, AllowedValues, Dimension, DimensionValue, Instalment, PaymentTerm, TaxCode
from .upcast import UPCASTERS, Upcasters
from .vendor import Vendor, VendorEntity

OBJECTS: Mapping[str, type[Record]] = {
    cls.OBJECT: cls
    for cls in (
        Vendor,
        Account,
        Dimension,
        TaxCode,
        PaymentTerm,
        PurchaseOrder,
        Receipt,
        Invoice,
        Approval,
        Payment,
        Document,
    )
}
SCHEMA_VERSIONS: Mapping[str, int] = {name: cls.SCHEMA_VERSION for name, cls in OBJECTS.items()}


def decode(obj: str, payload: Mapping[str, Any]) -> Record:
    """The record of kind `obj` a payload describes; raises RecordFault(field, message)."""
    cls = OBJECTS.get(obj)
    if cls is None:
        raise RecordFault("", f"there is no record called {obj!r}; known are {', '.join(OBJECTS)}")
    return decode_as(cls, payload)


__all__ = [
    "OBJECTS",
    "SCHEMA_VERSIONS",
    "UNSET",
    "UPCASTERS",
    "About",
    "Account",
    "Address",
    "AllowanceCharge",
    "AllowedValues",
    "Approval",
    "ApprovalStep",
    "CodingSplit",
    "Dimension",
    "DimensionAssignment",
    "DimensionValue",
    "Document",
    "FinancialAccount",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "Kind",
    "Line",
    "OrderLine",
    "Party",
    "Payload",
    "Payment",
    "PaymentAllocation",
    "PaymentInstruction",
    "PaymentTerm",
    "PostalAddress",
    "PrecedingInvoice",
    "PurchaseOrder",
    "Receipt",
    "ReceiptLine",
    "Record",
    "RecordFault",
    "Ref",
    "TaxCode",
    "TaxRegistration",
    "TaxSubtotal",
    "UnsetType",
    "Upcasters",
    "Vendor",
    "VendorEntity",
    "decode",
    "decode_as",
    "encode",
    "within_bounds",
]
