"""One bill: what the supplier sent, coding and matching, deciding, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, flash, redirect, url_for

from sandbox.ap import approving, billing, intake
from sandbox.errors import invalid
from sandbox.resources import RESOURCES
from sandbox.shapes import (
    Approval,
    Attachment,
    Bill,
    Company,
    Dimension,
    LedgerAccount,
    PurchaseOrder,
    Supplier,
    TaxCode,
    User,
)
from sandbox.web.coding_form import sent_lines
from sandbox.web.pages import Pages, Reply, field
from sandbox.work import Work, squeezed
from sandbox.writing import patch

LINES = 100  # shown and edited on the page; longer bills are coded over the interface
_TEXT = 200_000  # of a file, shown on the page
_CORRECTABLE = ("billNumber", "issueDate", "dueDate", "payableAmount", "note")
Doing = Callable[[Work, Bill, User], Any]


def add_bill_pages(web: Blueprint, pages: Pages) -> None:
    """`/bills/<id>` and what can be done there."""

    @web.get("/bills/<bill_id>")
    def bill(bill_id: str) -> str:
        def fetch(work: Work) -> dict[str, Any]:
            found = work.get(Bill, bill_id)
            me = pages.me(work.of_company(User, None))
            return {"bill": found, **_beside(work, found, me), **_choices(work, found)}

        return pages.show("bill.html", fetch)

    @web.get("/files/<attachment_id>")
    def file(attachment_id: str) -> Response:
        attachment, body = pages.act(lambda work, _: _file(work, attachment_id))
        disposition = f"attachment; filename*=UTF-8''{quote(attachment.file_name)}"
        return Response(body, mimetype=attachment.media_type, headers={"Content-Disposition": disposition})

    verbs: dict[str, tuple[Doing, str]] = {
        "code": (_code, "Saved."),
        "supplier": (_supplier, "The supplier is set."),
        "correct": (_correct, "The bill is corrected."),
        "submit": (lambda work, found, me: approving.submit(work, found, me), "Sent for approval."),
        "approve": (lambda work, found, me: _decide(work, found, me, "approved"), "Approved."),
        "refuse": (lambda work, found, me: _decide(work, found, me, "refused"), "Refused; it is back in coding."),
        "reopen": (lambda work, found, me: billing.reopen(work, found, f"Re-opened by {me.name}."), "Re-opened."),
        "void": (lambda work, found, me: billing.void(work, found, field("reason")), "The bill is void."),
    }

    @web.post("/bills/<bill_id>/<any(code,supplier,correct,submit,approve,refuse,reopen,void):verb>")
    def bill_act(bill_id: str, verb: str) -> Reply:
        doing, words = verbs[verb]
        pages.act(lambda work, me: doing(work, work.get(Bill, bill_id), me))
        flash(words, "done")
        return redirect(url_for("web.bill", bill_id=bill_id), 303)


def _file(work: Work, attachment_id: str) -> tuple[Attachment, bytes]:
    attachment = work.get(Attachment, attachment_id)
    return attachment, intake.content(work, attachment)


def _beside(work: Work, bill: Bill, me: User | None) -> dict[str, Any]:
    attachments = work.children(Attachment, bill.id)
    original = next((item for item in attachments if item.kind == "original"), None)
    rounds = work.children(Approval, bill.id)
    return {
        "company": work.get(Company, bill.company_id) if bill.company_id else None,
        "attachments": attachments,
        "original": intake.content(work, original)[:_TEXT].decode("utf-8", "replace") if original else None,
        "rounds": rounds[::-1],
        "next_step": _next_step(bill, rounds),
        "principals": _principals(work, me),
        "can_change": bill.status in billing.CHANGEABLE,
        "can_code": bill.status in ("received", "coding"),
        "deciders": _deciders(work, rounds),
    }


def _next_step(bill: Bill, rounds: list[Approval]) -> str | None:
    if bill.status != "inApproval" or not rounds:
        return None
    return approving.STEPS[len(rounds[-1].steps)][0]


def _deciders(work: Work, rounds: list[Approval]) -> list[User]:
    """Who has the role of the step that is due."""
    decided = len(rounds[-1].steps) if rounds else 0
    if decided >= len(approving.STEPS):
        return []
    return [person for person in work.of_company(User, None) if approving.STEPS[decided][1] in person.roles]


def _principals(work: Work, me: User | None) -> list[User]:
    """Who has delegated to me for today."""
    today = datetime.now(UTC).date()
    return [
        person
        for person in work.of_company(User, None)
        if (given := person.delegation)
        and me is not None
        and given.user_id == me.id
        and given.first_day <= today <= given.last_day
    ]


def _choices(work: Work, bill: Bill) -> dict[str, Any]:
    accounts = [item for item in work.of_company(LedgerAccount, bill.company_id) if item.postable]
    return {
        "accounts": sorted((item for item in accounts if item.status == "active"), key=lambda item: item.code),
        "dimensions": [item for item in work.of_company(Dimension, bill.company_id) if item.status == "active"],
        "tax_codes": [item for item in work.of_company(TaxCode, bill.company_id) if item.status == "active"],
        "orders": _open_orders(work, bill),
        "lines": bill.lines[:LINES],
    }


def _open_orders(work: Work, bill: Bill) -> list[PurchaseOrder]:
    if bill.supplier_id is None:
        return []
    query = (
        "SELECT body FROM objects WHERE kind = 'purchase-orders' AND company = ? AND status <> 'cancelled'"
        " AND json_extract(body, '$.supplierId') = ? ORDER BY id DESC LIMIT 50"
    )
    found = work.db.execute(query, (bill.company_id, bill.supplier_id))
    return [msgspec.json.decode(row[0], type=PurchaseOrder) for row in found]


def _code(work: Work, bill: Bill, me: User) -> None:
    patch(work, RESOURCES["bills"], bill.id, {"lines": sent_lines(work, bill)})
    if field("then") == "submit":
        approving.submit(work, work.get(Bill, bill.id), me)


def _supplier(work: Work, bill: Bill, me: User) -> None:
    words = field("supplier")
    query = "SELECT id FROM objects WHERE kind = 'suppliers' AND (id = ? OR number = ?)"
    found = [row["id"] for row in work.db.execute(query, (words, words))]
    found = found or work.lookup("suppliers", f"name:{squeezed(words)}")
    if len(found) != 1:
        many = "several suppliers" if found else "no supplier"
        raise invalid(f"There is {many} called {words!r}. Enter the supplier number.", field="supplier")
    patch(work, RESOURCES["bills"], bill.id, {"supplierId": work.get(Supplier, found[0]).id})


def _correct(work: Work, bill: Bill, me: User) -> None:
    patch(work, RESOURCES["bills"], bill.id, {name: field(name) or None for name in _CORRECTABLE})


def _decide(work: Work, bill: Bill, me: User, decision: approving.Decision) -> None:
    behalf = work.get(User, field("behalf")) if field("behalf") else None
    approving.decide(work, bill, me, decision, on_behalf_of=behalf, comment=field("comment"))
