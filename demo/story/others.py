"""A credit note, a void, an invoice in yen and one for the second company go their way."""

from __future__ import annotations

from demo.story import inbox, posting
from demo.story.ap import CLERK, Json
from demo.story.day import Day, Vendor
from demo.story.inbox import Coding, Split
from demo.story.invoices import today
from demo.story.papers import Paper, PaperLine
from demo.story.table import same, wait
from demo.story.vendors import make_vendor


def other_documents_go_their_way(day: Day) -> None:
    """Each is approved in the AP service and found in the ERP as what it is."""
    vendor, tag = day.vendor, day.names.tag
    credit = _paper(
        vendor, vendor.number(tag, 6), PaperLine("Toner cartridge 05X, taken back", "1", "82.50"), type_code="381",
        preceding=vendor.number(tag, 1),
    )  # fmt: skip
    _posted(day, credit, ((Split("6150", "200"),),), "a credit note over 99.00", booked="-99.00")
    _a_void_is_taken_back(day)
    tokyo = make_vendor(day, "tokyo", currency="JPY")
    yen = _paper(tokyo, tokyo.number(tag, 1), PaperLine("Servo motor", "2", "16800"), currency="JPY")
    _posted(day, yen, ((Split("6600", "200"),),), "an invoice over 40,320 yen", booked="40320")
    second = _paper(
        vendor,
        vendor.number(tag, 8),
        PaperLine("Signs for the yard", "4", "120.00", rate="19"),
        currency="EUR",
        key="eu",
    )
    _posted(
        day,
        second,
        ((Split("6600", "200"),),),
        "an invoice to the second company over 571.20 euro",
        booked="571.20",
        key="eu",
    )


def _posted(day: Day, paper: Paper, coding: Coding, words: str, *, booked: str, key: str = "us") -> Json:
    with day.table.did("AP") as row:
        bill = inbox.approved_bill(day, paper, coding, key=key)
        row.words = f"{paper.number}, {words}, is approved"
    with day.table.did("ERP") as row:
        bill = posting.posted(day, bill)
        found = posting.is_what_was_approved(day, bill, key)
        same("the total in the ERP", booked, found["total_amount"]["decimal"])
        row.words = f"posted as {found['number']} over {booked} {paper.currency}"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    return bill


def _a_void_is_taken_back(day: Day) -> None:
    """Posted, then made void in the AP service: a person is told that it still stands in the ERP, until it does not."""
    vendor = day.vendor
    paper = _paper(vendor, vendor.number(day.names.tag, 7), PaperLine("Poster frames", "2", "45.00"))
    bill = _posted(day, paper, ((Split("6100", "100"),),), "an invoice sent by mistake", booked="108.00")
    with day.table.did("AP") as row:
        day.ap.call("POST", f"/bills/{bill['id']}/void", {"actingUserId": CLERK, "reason": "Sent by mistake"})
        row.words = f"{paper.number} is made void"
    with day.table.did("portal") as row:
        item = day.portal.held("ap", "invoice", bill["id"], "void_after_posting")
        row.words = f"tells a person: {item.sentence}"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    with day.table.did("ERP") as row:
        day.clerk["us"].void(int(bill["erp"]["documentId"]))
        found = day.clerk["us"].read("account.invoice", [["id", "=", int(bill["erp"]["documentId"])]], "state")[0]
        same("the invoice's state in the ERP", "cancelled", found["state"])
        row.words = f"{bill['erp']['documentNumber']} is cancelled by its clerk"
    with day.table.did("portal") as row:
        day.portal.retry(item)
        wait("the item to close", lambda: not day.portal.items("ap", "invoice", bill["id"]) or None)
        row.words = "the clerk takes the record again; nothing is left to do"


def _paper(
    vendor: Vendor, number: str, line: PaperLine, *, currency: str = "USD", key: str = "us", type_code: str = "380",
    preceding: str = "",
) -> Paper:  # fmt: skip
    return Paper(
        number, inbox.sender(vendor), inbox.entity(key), (line,), today().date(), currency=currency,
        type_code=type_code, preceding=preceding,
    )  # fmt: skip
