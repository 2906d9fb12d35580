"""The inbox: files become bills, or stay as rejected items with the reason. Every file is kept byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from sandbox import einvoice
from sandbox.ap import billing
from sandbox.ap.coding import order_line
from sandbox.calls import typed
from sandbox.einvoice import checks
from sandbox.einvoice.reading import Found
from sandbox.einvoice.safexml import Unreadable
from sandbox.errors import ApiError, invalid
from sandbox.resources import ENVELOPE
from sandbox.shapes import Attachment, Bill, InboxItem, PurchaseOrder
from sandbox.shapes.bill_parts import Flag, OrderMatch
from sandbox.work import Work, squeezed


@dataclass(frozen=True)
class File:
    """A file as it was handed in."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def take_in(work: Work, file: File, company_id: str | None) -> tuple[InboxItem, Bill | None]:
    """The inbox item, and the bill where one could be made."""
    item = InboxItem(
        file_name=file.name,
        media_type=file.media_type,
        byte_size=len(file.content),
        sha256=file.sha256,
        status="rejected",
    )
    keep_content(work, file)
    try:
        found = einvoice.read(file.content)
        bill = _bill(work, found, company_id)
    except (Unreadable, ApiError) as fault:
        item.reason = str(fault)
        return work.add(item, operation="reject"), None
    attach(work, bill, file, kind="original")
    for part in found.embedded:
        attach(work, bill, File(part.file_name, part.media_type, part.content), kind="supporting")
    work.save(bill, operation="attach", event="")
    item.status, item.bill_id, item.company_id = "accepted", bill.id, bill.company_id
    item.format = "ubl" if bill.source_format == "ubl" else "cii"
    return work.add(item, operation="accept"), bill


def keep_content(work: Work, file: File) -> None:
    """Stores the bytes under their digest, once."""
    work.db.execute("INSERT OR IGNORE INTO files (sha256, content) VALUES (?, ?)", (file.sha256, file.content))


def attach(work: Work, bill: Bill, file: File, *, kind: str = "supporting") -> Attachment:
    """Adds a file to a bill; the caller saves the bill."""
    keep_content(work, file)
    data = {
        "companyId": bill.company_id,
        "billId": bill.id,
        "fileName": file.name,
        "mediaType": file.media_type,
        "byteSize": len(file.content),
        "sha256": file.sha256,
        "kind": kind,
    }
    added = work.add(typed(data, Attachment), operation="attach")
    bill.attachment_ids = [*bill.attachment_ids, added.id]
    return added


def content(work: Work, attachment: Attachment) -> bytes:
    """The bytes of an attachment."""
    row = work.db.execute("SELECT content FROM files WHERE sha256 = ?", (attachment.sha256,)).fetchone()
    return bytes(row[0])


def _bill(work: Work, found: Found, company_id: str | None) -> Bill:
    data = msgspec.to_builtins(found.bill)
    bill = typed({name: value for name, value in data.items() if name not in ENVELOPE}, Bill)
    bill.company_id = company_id or _company(work, bill)
    bill.supplier_id = _supplier(work, bill)
    bill.flags = [*checks.flags(found), *_flags(work, bill)]
    _match_order(work, bill)
    billing.keep(work, None, bill)
    return work.add(bill, operation="receive", event="received")


def _company(work: Work, bill: Bill) -> str:
    found = _one(work, "companies", [bill.buyer_tax_id, bill.buyer_endpoint_id], [bill.buyer_name])
    if found is None:
        who = " / ".join(filter(None, (bill.buyer_name, bill.buyer_tax_id))) or "nobody"
        raise invalid(f"The invoice is addressed to {who}, which is none of the companies here. Choose the company.")
    return found


def _supplier(work: Work, bill: Bill) -> str | None:
    return _one(work, "suppliers", [bill.supplier_tax_id], [bill.supplier_name])


def _one(work: Work, kind: str, taxes: list[str | None], names: list[str | None]) -> str | None:
    """The only one with a tax id, else the only one with a name; of several, none."""
    keys = [f"tax:{squeezed(tax)}" for tax in taxes if tax] + [f"name:{squeezed(name)}" for name in names if name]
    for key in keys:
        if found := work.lookup(kind, key):
            return found[0] if len(found) == 1 else None
    return None


def _flags(work: Work, bill: Bill) -> Iterator[Flag]:
    if bill.supplier_id is None:
        yield Flag(
            code="supplierUnknown", text=f"{bill.supplier_name or 'The sender'} is no known supplier. Choose one."
        )
    else:
        query = "SELECT id FROM objects WHERE kind = 'bills' AND number = ? AND json_extract(body, '$.supplierId') = ?"
        for row in work.db.execute(query, (bill.bill_number, bill.supplier_id)):
            yield Flag(code="sameNumber", text=f"{row['id']} from this supplier has the same number.")
    if bill.order_number and _order(work, bill) is None:
        yield Flag(code="orderUnknown", text=f"There is no order {bill.order_number} in this company.")


def _order(work: Work, bill: Bill) -> PurchaseOrder | None:
    query = "SELECT id FROM objects WHERE kind = 'purchase-orders' AND number = ? AND company = ?"
    row = work.db.execute(query, (bill.order_number, bill.company_id)).fetchone()
    return work.get(PurchaseOrder, row["id"]) if row else None


def _match_order(work: Work, bill: Bill) -> None:
    """Matches lines that name a line of a known order of the same supplier; a clerk may change it."""
    order = _order(work, bill) if bill.order_number else None
    if order is None or order.supplier_id != bill.supplier_id:
        return
    for line in bill.lines:
        if line.order_line_reference and order_line(order, line.order_line_reference):
            line.match = OrderMatch(
                purchase_order_id=order.id, line_number=line.order_line_reference, quantity=line.quantity
            )
