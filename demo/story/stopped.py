"""Chapters on what must not be posted: an ERP total a cent off, and invoices that are there already."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from demo.erp.actor import Line
from demo.story import inbox, posting
from demo.story.ap import Json
from demo.story.day import Day, Vendor
from demo.story.inbox import Coding, Split
from demo.story.invoices import today
from demo.story.papers import Paper, PaperLine
from demo.story.table import expect, same
from demo.story.vendors import make_vendor

HOSTING: Coding = ((Split("6300", "400"),),)
RENT: Coding = ((Split("6200", "100"),),)


def a_cent_off_is_held(day: Day) -> None:
    """The document rounds its tax line by line, the ERP once: 39.99 was approved, the ERP makes it 40.00."""
    lines = tuple(PaperLine(f"Key, cut to sample {n}", "1", "11.11") for n in (1, 2, 3))
    paper = _paper(day, day.vendor, day.vendor.number(day.names.tag, 3), lines, tax=Decimal("6.66"))
    with day.table.did("AP") as row:
        bill = inbox.approved_bill(day, paper, ((Split("6600", "200"),),) * 3)
        row.words = f"{paper.number} is approved with 39.99: its tax was rounded line by line"
    with day.table.did("portal") as row:
        item = day.portal.held("ap", "invoice", bill["id"], "totals_differ")
        row.words = f"holds it: {item.sentence}"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    with day.table.did("ERP") as row:
        [draft] = _in_erp(day, paper.number)
        same(
            "the ERP's draft", ("draft", Decimal("40.00")), (draft["state"], Decimal(draft["total_amount"]["decimal"]))
        )
        row.words = "its draft comes to 40.00; it stays a draft and is neither posted nor payable"
    same("the bill in the AP service", "approved", day.ap.get(f"/bills/{bill['id']}")["status"])
    day.bills["cent"] = bill["id"]


def duplicates_are_stopped(day: Day) -> None:
    """The same invoice again, a misread digit; not the next number of the series, and not the monthly rent."""
    vendor, tag = day.vendor, day.names.tag
    keyed = vendor.number(tag, 4)
    with day.table.did("ERP") as row:
        day.clerk["us"].key_bill(vendor.party, keyed, [Line("hosting", "1", "480.00")])
        row.words = f"the ERP's clerk keys {keyed} over 576.00 from paper"
    one = (PaperLine("Cloud hosting, one month", "1", "480.00"),)
    _stopped(day, _paper(day, vendor, keyed.replace("-", " "), one), "is the same in another spelling", "block")
    misread = f"{tag}-{vendor.series + 4 - 2000}"
    _stopped(day, _paper(day, vendor, misread, one), "has one digit misread", "hold")
    _passes(day, _paper(day, vendor, vendor.number(tag, 5), one), HOSTING, "is the next number of the series")
    landlord = make_vendor(day, "landlord", term="now")
    this_month = today().date().replace(day=1)
    for first in (this_month - timedelta(days=1)).replace(day=1), this_month:
        rent = (PaperLine(f"Office rent {first:%B %Y}", "1", "3200.00"),)
        paper = _paper(day, landlord, f"RENT-{first:%m%y}", rent, issued=first, period=(first, _month_end(first)))
        _passes(day, paper, RENT, f"is the rent of {first:%B}")


def _stopped(day: Day, paper: Paper, words: str, severity: str) -> None:
    with day.table.did("AP") as row:
        bill = inbox.approved_bill(day, paper, HOSTING)
        row.words = f"{paper.number} over {paper.gross} {words}; it is approved all the same"
    with day.table.did("portal") as row:
        item = day.portal.held("ap", "invoice", bill["id"], "duplicate_invoice")
        same("how it is stopped", severity, item.severity)
        expect("not paid yet" in item.sentence, f"the twin's payment status is not shown: {item.sentence}")
        row.words = f"{'stops' if severity == 'block' else 'holds'} it: {item.sentence}"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    with day.table.did("ERP") as row:
        same("invoices of that number in the ERP", [], _in_erp(day, paper.number))
        row.words = "knows nothing of it"


def _passes(day: Day, paper: Paper, coding: Coding, words: str) -> Json:
    with day.table.did("AP") as row:
        bill = inbox.approved_bill(day, paper, coding)
        row.words = f"{paper.number} over {paper.gross} {words}; approved"
    with day.table.did("ERP") as row:
        found = posting.is_what_was_approved(day, posting.posted(day, bill))
        row.words = f"posted as {found['number']}"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    return bill


def _in_erp(day: Day, number: str) -> list[Json]:
    return day.clerk["us"].read("account.invoice", [["reference", "=", number]], "state", "number", "total_amount")


def _paper(
    day: Day, vendor: Vendor, number: str, lines: tuple[PaperLine, ...], *, tax: Decimal | None = None,
    issued: date | None = None, period: tuple[date, date] | None = None,
) -> Paper:  # fmt: skip
    return Paper(
        number, inbox.sender(vendor), inbox.entity("us"), lines, issued or today().date(), tax=tax, period=period
    )


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
