"""What exactly is approved of a bill, and its fingerprint.

The digest is sha256 over compact JSON of these fields in this order, as the bill carries them.
"""

from __future__ import annotations

import hashlib

import msgspec

from sandbox.shapes import Bill

FIELDS = (
    "company_id",
    "supplier_id",
    "payee_name",
    "bill_number",
    "document_type",
    "type_code",
    "issue_date",
    "due_date",
    "tax_point_date",
    "delivery_date",
    "service_period_start",
    "service_period_end",
    "currency_code",
    "tax_currency_code",
    "tax_amount_in_tax_currency",
    "net_amount",
    "tax_amount",
    "gross_amount",
    "prepaid_amount",
    "rounding_amount",
    "payable_amount",
    "order_number",
    "payment_term_id",
    "discount_date",
    "discount_amount",
    "payment_instructions",
    "preceding_bills",
    "allowances_charges",
    "tax_breakdown",
    "lines",
)
WIRE = dict(zip(Bill.__struct_fields__, Bill.__struct_encode_fields__, strict=True))


def content(bill: Bill) -> bytes:
    """The approved content as compact JSON."""
    return msgspec.json.encode({WIRE[name]: getattr(bill, name) for name in FIELDS})


def digest(bill: Bill) -> str:
    """`sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(content(bill)).hexdigest()


def renew(bill: Bill) -> bool:
    """Counts a new version where the content is another one; says whether it is."""
    now = digest(bill)
    if now == bill.content_digest:
        return False
    bill.content_version += 1
    bill.content_digest = now
    return True
