"""What becomes of files that are handed in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.sandbox.ap_house import COMPANY, CREDIT_NOTE, INVOICE, House
from tests.sandbox.sandbox_api import Api

EXAMPLES = os.environ.get("EINVOICE_EXAMPLES", "")  # a folder of published UBL and CII files, in subfolders
REAL_FILES = sorted(Path(EXAMPLES).glob("*/*.xml")) if EXAMPLES else []


@pytest.fixture
def house(api: Api) -> House:
    return House(api)


def test_an_invoice_becomes_a_bill_of_the_right_company_and_supplier(house: House) -> None:
    bill = house.upload()
    assert (bill["companyId"], bill["supplierId"], bill["status"]) == (COMPANY, house.supplier, "received")
    assert (bill["billNumber"], bill["issueDate"], bill["dueDate"]) == ("NP-2026-0417", "2026-03-02", "2026-04-01")
    amounts = [bill[name] for name in ("netAmount", "taxAmount", "grossAmount", "payableAmount", "amountOpen")]
    assert amounts == ["500.00", "95.00", "595.00", "595.00", "595.00"]
    assert bill["flags"] == []
    assert bill["paymentInstructions"]["iban"] == "DE89370400440532013000"


def test_a_line_that_names_its_order_line_is_matched_and_coded_from_the_order(house: House) -> None:
    paper, delivery = house.upload()["lines"]
    assert (paper["match"]["orderNumber"], paper["match"]["lineKey"]) == ("PO-77", "erp-line-1")
    assert [(c["accountCode"], c["taxCode"], c["amount"]) for c in paper["codings"]] == [("6815", "V19", "400.00")]
    assert delivery["match"] is None and delivery["codings"] == []


def test_the_file_is_kept_byte_for_byte_and_what_it_carries_beside_it(house: House) -> None:
    bill = house.upload(fileName="Rechnung 0417.xml")
    original, carried = house.api.everything("/attachments", billId=bill["id"])
    assert (original["fileName"], original["kind"], original["sha256"]) == (
        "Rechnung 0417.xml",
        "original",
        hashlib.sha256(INVOICE).hexdigest(),
    )
    reply = house.api.call("GET", f"/api/v1/attachments/{original['id']}/content")
    assert reply.content == INVOICE and reply.headers["content-disposition"] == "attachment"
    assert (carried["fileName"], carried["mediaType"]) == ("delivery.csv", "text/csv")
    assert house.api.call("GET", f"/api/v1/attachments/{carried['id']}/content").content.startswith(b"item;quantity")


def test_a_credit_note_keeps_its_amounts_unsigned_and_names_what_it_credits(house: House) -> None:
    bill = house.upload(CREDIT_NOTE)
    assert (bill["documentType"], bill["typeCode"], bill["payableAmount"]) == ("creditNote", "381", "59.50")
    assert bill["precedingBills"] == [{"billNumber": "NP-2026-0417", "issueDate": "2026-03-02"}]
    assert bill["supplierTaxId"] == "DE123456789"


def test_wrong_totals_are_taken_in_with_a_flag_that_names_both_amounts(house: House) -> None:
    wrong = INVOICE.replace(b">595.00</cbc:TaxInclusiveAmount>", b">596.00</cbc:TaxInclusiveAmount>")
    bill = house.upload(wrong)
    assert bill["grossAmount"] == "596.00"
    assert [flag["code"] for flag in bill["flags"]] == ["totalsDoNotAddUp", "totalsDoNotAddUp"]
    assert "595.00" in bill["flags"][0]["text"] and "596.00" in bill["flags"][0]["text"]


def test_an_unknown_supplier_and_order_are_flagged_not_refused(house: House) -> None:
    strange = INVOICE.replace(b"DE123456789", b"FR98765432101").replace(b"Nordlicht", b"Anders").replace(b"PO-77", b"X")
    bill = house.upload(strange)
    assert bill["supplierId"] is None
    assert {flag["code"] for flag in bill["flags"]} == {"supplierUnknown", "orderUnknown"}


def test_a_second_bill_with_the_same_number_is_flagged(house: House) -> None:
    first = house.upload()
    assert [(flag["code"], first["id"] in flag["text"]) for flag in house.upload()["flags"]] == [("sameNumber", True)]


def test_names_from_right_to_left_arrive_whole(house: House) -> None:
    name = "شركة النور للتجارة والمقاولات"
    supplier = house.made("/suppliers", displayName=name)
    document = INVOICE.decode().replace("Nordlicht Papier GmbH", name).replace("DE123456789", "AE100")
    bill = house.upload(document.encode())
    assert (bill["supplierName"], bill["supplierId"]) == (name, supplier)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><Invoice>&d;</Invoice>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice>&e;</Invoice>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty (0 bytes)"),
        (b"  \n", "empty (0 bytes)"),
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (OUTSIDE.decode().encode("utf-16"), "DOCTYPE"),
        (b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x.dtd"><Invoice/>', "DOCTYPE"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"Dear Sir or Madam", "not readable as XML"),
        (INVOICE[:900], "not readable as XML"),
        (b"<html><body/></html>", "not an invoice"),
        (INVOICE.replace(b">EUR</cbc:Doc", b">EUQ</cbc:Doc"), "'EUQ' is not known"),
        (
            INVOICE.replace(b">NP-2026-0417</cbc:ID>\n  <cbc:IssueDate", b"></cbc:ID>\n  <cbc:IssueDate"),
            "no number (BT-1)",
        ),
        (INVOICE.replace(b"2026-03-02", b"yesterday"), "no date"),
        (INVOICE.replace(b">400.00<", b">1e9999<"), "no amount"),
        (INVOICE.replace(b">400.00<", b">four<"), "no amount"),
        (
            INVOICE.replace(b"DE222222222", b"DE999999999").replace(b"Second Company", b"Elsewhere"),
            "Choose the company",
        ),
    ],
)
def test_what_is_no_invoice_is_rejected_with_the_reason_and_kept(house: House, content: bytes, words: str) -> None:
    reply = house.api.call("POST", "/api/v1/inbox", content, fileName="strange.xml")
    assert reply.status == 422
    assert words in reply.json()["error"]["message"]
    item = house.api.ok("GET", f"/inbox-items/{reply.json()['inboxItemId']}")
    assert (item["status"], item["reason"], item["byteSize"]) == (
        "rejected",
        reply.json()["error"]["message"],
        len(content),
    )
    assert house.api.everything("/bills") == []


def test_a_rejected_file_stops_nothing_else(house: House) -> None:
    house.api.refused("POST", "/inbox", b"", fileName="empty.xml")
    assert house.upload()["status"] == "received"
    assert [item["status"] for item in house.api.everything("/inbox-items")] == ["rejected", "accepted"]


def test_ten_thousand_lines_are_taken_in(house: House) -> None:
    start, end = INVOICE.index(b"  <cac:InvoiceLine>"), INVOICE.rindex(b"</Invoice>")
    line = INVOICE[INVOICE.rindex(b"  <cac:InvoiceLine>") : end]
    lines = b"".join(line.replace(b"<cbc:ID>2<", b"<cbc:ID>%d<" % n, 1) for n in range(1, 10_001))
    house.api.timeout = 60
    bill = house.upload(INVOICE[:start] + lines + b"</Invoice>")
    assert len(bill["lines"]) == 10_000
    assert bill["flags"][0]["text"].startswith("The lines come to 1000000.00")


@pytest.mark.skipif(not REAL_FILES, reason="EINVOICE_EXAMPLES names no folder of published e-invoices")
@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.name)
def test_published_examples_are_read_without_a_flag_on_their_sums(house: House, path: Path) -> None:
    bill = house.upload(path.read_bytes(), companyId=COMPANY)
    assert bill["lines"] and not [flag for flag in bill["flags"] if flag["code"] == "totalsDoNotAddUp"]
