"""What was posted in the ERP, held against what was approved in the AP service: amounts, coding, file, trail."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from decimal import Decimal
from typing import Any

from demo.story.ap import Json
from demo.story.day import Day, number
from demo.story.table import StoryFault, expect, same, wait
from finance.fingerprint import fingerprint
from finance.records import Invoice, decode_as
from sync.links.models import ApprovedContent
from sync.runs.models import RunEntry

_LINE = (
    "lines.type", "lines.account.code", "lines.amount", "lines.origin", "lines.analytic_accounts.root.code",
    "lines.analytic_accounts.account.code",
)  # fmt: skip
_HEAD = (
    "number", "reference", "state", "total_amount", "untaxed_amount", "tax_amount", "currency.code", "party.code",
    "invoice_date",
)  # fmt: skip
Shares = Counter[tuple[str, str, str]]  # (account, department, order line) → cents, by the share of the document


def posted(day: Day, bill: Json, seconds: float = 90.0) -> Json:
    """The bill as soon as the AP service shows it as posted."""

    def look() -> Json | None:
        now = day.ap.get(f"/bills/{bill['id']}")
        return now if now["status"] in ("posted", "partlyPaid", "paid") else None

    try:
        return wait(f"bill {bill['billNumber']} to be posted", look, seconds)
    except StoryFault as fault:
        raise StoryFault(f"{fault}; the portal says: {day.portal.state_of('ap', 'invoice', bill['id'])}") from None


def in_erp(day: Day, bill: Json, key: str = "us") -> Json:
    """The ERP's invoice for a bill, in the ERP's own dialect."""
    found = day.clerk[key].read("account.invoice", [["id", "=", int(bill["erp"]["documentId"])]], *_HEAD, *_LINE)[0]
    same("the document number shown in the AP service", found["number"], bill["erp"]["documentNumber"])
    return found


def is_what_was_approved(day: Day, bill: Json, key: str = "us") -> Json:
    """Stops the story unless the ERP posted exactly the content that carries the approvals' fingerprint."""
    found, content = in_erp(day, bill, key), _approved(day, bill)
    sign = -1 if bill["documentType"] == "creditNote" else 1
    same("the state in the ERP", "posted", found["state"])
    same("the number on the document", content["billNumber"], found["reference"])
    same("the vendor", bill["supplierNumber"], found["party"]["code"])
    same("the currency", content["currencyCode"], found["currency"]["code"])
    same("the date", content["issueDate"], "{year}-{month:02d}-{day:02d}".format(**found["invoice_date"]))
    for ours, theirs in (("netAmount", "untaxed_amount"), ("taxAmount", "tax_amount"), ("grossAmount", "total_amount")):
        same(f"{theirs} in the ERP", number(content[ours]), sign * number(found[theirs]["decimal"]))
    same("amounts by account, department and order line", _coded(content), _booked(day, found, sign, key))
    _same_fingerprint(day, bill)
    return found


def _approved(day: Day, bill: Json) -> Json:
    """What was approved, which both steps of the approval and the bill itself name by one digest."""
    content = day.ap.approved_content(bill)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    steps = [step for step in bill["approvalTrail"] if not step["invalidatedAt"]]
    same("the digests of the approval", {digest}, {bill["approvedDigest"], *(step["contentDigest"] for step in steps)})
    found: Json = json.loads(content)
    return found


def _coded(content: Json) -> Shares:
    """The approved coding. Lines of an order are told apart by the ERP's own key of the order line."""
    shares: Shares = Counter()
    for line in content["lines"]:
        ordered = str((line["match"] or {}).get("lineKey") or "")
        for split in line["codings"]:
            shares[split["accountCode"], _department(split["dimensions"]), ordered] += _cents(split["amount"])
    return _by_line(shares)


def _booked(day: Day, found: Json, sign: int, key: str) -> Shares:
    shares: Shares = Counter()
    for line in found["lines"]:
        if line["type"] == "line":
            values = [
                one for one in line["analytic_accounts"] if one["account"] and one["root"]["code"] == "DEPARTMENT"
            ]
            department = values[0]["account"]["code"] if values else ""
            ordered = (line["origin"] or "").partition(",")[2]
            shares[line["account"]["code"], department, ordered] += sign * _cents(line["amount"]["decimal"])
    return _by_line(shares)


def _by_line(shares: Shares) -> Shares:
    """Only one of an order line's splits can name it in the ERP, so the splits are compared without it."""
    plain: Shares = Counter()
    for (account, department, _), cents in shares.items():
        plain[account, department, ""] += cents
    return plain


def _department(dimensions: list[Json]) -> str:
    return next((str(one["valueCode"]) for one in dimensions if one["dimensionCode"] == "DEPARTMENT"), "")


def _cents(amount: Any) -> int:
    return int(Decimal(str(amount)) * 100)


def _same_fingerprint(day: Day, bill: Json) -> None:
    """The portal's own fingerprint of what it sent, against the one it kept when the approval was first seen."""
    landing = day.portal.landing("ap", "invoice", bill["id"])
    kept = ApprovedContent.objects.get(landing=landing, version=str(bill["approvedVersion"]))
    sent = RunEntry.objects.filter(landing=landing, operation="create").order_by("-created_at").first()
    expect(sent is not None and sent.values, "the portal does not know what it sent")
    assert sent is not None
    same("the fingerprint of what was sent", kept.fingerprint, fingerprint(decode_as(Invoice, sent.values)))


def order_lines(found: Json) -> set[int]:
    """The ERP's ids of the order lines an invoice is matched to."""
    return {
        int(line["origin"].partition(",")[2])
        for line in found["lines"]
        if (line["origin"] or "").startswith("purchase")
    }


def file_and_trail(day: Day, found: Json, name: str, content: bytes, words: tuple[str, ...], key: str = "us") -> None:
    """Stops the story unless the very file hangs on the ERP's invoice, and a note with these words of the approvals."""
    resource = f"account.invoice,{found['id']}"

    def files() -> list[Json]:
        return day.clerk[key].read("ir.attachment", [["resource", "=", resource]], "name", "data")

    kept = wait("the file to hang on the ERP's invoice", files)
    held = {one["name"]: base64.b64decode(one["data"]["base64"]) for one in kept}
    same("the attached file, byte for byte", content, held.get(name))

    def noted() -> str:
        notes = day.clerk[key].read("ir.note", [["resource", "=", resource]], "message")
        text = "\n".join(note["message"] or "" for note in notes)
        return text if all(word in text for word in words) else ""

    wait(f"a note on the ERP's invoice with {', '.join(words)}", noted, 45)
