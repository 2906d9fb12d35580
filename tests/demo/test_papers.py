"""The invoices of the story read, by a reader that is not ours to bend, as what they were written from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from demo import samples
from demo.erp import ErpFacts
from demo.story.papers import Paper, PaperLine, Party
from finance.identity import is_valid_iban
from sandbox import einvoice
from sandbox.einvoice import checks

PAPER = Paper(
    "ABCD-4711", Party("Møller & Søn <Import>", "46-1234567", "DK", "DE89370400440532013000"),
    Party("Alder & Finch Trading Inc.", "US-11-1111111"),
    (PaperLine("Paper A4", "5", "21.90", order_line="1"), PaperLine("Freight", "1", "95.00")),
    date(2026, 11, 23), order="PO-00007",
)  # fmt: skip
SYNTAXES = pytest.mark.parametrize("syntax", ["ubl", "cii"])


def read(paper: Paper, syntax: str) -> einvoice.Found:
    return einvoice.read(paper.cii() if syntax == "cii" else paper.ubl())


@SYNTAXES
def test_a_file_says_what_it_was_made_from(syntax: str) -> None:
    bill = read(PAPER, syntax).bill
    assert (bill.bill_number, bill.type_code, bill.currency_code, bill.issue_date) == (
        "ABCD-4711", "380", "USD", date(2026, 11, 23),
    )  # fmt: skip
    assert (bill.supplier_name, bill.supplier_tax_id, bill.buyer_tax_id) == (
        "Møller & Søn <Import>", "46-1234567", "US-11-1111111",
    )  # fmt: skip
    assert (bill.net_amount, bill.tax_amount, bill.payable_amount) == ("204.50", "40.90", "245.40")
    assert [(line.quantity, line.unit_price, line.net_amount) for line in bill.lines] == [
        ("5", "21.90", "109.50"),
        ("1", "95.00", "95.00"),
    ]
    assert (bill.order_number, bill.lines[0].order_line_reference) == ("PO-00007", "1")


@SYNTAXES
def test_the_sums_of_a_file_hold(syntax: str) -> None:
    assert not list(checks.flags(read(PAPER, syntax)))


@SYNTAXES
def test_yen_have_no_cents(syntax: str) -> None:
    yen = replace(PAPER, currency="JPY", lines=(PaperLine("Motor", "2", "16800"),))
    assert read(yen, syntax).bill.payable_amount == "40320"


def test_tax_may_be_stated_as_rounded_line_by_line() -> None:
    keys = tuple(PaperLine(f"Key {n}", "1", "11.11") for n in range(3))
    assert replace(PAPER, lines=keys).gross == Decimal("40.00")
    assert read(replace(PAPER, lines=keys, tax=Decimal("6.66")), "ubl").bill.payable_amount == "39.99"


def test_a_credit_note_names_the_invoice_it_corrects() -> None:
    bill = read(replace(PAPER, type_code="381", preceding="ABCD-4700"), "ubl").bill
    assert (bill.document_type, bill.preceding_bills[0].bill_number) == ("creditNote", "ABCD-4700")


def test_names_and_numbers_of_a_play_are_sound_and_its_own() -> None:
    from demo.story.names import Names

    names = Names()
    assert all(is_valid_iban(names.iban()) for _ in range(20))
    assert len({names.company() for _ in range(200)}) == 200


def test_what_a_newcomer_may_hand_in_is_for_orders_that_are_there(tmp_path: Path) -> None:
    orders = {key: {"number": f"PO-0000{n}", "lines": [2 * n, 2 * n + 1]} for n, key in enumerate(samples.WANTED, 1)}
    facts = ErpFacts(tmp_path, "erp", {}, {}, {}, {"orders": orders})
    found = [einvoice.read(path.read_bytes()) for path in samples.write(tmp_path / "try", facts)]
    assert [bill.bill.order_number for bill in found] == ["PO-00001", "PO-00002"]
    assert [[line.order_line_reference for line in bill.bill.lines] for bill in found] == [["2", "3"], ["4", "5"]]
    assert {bill.bill.buyer_tax_id for bill in found} == {"US-11-1111111"}
    assert not [flag for bill in found for flag in checks.flags(bill)]
