"""The inbox, the files of bills, and the document report."""

from __future__ import annotations

import mimetypes
from datetime import date

import msgspec

from sandbox.ap import intake
from sandbox.ap.intake import File
from sandbox.calls import Call, Result, answer
from sandbox.errors import ApiError, invalid
from sandbox.report import report
from sandbox.routes import Operations, record_answer
from sandbox.shapes import Attachment, Bill
from sandbox.work import Work

TABLE = Operations()


@TABLE.route("POST", "/inbox", "uploadInvoice", "Hand in an e-invoice", body="*", gives="Bill", status=201)
def _upload(work: Work, call: Call) -> Result:
    """A rejected file is kept in the inbox with the reason, and answered with 422."""
    company = call.query.get("companyId")
    if company and work.missing("companies", [company]):
        raise invalid(f"There is no company {company}.", field="companyId")
    item, bill = intake.take_in(work, _file(call), company)
    if bill is not None:
        return record_answer(work.text("bills", bill.id), 201)
    fault = ApiError(422, "fileRejected", item.reason or "The file was rejected.")
    return answer({**fault.payload(), "inboxItemId": item.id}, 422)


@TABLE.route(
    "POST", "/bills/<record_id>/attachments", "attachFile", "Add a file", body="*", gives="Attachment", status=201
)
def _attach(work: Work, call: Call, record_id: str) -> Result:
    bill = work.get(Bill, record_id)
    added = intake.attach(work, bill, _file(call))
    work.save(bill, operation="attach")
    return record_answer(work.text("attachments", added.id), 201)


@TABLE.route("GET", "/attachments/<record_id>/content", "attachmentContent", "The file byte for byte", gives="*")
def _content(work: Work, call: Call, record_id: str) -> Result:
    attachment = work.get(Attachment, record_id)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return Result(200, intake.content(work, attachment), attachment.media_type, headers)


@TABLE.route(
    "GET", "/reports/documents", "documentReport", "One line per record, for reconciling", gives="DocumentReport"
)
def _report(work: Work, call: Call) -> Result:
    try:
        as_of = date.fromisoformat(call.query.get("asOf", ""))
    except ValueError as fault:
        raise invalid("asOf must be a date like 2026-01-31.", field="asOf") from fault
    kind, company, after = (call.query.get(name, "") for name in ("type", "companyId", "after"))
    return Result(200, msgspec.json.encode(report(work.db, kind, company, as_of, after)))


def _file(call: Call) -> File:
    name = call.query.get("fileName", "invoice.xml")[-200:]
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared in ("", "application/octet-stream", "application/x-www-form-urlencoded"):
        declared = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File(name, declared, call.body)
