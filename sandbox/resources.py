"""Every kind of record the service holds: where it lives, what may be done with it, what it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox import shapes
from sandbox.shapes.scalars import Record

ENVELOPE = frozenset({"id", "version", "createdAt", "updatedAt"})
_BILL_KEPT = frozenset(
    {
        "status",
        "supplierNumber",
        "receivedAt",
        "sourceFormat",
        "attachmentIds",
        "flags",
        "contentVersion",
        "contentDigest",
        "approvedVersion",
        "approvedDigest",
        "firstApprovedAt",
        "submittedByUserId",
        "approvalTrail",
        "erp",
        "amountPaid",
        "discountTaken",
        "amountWithheld",
        "amountWrittenOff",
        "amountOpen",
        "settlements",
        "voidReason",
    }
)


@dataclass(frozen=True)
class Resource:
    """`name` is the path segment. `refs` maps a field path to the resource whose id it holds."""

    name: str
    title: str
    prefix: str
    shape: type[Record]
    number: str  # the attribute people know a record by
    event: str = ""  # first word of its webhook events, "" = silent
    parent: str = ""  # the attribute that names the record it belongs to
    shared: bool = False  # may live without a company
    create: bool = True
    patch: bool = True
    deactivate: bool = False
    kept: frozenset[str] = frozenset()  # set by the service, besides the envelope
    refs: Mapping[str, str] = field(default_factory=dict)

    @property
    def read_only(self) -> frozenset[str]:
        """Fields a client may not send."""
        return ENVELOPE | self.kept


def _coded(prefix: str) -> dict[str, str]:
    return {f"{prefix}.accountId": "ledger-accounts", f"{prefix}.taxCodeId": "tax-codes"}


_ALL = (
    Resource("companies", "Company", "co", shapes.Company, "name", shared=True),
    Resource("users", "User", "usr", shapes.User, "name", shared=True),
    Resource(
        "suppliers",
        "Supplier",
        "sup",
        shapes.Supplier,
        "supplier_number",
        event="supplier",
        shared=True,
        deactivate=True,
        refs={
            "companySettings.companyId": "companies",
            "companySettings.paymentTermId": "payment-terms",
            "companySettings.payableAccountId": "ledger-accounts",
            "parentSupplierId": "suppliers",
            "replacedBySupplierId": "suppliers",
        },
    ),
    Resource(
        "payment-terms",
        "PaymentTerm",
        "term",
        shapes.PaymentTerm,
        "code",
        event="paymentTerm",
        shared=True,
        deactivate=True,
    ),
    Resource(
        "ledger-accounts",
        "LedgerAccount",
        "acc",
        shapes.LedgerAccount,
        "code",
        event="ledgerAccount",
        deactivate=True,
    ),
    Resource("dimensions", "Dimension", "dim", shapes.Dimension, "code", event="dimension", deactivate=True),
    Resource("tax-codes", "TaxCode", "tax", shapes.TaxCode, "code", event="taxCode", deactivate=True),
    Resource(
        "purchase-orders",
        "PurchaseOrder",
        "po",
        shapes.PurchaseOrder,
        "order_number",
        event="purchaseOrder",
        refs={
            "supplierId": "suppliers",
            "paymentTermId": "payment-terms",
            "lines.taxCodeId": "tax-codes",
            **_coded("lines.codings"),
        },
    ),
    Resource(
        "goods-receipts",
        "GoodsReceipt",
        "gr",
        shapes.GoodsReceipt,
        "receipt_number",
        event="goodsReceipt",
        parent="purchase_order_id",
        refs={
            "supplierId": "suppliers",
            "purchaseOrderId": "purchase-orders",
            "lines.purchaseOrderId": "purchase-orders",
            "reversesReceiptId": "goods-receipts",
        },
    ),
    Resource(
        "bills",
        "Bill",
        "bill",
        shapes.Bill,
        "bill_number",
        event="bill",
        kept=_BILL_KEPT,
        refs={
            "supplierId": "suppliers",
            "paymentTermId": "payment-terms",
            "lines.match.purchaseOrderId": "purchase-orders",
            **_coded("lines.codings"),
        },
    ),
    Resource(
        "approvals",
        "Approval",
        "apr",
        shapes.Approval,
        "bill_number",
        event="approval",
        parent="bill_id",
        create=False,
        patch=False,
    ),
    Resource(
        "payments",
        "Payment",
        "pay",
        shapes.Payment,
        "payment_number",
        event="payment",
        refs={
            "supplierId": "suppliers",
            "replacesPaymentId": "payments",
            "allocations.billId": "bills",
        },
    ),
    Resource(
        "attachments",
        "Attachment",
        "att",
        shapes.Attachment,
        "file_name",
        parent="bill_id",
        create=False,
        patch=False,
    ),
    Resource(
        "inbox-items",
        "InboxItem",
        "in",
        shapes.InboxItem,
        "file_name",
        parent="bill_id",
        shared=True,
        create=False,
        patch=False,
    ),
    Resource(
        "webhook-endpoints",
        "WebhookEndpoint",
        "hook",
        shapes.WebhookEndpoint,
        "url",
        shared=True,
        deactivate=True,
        kept=frozenset({"secret"}),
    ),
)

RESOURCES: Mapping[str, Resource] = {resource.name: resource for resource in _ALL}
