"""What can be done with a bill beyond the shared verbs."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from sandbox.ap import approving, billing, versions
from sandbox.calls import Call, Result
from sandbox.errors import invalid
from sandbox.resources import RESOURCES
from sandbox.routes import Operations, record_answer
from sandbox.shapes import Bill, BillLine, User
from sandbox.shapes.requests import Act, Because, Codings, Decide, ErpReport, LineCoding
from sandbox.work import Work
from sandbox.writing import patch

TABLE = Operations()
_ONE = "/bills/<record_id>"


@TABLE.route("POST", f"{_ONE}/submit", "submitBill", "Ask for approval", body="Act", gives="Bill")
def _submit(work: Work, call: Call, record_id: str) -> Result:
    person = _person(work, call.typed(Act).acting_user_id, "actingUserId")
    return _bill(work, approving.submit(work, work.get(Bill, record_id), person))


@TABLE.route("POST", f"{_ONE}/approve", "approveBill", "Approve the step that is due", body="Decide", gives="Bill")
def _approve(work: Work, call: Call, record_id: str) -> Result:
    return _decided(work, call, record_id, "approved")


@TABLE.route("POST", f"{_ONE}/refuse", "refuseBill", "Refuse; back to coding", body="Decide", gives="Bill")
def _refuse(work: Work, call: Call, record_id: str) -> Result:
    return _decided(work, call, record_id, "refused")


@TABLE.route("POST", f"{_ONE}/reopen", "reopenBill", "Back to coding; decisions are void", body="Because", gives="Bill")
def _reopen(work: Work, call: Call, record_id: str) -> Result:
    asked = call.typed(Because)
    person = _person(work, asked.acting_user_id, "actingUserId")
    return _bill(work, billing.reopen(work, work.get(Bill, record_id), asked.reason or f"Re-opened by {person.name}."))


@TABLE.route("POST", f"{_ONE}/void", "voidBill", "Void for good", body="Because", gives="Bill")
def _void(work: Work, call: Call, record_id: str) -> Result:
    asked = call.typed(Because)
    _person(work, asked.acting_user_id, "actingUserId")
    return _bill(work, billing.void(work, work.get(Bill, record_id), asked.reason or ""))


@TABLE.route("PUT", f"{_ONE}/codings", "codeBill", "Code and match some lines", body="Codings", gives="Bill")
def _code(work: Work, call: Call, record_id: str) -> Result:
    bill = work.get(Bill, record_id)
    sent = {item.line_number: item for item in call.typed(Codings).lines}
    if unknown := sorted(sent.keys() - {line.line_number for line in bill.lines}):
        raise invalid(f"The bill has no line {unknown[0]}.", field="lines")
    lines = [_coded(line, sent.get(line.line_number)) for line in bill.lines]
    patch(work, RESOURCES["bills"], record_id, {"lines": msgspec.to_builtins(lines)})
    return _bill(work, bill)


@TABLE.route(
    "PUT", f"{_ONE}/erp-status", "reportErpStatus", "Say what the ERP made of it", body="ErpReport", gives="Bill"
)
def _erp_status(work: Work, call: Call, record_id: str) -> Result:
    return _bill(work, billing.report_erp(work, work.get(Bill, record_id), call.typed(ErpReport)))


@TABLE.route(
    "GET", f"{_ONE}/approved-versions/<int:version>", "approvedVersion", "What was approved", gives="BillContent"
)
def _version(work: Work, call: Call, record_id: str, version: int) -> Result:
    return record_answer(versions.approved(work, record_id, version))


def _decided(work: Work, call: Call, record_id: str, decision: approving.Decision) -> Result:
    asked = call.typed(Decide)
    person = _person(work, asked.acting_user_id, "actingUserId")
    behalf = asked.on_behalf_of_user_id and _person(work, asked.on_behalf_of_user_id, "onBehalfOfUserId")
    comment = (asked.comment or "").strip()
    bill = work.get(Bill, record_id)
    return _bill(work, approving.decide(work, bill, person, decision, on_behalf_of=behalf or None, comment=comment))


def _person(work: Work, user_id: str, field: str) -> User:
    if work.missing("users", [user_id]):
        raise invalid(f"There is no user {user_id}.", field=field)
    return work.get(User, user_id)


def _bill(work: Work, bill: Bill) -> Result:
    return record_answer(work.text("bills", bill.id))


def _coded(line: BillLine, sent: LineCoding | None) -> BillLine:
    if sent is None:
        return line
    line.match = line.match if sent.match is UNSET else sent.match
    line.codings = line.codings if sent.codings is UNSET else sent.codings
    return line
