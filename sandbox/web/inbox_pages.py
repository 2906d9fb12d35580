"""The inbox: bills by what is to be done with them, handing in a file, and files that were rejected."""

from __future__ import annotations

import mimetypes
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from sandbox.ap import intake
from sandbox.ap.intake import File
from sandbox.errors import invalid
from sandbox.resources import RESOURCES
from sandbox.shapes import Company, InboxItem, User
from sandbox.store import rows
from sandbox.web.pages import PERSON, Pages, Reply, field
from sandbox.work import Work
from sandbox.writing import patch

_PAGE = 50
_TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("todo", "To code", ("received", "coding")),
    ("approval", "In approval", ("inApproval",)),
    ("approved", "Approved", ("approved",)),
    ("erp", "With the ERP", ("exported", "posted")),
    ("paid", "Paid", ("partlyPaid", "paid")),
    ("void", "Void", ("void",)),
)


def add_inbox_pages(web: Blueprint, pages: Pages) -> None:
    """`/`, `/upload`, `/rejected`, `/act-as`."""

    @web.get("/")
    def inbox() -> str:
        return pages.show("inbox.html", _inbox)

    @web.get("/rejected")
    def rejected() -> str:
        return pages.show("rejected.html", lambda work: {"items": _rejected(work)})

    @web.post("/upload")
    def upload() -> Reply:
        file = _uploaded()
        item, bill = pages.act(lambda work, _: intake.take_in(work, file, field("company") or None))
        if bill is None:
            flash(f"{item.file_name}: {item.reason}", "refused")
            return redirect(url_for("web.rejected"), 303)
        flash(f"{bill.bill_number} was taken in.", "done")
        return redirect(url_for("web.bill", bill_id=bill.id), 303)

    @web.post("/act-as")
    def act_as() -> Reply:
        back = request.referrer or url_for("web.inbox")
        response = make_response(redirect(back if back.startswith(request.host_url) else url_for("web.inbox"), 303))
        response.set_cookie(PERSON, field("person"), httponly=True, samesite="Lax")
        return response

    @web.get("/people")
    def people() -> str:
        return pages.show("people.html", lambda _: {})

    @web.post("/people/<user_id>/delegate")
    def delegate(user_id: str) -> Reply:
        pages.act(lambda work, _: _delegate(work, user_id))
        flash("The delegation is in force for the days you chose.", "done")
        return redirect(url_for("web.people"), 303)


def _inbox(work: Work) -> dict[str, Any]:
    tab = request.args.get("tab", "all")
    states = next((found for name, _, found in _TABS if name == tab), ())
    bills, older = _bills(work, states, request.args.get("before", ""), request.args.get("q", "").strip())
    return {
        "bills": bills,
        "older": older,
        "tab": tab,
        "tabs": _TABS,
        "counts": _counts(work),
        "companies": {company.id: company.name for company in work.of_company(Company, None)},
        "rejected_count": len(_rejected(work)),
    }


def _uploaded() -> File:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise invalid("Choose a file first.", field="file")
    kind = sent.mimetype or mimetypes.guess_type(sent.filename)[0] or "application/octet-stream"
    return File(sent.filename[-200:], kind, sent.read())


def _bills(work: Work, states: tuple[str, ...], before: str, words: str) -> tuple[list[Any], str | None]:
    """A page of bills, newest first, and where the next one starts."""
    terms, values = ["kind = 'bills'"], []
    if states:
        terms.append(f"status IN ({','.join('?' * len(states))})")
        values += list(states)
    if before:
        terms.append("id < ?")
        values.append(before)
    if words:
        terms.append("(number LIKE ? OR json_extract(body, '$.supplierName') LIKE ?)")
        values += [f"%{words}%"] * 2
    query = f"SELECT {_SHOWN} FROM objects WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT {_PAGE + 1}"
    found = rows(work.db, query, values)
    return found[:_PAGE], found[_PAGE - 1]["id"] if len(found) > _PAGE else None


_SHOWN = "id, number, status, company, " + ", ".join(
    f"json_extract(body, '$.{name}') AS {name}"
    for name in (
        "supplierName",
        "documentType",
        "issueDate",
        "dueDate",
        "payableAmount",
        "amountOpen",
        "currencyCode",
        "flags",
    )
)


def _counts(work: Work) -> dict[str, int]:
    found = dict(
        work.db.execute("SELECT status, count(*) FROM objects WHERE kind = 'bills' GROUP BY status").fetchall()
    )
    counts = {name: sum(found.get(state, 0) for state in states) for name, _, states in _TABS}
    return {**counts, "all": sum(found.values())}


def _rejected(work: Work) -> list[InboxItem]:
    items = [item for item in work.of_company(InboxItem, None) if item.status == "rejected"]
    return items[::-1]


def _delegate(work: Work, user_id: str) -> User:
    days = {"userId": field("deputy"), "firstDay": field("first"), "lastDay": field("last")}
    patch(work, RESOURCES["users"], user_id, {"delegation": days if days["userId"] else None})
    return work.get(User, user_id)
