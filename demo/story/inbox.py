"""What people at the AP service do with an invoice: hand it in, code and match it, approve it in two steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from demo.ap_world import HOUSE, TAX_IDS
from demo.erp.world import ENTITIES
from demo.story.ap import CLERK, DEPUTY, FINANCE, OWNER, Json
from demo.story.day import Day, Vendor
from demo.story.papers import Paper, Party
from demo.story.table import StoryFault, expect, same


@dataclass(frozen=True)
class Split:
    """A share of a line: account and department by code, percent of the line."""

    account: str
    department: str
    percent: str = "100"


Coding = tuple[tuple[Split, ...], ...]  # per line of the document, its splits


def entity(key: str) -> Party:
    """The customer's company as invoices address it."""
    found = next(one for one in ENTITIES if one.key == key)
    return Party(found.name, TAX_IDS[key], found.country)


def sender(vendor: Vendor) -> Party:
    """A vendor as it signs its invoices."""
    return Party(vendor.name, f"{vendor.tax[:2]}-{vendor.tax[2:]}", "US", vendor.iban)


def hand_in(day: Day, paper: Paper, *, syntax: str = "ubl", key: str = "us") -> tuple[Json, bytes]:
    """Uploads the file; the bill the service made of it, and the file."""
    content = paper.cii() if syntax == "cii" else paper.ubl()
    bill = day.ap.hand_in(f"{paper.number}.xml", content)
    same("how the file was read", syntax, bill["sourceFormat"])
    same("the company of the bill", HOUSE[key], bill["companyId"])
    expect(bill["supplierId"], f"the supplier of {paper.number} was not recognised")
    same("the amount due", str(paper.gross), bill["payableAmount"])
    return bill, content


def code(day: Day, bill: Json, coding: Coding, *, order: Json | None = None, rate: str = "20") -> Json:
    """Codes every line, and matches those that name a line of the order."""
    company = bill["companyId"]
    tax = _tax_code(day, company, rate)
    lines = []
    for line, splits in zip(bill["lines"], coding, strict=True):
        codings = [
            {
                "accountId": _account(day, company, split.account),
                "taxCodeId": tax,
                "percent": split.percent,
                "dimensions": [{"dimensionCode": "DEPARTMENT", "valueCode": split.department}],
            }
            for split in splits
        ]
        made: Json = {"lineNumber": line["lineNumber"], "codings": codings}
        if order is not None and line["orderLineReference"]:
            at = line["orderLineReference"]
            made["match"] = {"purchaseOrderId": order["id"], "lineNumber": at, "quantity": line["quantity"]}
        lines.append(made)
    return day.ap.call("PUT", f"/bills/{bill['id']}/codings", {"lines": lines})


def approve(day: Day, bill: Json, comments: tuple[str, str] = ("Ordered and received", "Checked")) -> Json:
    """Two steps by two people: the deputy in the budget owner's place, then finance."""
    delegate(day)
    one = f"/bills/{bill['id']}"
    day.ap.call("POST", f"{one}/submit", {"actingUserId": CLERK})
    step = {"actingUserId": DEPUTY, "onBehalfOfUserId": OWNER, "comment": comments[0]}
    day.ap.call("POST", f"{one}/approve", step)
    approved = day.ap.call("POST", f"{one}/approve", {"actingUserId": FINANCE, "comment": comments[1]})
    same("the state of the bill after two approvals", "approved", approved["status"])
    return approved


def delegate(day: Day) -> None:
    """The budget owner is away today and has a deputy."""
    today = datetime.now(UTC).date().isoformat()
    delegation = {"userId": DEPUTY, "firstDay": today, "lastDay": today}
    day.ap.call("PATCH", f"/users/{OWNER}", {"delegation": delegation})


def approved_bill(
    day: Day, paper: Paper, coding: Coding, *, order: Json | None = None, syntax: str = "ubl", key: str = "us"
) -> Json:
    """From the file to the second approval."""
    bill, _ = hand_in(day, paper, syntax=syntax, key=key)
    return approve(day, code(day, bill, coding, order=order, rate=paper.lines[0].rate))


def _account(day: Day, company: str, number: str) -> str:
    found = day.ap.one("ledger-accounts", code=number, companyId=company)
    if found is None:
        raise StoryFault(f"the AP service offers no account {number} for {company}")
    return str(found["id"])


def _tax_code(day: Day, company: str, rate: str) -> str:
    found = day.ap.get("/tax-codes", companyId=company)["data"]
    return next(str(one["id"]) for one in found if float(one["ratePercent"]) == float(rate))
