"""The life of a bill: received → coding → inApproval → approved → exported → posted → partlyPaid → paid, or void.

A change of what was approved takes the approval away; a bill the ERP has cannot be changed here any more.
"""

from __future__ import annotations

import msgspec

from sandbox.ap import approving, coding, content, settling
from sandbox.errors import conflict, invalid
from sandbox.shapes import Bill, Supplier
from sandbox.shapes.bill_parts import ErpState, Flag
from sandbox.shapes.requests import ErpReport
from sandbox.work import Work
from sandbox.writing import rule

CHANGEABLE = frozenset({"received", "coding", "inApproval", "approved"})
WITH_ERP = frozenset({"exported", "posted", "partlyPaid", "paid"})


@rule("bills")
def keep(work: Work, before: Bill | None, bill: Bill) -> None:
    """Completes a bill that a client made or changed, and counts its content."""
    coding.complete(work, before, bill)
    _name_supplier(work, bill)
    if before is None:
        bill.received_at = bill.received_at or work.store.stamp()
    changed = content.renew(bill)
    if before is not None and changed:
        _changed(work, bill)
    settling.settle(work, bill)


def _changed(work: Work, bill: Bill) -> None:
    if bill.status not in CHANGEABLE:
        raise conflict(f"Bill {bill.bill_number} is {bill.status}; it can no longer be changed here.")
    approving.invalidate(work, bill, "The bill was changed.")
    bill.status = "coding"


def _name_supplier(work: Work, bill: Bill) -> None:
    if bill.supplier_id is None:
        bill.supplier_number = None
        return
    supplier = work.get(Supplier, bill.supplier_id)
    bill.supplier_number = supplier.supplier_number
    bill.supplier_name = bill.supplier_name or supplier.display_name
    bill.flags = [flag for flag in bill.flags if flag.code != "supplierUnknown"]


def reopen(work: Work, bill: Bill, reason: str) -> Bill:
    """Back to coding; what was decided so far is void."""
    if bill.status not in ("inApproval", "approved"):
        raise conflict(f"Bill {bill.bill_number} is {bill.status}; only one in approval or approved can be re-opened.")
    approving.invalidate(work, bill, reason)
    bill.status = "coding"
    return work.save(bill, operation="reopen", event="reopened")


def void(work: Work, bill: Bill, reason: str) -> Bill:
    """For good; a void travels on to the ERP by itself."""
    if bill.status == "void":
        return bill
    if bill.settlements:
        raise conflict(f"Bill {bill.bill_number} has payments. Void those in the ERP first.")
    if not reason:
        raise invalid("Say why the bill is void (reason).", field="reason")
    bill.status, bill.void_reason, bill.amount_open = "void", reason, "0"
    approving.withdraw(work, bill)
    return work.save(bill, operation="void", event="voided")


def report_erp(work: Work, bill: Bill, report: ErpReport) -> Bill:
    """What the integration says became of the bill. Absolute: saying it twice changes nothing."""
    reported = ErpState(**msgspec.structs.asdict(report), reported_at=bill.erp.reported_at)
    if reported == bill.erp:
        return bill
    if reported.state == "posted" and not reported.document_number:
        raise invalid("A posted bill has a document number.", field="documentNumber")
    _move(bill, reported)
    reported.reported_at = work.store.stamp()
    bill.erp = reported
    settling.settle(work, bill)
    return work.save(bill, operation=f"erp-{reported.state}", event=f"erp{reported.state.title()}")


def _move(bill: Bill, reported: ErpState) -> None:
    """The ERP's word is always kept; the state follows it where the bill was still approved."""
    if bill.status == "void":
        return
    if bill.status not in ("approved", *WITH_ERP):
        text = "The ERP reported on this bill after it was re-opened. Compare both before going on."
        bill.flags = [*bill.flags, Flag(code="reportedAfterReopening", text=text)]
        return
    if reported.state == "cancelled":
        bill.status, bill.void_reason, bill.amount_open = "void", reported.message or "cancelled in the ERP", "0"
    elif reported.state == "exported" or reported.state == "posted":
        bill.status = reported.state
    else:
        bill.status = "approved"
