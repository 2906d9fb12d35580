"""Two people, two steps: a budget owner, then finance. Neither may be who submitted the bill, nor each other.

A person decides within a limit, or for somebody who delegated to them, then within that person's limit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from sandbox.ap import coding
from sandbox.ap.versions import remember
from sandbox.errors import ApiError, conflict, invalid
from sandbox.shapes import Approval, Bill, User
from sandbox.shapes.bill_parts import ApprovalStep
from sandbox.work import Work

Decision = Literal["approved", "refused"]
STEPS = (("Budget owner", "budgetOwner"), ("Finance", "finance"))


def submit(work: Work, bill: Bill, person: User) -> Bill:
    """Asks for approval of the bill as it is now."""
    if bill.status not in ("received", "coding"):
        raise conflict(f"Bill {bill.bill_number} is {bill.status}; only one being coded can be submitted.")
    if bill.supplier_id is None:
        raise invalid("Choose the supplier first.", field="supplierId")
    if found := next(coding.problems(work, bill), None):
        raise invalid(found, field="lines")
    work.add(requested(work, bill, person.id, person.name), operation="submit", event="requested")
    bill.status, bill.submitted_by_user_id = "inApproval", person.id
    return work.save(bill, operation="submit", event="submitted")


def requested(work: Work, bill: Bill, user_id: str, name: str) -> Approval:
    """A round of approval of the bill as it is now, not kept yet."""
    return Approval(
        company_id=bill.company_id,
        bill_id=bill.id,
        bill_number=bill.bill_number,
        supplier_id=bill.supplier_id,
        supplier_name=bill.supplier_name,
        currency_code=bill.currency_code,
        payable_amount=bill.payable_amount,
        requested_at=work.store.stamp(),
        requested_by_user_id=user_id,
        requested_by_name=name,
        content_version=bill.content_version,
        content_digest=bill.content_digest,
    )


def decide(
    work: Work, bill: Bill, person: User, decision: Decision, *, on_behalf_of: User | None, comment: str
) -> Bill:
    """One step forward, or back to coding."""
    if bill.status != "inApproval":
        raise conflict(f"Bill {bill.bill_number} is {bill.status}; there is nothing to decide.")
    if decision == "refused" and not comment:
        raise invalid("Say why (comment), so that the clerk can mend it.", field="comment")
    current = _round(work, bill)
    assert current is not None
    step = _step(work, bill, current, person, on_behalf_of or person, decision, comment)
    current.steps = [*current.steps, step]
    bill.approval_trail = [*bill.approval_trail, step]
    word: str = decision
    if decision == "refused":
        current.status, current.completed_at, bill.status = "refused", step.decided_at, "coding"
    elif len(current.steps) == len(STEPS):
        current.status, current.completed_at = "approved", step.decided_at
        bill.status = "approved"
        mark_approved(work, bill, step.decided_at)
    else:
        word = "stepApproved"
    work.save(current, operation=decision, event=word)
    return work.save(bill, operation=decision, event=word)


def invalidate(work: Work, bill: Bill, reason: str) -> None:
    """Takes away what was decided about the bill; the round stays, marked."""
    current = _round(work, bill)
    bill.approved_version = bill.approved_digest = None
    if current is None:
        return
    at = work.store.stamp()
    current.status, current.invalidated_at, current.invalidated_reason = "invalidated", at, reason
    for step in [*current.steps, *bill.approval_trail]:
        step.invalidated_at = step.invalidated_at or at
    work.save(current, operation="invalidate", event="invalidated")


def withdraw(work: Work, bill: Bill) -> None:
    """Ends a round nobody has to decide any more."""
    current = _round(work, bill)
    if current is not None and current.status == "pending":
        current.status, current.completed_at = "withdrawn", work.store.stamp()
        work.save(current, operation="withdraw", event="withdrawn")


def _round(work: Work, bill: Bill) -> Approval | None:
    rounds = [item for item in work.children(Approval, bill.id) if item.status in ("pending", "approved")]
    return rounds[-1] if rounds else None


def mark_approved(work: Work, bill: Bill, at: str) -> None:
    """Pins the present version as the approved one."""
    bill.approved_version, bill.approved_digest = bill.content_version, bill.content_digest
    bill.first_approved_at = bill.first_approved_at or at
    remember(work, bill)


def _step(
    work: Work, bill: Bill, current: Approval, person: User, principal: User, decision: Decision, comment: str
) -> ApprovalStep:
    name, role = STEPS[len(current.steps)]
    delegation = _stands_in(person, principal)
    if role not in principal.roles or person.status != "active":
        raise _forbidden(f"{principal.name} does not decide the step {name}.")
    if bill.submitted_by_user_id in (person.id, principal.id):
        raise _forbidden(f"{person.name} submitted this bill and cannot approve it as well.")
    if any({person.id, principal.id} & {step.decided_by_user_id, step.on_behalf_of_user_id} for step in current.steps):
        raise _forbidden("Each step must be decided by another person.")
    limit = None if decision == "refused" else _limit(bill, principal)
    stood_in = person.id != principal.id
    return ApprovalStep(
        approval_id=current.id,
        step=len(current.steps) + 1,
        step_name=name,
        decision=decision,
        decided_by_user_id=person.id,
        decided_by_name=person.name,
        on_behalf_of_user_id=principal.id if stood_in else None,
        on_behalf_of_name=principal.name if stood_in else None,
        delegation=delegation,
        limit_amount=limit,
        limit_currency_code=bill.currency_code if limit else None,
        comment=comment or None,
        decided_at=work.store.stamp(),
        content_version=bill.content_version,
        content_digest=bill.content_digest,
    )


def _stands_in(person: User, principal: User) -> str | None:
    if person.id == principal.id:
        return None
    given, today = principal.delegation, datetime.now(UTC).date()
    if given is None or given.user_id != person.id or not given.first_day <= today <= given.last_day:
        raise _forbidden(f"{principal.name} has not delegated to {person.name} for today.")
    return f"{given.first_day} to {given.last_day}"


def _limit(bill: Bill, principal: User) -> str | None:
    if principal.unlimited:
        return None
    found = next((item.amount for item in principal.limits if item.currency_code == bill.currency_code), None)
    if found is None or Decimal(found) < Decimal(bill.gross_amount):
        most = f"{found} {bill.currency_code}" if found else f"nothing in {bill.currency_code}"
        raise _forbidden(f"{principal.name} may approve {most}. Ask somebody with a higher limit.")
    return found


def _forbidden(message: str) -> ApiError:
    return ApiError(403, "notAllowed", message)
