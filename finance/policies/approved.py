"""What is posted is what was approved, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from finance.fingerprint import Difference, approved_content, approved_equals, digest, fingerprint
from finance.policies.base import Example, Finding, policy
from finance.policies.facts import ApprovedInvoice, PolicyFacts
from finance.policies.samples import sample_coded, sample_invoice
from finance.records import Invoice, decode_as

_CONTENT = approved_content(decode_as(Invoice, sample_invoice()))
_APPROVAL = ApprovedInvoice("approved", digest(_CONTENT), _CONTENT, approved_by="A. Schmidt")


def _facts(approval: ApprovedInvoice | None) -> PolicyFacts:
    return {"approval": approval}


@policy(
    code="approved_is_posted",
    objects=("invoice",),
    needs=("approval",),
    label="Not what was approved",
    examples=[
        Example("exactly what was approved", sample_invoice(), _facts(_APPROVAL)),
        Example("spelt otherwise, the same", sample_invoice(payable_amount="119.0000"), _facts(_APPROVAL)),
        Example("another amount", sample_invoice(payable_amount="119.01"), _facts(_APPROVAL), ("block",)),
        Example("another account", sample_coded("4100"), _facts(_APPROVAL), ("block",)),
        Example(
            "another amount, only the digest was kept",
            sample_invoice(payable_amount="119.01"),
            _facts(replace(_APPROVAL, content=None)),
            ("block",),
        ),
        Example("not approved yet", sample_invoice(), _facts(replace(_APPROVAL, status="pending")), ("block",)),
        Example("no approval at all", sample_invoice(), _facts(None), ("block",)),
        Example(
            "the approval was made void",
            sample_invoice(),
            _facts(replace(_APPROVAL, invalidated_by="line 1 was coded anew")),
            ("block",),
        ),
    ],
)
def approved_is_posted(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Blocks an invoice whose vendor, payee, amounts, tax, dates or coding are not those that were approved."""
    approval = facts["approval"]
    number = invoice.invoice_number or ""
    if approval is None or approval.status != "approved":
        state = "has no approval" if approval is None else f"is {approval.status}, not approved"
        message = f"Invoice {number} {state}. It must not be posted or paid. Have it approved first."
        yield Finding("block", (), message, "approved_is_posted:not_approved")
    elif approval.invalidated_by:
        message = (
            f"The approval of invoice {number} is void: {approval.invalidated_by}. It must not be posted or paid. "
            "Have it approved again."
        )
        yield Finding("block", (), message, "approved_is_posted:void")
    elif approval.fingerprint != fingerprint(invoice):
        yield _changed(invoice, approval)


def _changed(invoice: Invoice, approval: ApprovedInvoice) -> Finding:
    differences = approved_equals(approval.content, invoice) if approval.content is not None else []
    by = f" by {approval.approved_by}" if approval.approved_by else ""
    words = " ".join(difference.sentence for difference in differences) or "What exactly was not kept."
    return Finding(
        "block",
        tuple(difference.field for difference in differences),
        f"Invoice {invoice.invoice_number or ''} was changed after it was approved{by}. {words} "
        "It must not be posted or paid like this. Have the change approved, or put back what was approved.",
        "approved_is_posted:changed",
        {"differences": [_as_dict(difference) for difference in differences], "approved": approval.fingerprint},
    )


def _as_dict(difference: Difference) -> dict[str, str]:
    return {"field": difference.field, "approved": difference.approved, "now": difference.now}
