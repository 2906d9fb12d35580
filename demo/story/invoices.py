"""Chapter 5: e-invoices are coded, matched and approved in the AP service, and posted in the ERP as approved."""

from __future__ import annotations

from datetime import UTC, datetime

from demo.erp.actor import Line
from demo.story import inbox, posting
from demo.story.day import Day
from demo.story.inbox import Split
from demo.story.orders import shown_order
from demo.story.papers import Paper, PaperLine
from demo.story.table import expect, same
from demo.story.vendors import counted

COMMENTS = ("Ordered and received, the broken pack is left out", "Freight was agreed; pay with discount")


def today() -> datetime:
    return datetime.now(UTC)


def an_invoice_is_posted(day: Day) -> None:
    """A UBL file: five paper, four toner split over two departments, and freight that was not ordered."""
    order, vendor = shown_order(day), day.vendor
    paper_line, toner_line = (line["lineNumber"] for line in order["lines"])
    paper = Paper(
        vendor.number(day.names.tag, 1), inbox.sender(vendor), inbox.entity("us"),
        (
            PaperLine("Paper A4, 5 reams", "5", "21.90", order_line=paper_line),
            PaperLine("Toner cartridge 05X", "4", "82.50", order_line=toner_line),
            PaperLine("Freight", "1", "95.00"),
        ),
        today().date(), order=order["orderNumber"],
    )  # fmt: skip
    coding = (
        (Split("6100", "100"),),
        (Split("6150", "200", "60"), Split("6150", day.department, "40")),
        (Split("6700", "100", "50"), Split(day.account, day.department, "50")),
    )
    with day.table.did("AP") as row:
        bill, content = inbox.hand_in(day, paper)
        row.words = f"the UBL file {paper.number} arrives: {paper.gross} {paper.currency} for {order['orderNumber']}"
    with day.table.did("AP") as row:
        bill = inbox.code(day, bill, coding, order=order)
        row.words = "coded: 3 lines over 5 splits of account and department, 2 matched to order lines"
    with day.table.did("AP") as row:
        bill = inbox.approve(day, bill, COMMENTS)
        row.words = "approved by Dora Deputy for Otto Owner, who is away, then by Fritz Finance"
    with day.table.did("portal") as row:
        bill = posting.posted(day, bill)
        row.words = "was rung by the AP service and carried the bill over"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    with day.table.did("ERP") as row:
        found = posting.is_what_was_approved(day, bill)
        same(
            "the order lines it is matched to", set(day.clerk["us"].order_lines(day.order)), posting.order_lines(found)
        )
        row.words = f"posted as {found['number']}: amounts, coding and order lines exactly as approved"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    with day.table.did("ERP") as row:
        words = ("Dora Deputy", "Otto Owner", "Fritz Finance", *COMMENTS)
        posting.file_and_trail(day, found, f"{paper.number}.xml", content, words)
        row.words = "carries the file byte for byte, and the approval trail with names, delegation and comments"
    day.bills["main"] = bill["id"]


def the_erps_own_draft_is_completed(day: Day) -> None:
    """A CII file for an order that the ERP has already drafted an invoice for: one document, not two."""
    clerk, vendor = day.clerk["us"], day.vendor
    with day.table.did("ERP") as row:
        number = clerk.order(vendor.party, [Line("drill", "3", "129.00", "200")], invoice_method="fulfillment")
        [line] = clerk.order_lines(number)
        clerk.receive(number, {line: "3"}, reference=f"DN-{day.names.tag}-3")
        drafted = _of_order(day, line)
        same("the ERP's own drafts for the order", 1, len(drafted))
        row.words = "3 drills are ordered and arrive; the ERP drafts an invoice for them by itself"
    with day.table.did("portal") as row:
        row.words = f"reads what changed: {counted(day.portal.run('orders').counts)}"
        row.correlation = day.portal.correlation("erp", "purchase_order", number)
    order_number = clerk.read("purchase.purchase", [["id", "=", number]], "number")[0]["number"]
    order = day.ap.one("purchase-orders", orderNumber=order_number)
    expect(order, f"order {order_number} is not in the AP service")
    assert order is not None
    paper = Paper(
        vendor.number(day.names.tag, 2), inbox.sender(vendor), inbox.entity("us"),
        (PaperLine("Cordless drill 18 V", "3", "129.00", order_line=order["lines"][0]["lineNumber"]),),
        today().date(), order=order_number,
    )  # fmt: skip
    with day.table.did("AP") as row:
        bill = inbox.approved_bill(day, paper, ((Split("6600", "200"),),), order=order, syntax="cii")
        row.words = f"the CII file {paper.number} arrives, is coded, matched and approved: {paper.gross} USD"
    with day.table.did("ERP") as row:
        bill = posting.posted(day, bill)
        found = posting.is_what_was_approved(day, bill)
        same("the ERP's invoices for the order", [found["id"]], _of_order(day, line))
        same("the invoice that was completed", drafted, [found["id"]])
        row.words = f"its own draft is completed and posted as {found['number']}; there is no second one"
        row.correlation = day.portal.correlation("ap", "invoice", bill["id"])
    day.bills["drafted"] = bill["id"]


def _of_order(day: Day, line: int) -> list[int]:
    found = day.clerk["us"].read("account.invoice.line", [["origin", "=", f"purchase.line,{line}"]], "invoice.id")
    return sorted({one["invoice"]["id"] for one in found if one["invoice"]})
