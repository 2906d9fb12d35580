"""Receipts, returns, payments, blocks and voids in a real ERP, as the connector sees them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.base import Json, LedgerLine
from connectors.catalog.tryton import Tryton
from demo.erp import ErpServer
from demo.erp.actor import ErpUser, Line
from tests.connectors.test_tryton_reading import read_all, settled

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def user(erp: ErpServer) -> ErpUser:
    return ErpUser.at(erp.base_url, erp.facts)


def bill(user: ErpUser, vendor: int, price: str = "250.00", currency: str = "USD") -> int:
    """A posted bill of the price and a fifth of tax: 300.00 where nothing else is said."""
    return user.key_bill(vendor, f"M-{next(_numbers)}", [Line("consulting", "1", price)], currency=currency)


def payments_of(tryton: Tryton, invoice: int) -> list[Json]:
    records, _ = read_all(tryton, "payment", limit=50)
    return [
        record.body
        for record in records
        if [one["invoice"]["id"] for one in record.body["allocations"]] == [str(invoice)]
    ]


# ------------------------------------------------------------------------------------------------------- goods
def test_a_partial_receipt_and_a_return_count_on_the_order_line(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    order = user.order(erp.facts.supplier("kestrel"), [Line("paper", "10", "20.00")])
    line = user.order_lines(order)[0]
    _, cursor = read_all(tryton, "receipt")
    _, orders = read_all(tryton, "purchase_order")
    user.receive(order, {line: "6"}, reference="DN-1")
    user.send_back(order, line, "2")
    found, _ = read_all(tryton, "receipt", settled(cursor))
    assert [(one.body["kind"], one.body["lines"][0]["signed_quantity"]) for one in found] == [
        ("receipt", "6"),
        ("return", "-2"),
    ]
    assert {one.body["lines"][0]["order_line"]["id"] for one in found} == {str(line)}
    assert [one.external_id.partition(",")[0] for one in found] == ["stock.shipment.in", "stock.shipment.in.return"]
    changed, _ = read_all(tryton, "purchase_order", settled(orders))
    assert [one.external_id for one in changed] == [str(order)]
    assert changed[0].body["lines"][0]["received_quantity"] == "4"


def test_a_second_receipt_that_leaves_the_orders_state_as_it_was_is_still_a_change(
    tryton: Tryton, erp: ErpServer, user: ErpUser
) -> None:
    order = user.order(erp.facts.supplier("kestrel"), [Line("paper", "10", "20.00")])
    line = user.order_lines(order)[0]
    user.receive(order, {line: "2"})
    before = tryton.fetch("purchase_order", str(order), company="1")
    _, cursor = read_all(tryton, "purchase_order")
    user.receive(order, {line: "3"})
    after, _ = read_all(tryton, "purchase_order", settled(cursor))
    assert before is not None
    assert [one.external_id for one in after] == [str(order)]
    assert before.body["shipment_state"] == after[0].body["shipment_state"] == "partially shipped"
    assert after[0].body["lines"][0]["received_quantity"] == "5"


# ------------------------------------------------------------------------------------------------------- payments
def test_two_payments_and_a_cash_discount_settle_an_invoice(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("granite"))
    user.pay(invoice, "120.00")
    assert [(one["amount"], one["discount_amount"]) for one in payments_of(tryton, invoice)] == [("120.00", "0")]
    _, cursor = read_all(tryton, "payment")
    user.pay(invoice, "176.00", discount=True)
    found = payments_of(tryton, invoice)
    assert sorted((one["amount"], one["discount_amount"]) for one in found) == [("120.00", "0"), ("176.00", "4.00")]
    again, _ = read_all(tryton, "payment", settled(cursor))
    assert len(again) == 2  # the first one was reconciled with it
    record = tryton.fetch("invoice", str(invoice), company="1")
    assert record is not None
    assert (record.body["state"], record.body["amount_to_pay"]) == ("paid", "0")


def test_a_part_payment_is_a_change_of_its_invoice(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("granite"))
    _, cursor = read_all(tryton, "invoice")
    user.pay(invoice, "50.00")
    changed, _ = read_all(tryton, "invoice", settled(cursor))
    assert [(one.external_id, one.body["amount_to_pay"]) for one in changed] == [(str(invoice), "250.00")]


def test_a_payment_in_yen_is_told_in_yen(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("sakura"), "50000", "JPY")
    user.pay(invoice, "59000", discount=True)
    (payment,) = payments_of(tryton, invoice)
    assert (payment["currency"]["code"], payment["amount"], payment["discount_amount"]) == ("JPY", "59000", "1000")


def test_a_payment_run_is_read_from_its_submission(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("granite"))
    user.pay_by_run(invoice, "80.00")
    (payment,) = payments_of(tryton, invoice)
    assert (payment["source"], payment["state"], payment["amount"]) == ("run", "succeeded", "80.00")
    record = tryton.fetch("invoice", str(invoice), company="1")
    assert record is not None and record.body["amount_to_pay"] == "220.00"


def test_the_books_hold_what_was_paid(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("granite"))
    before = _paid(tryton)
    user.pay(invoice, "120.00")
    user.pay_by_run(invoice, "180.00")
    assert _paid(tryton) - before == Decimal("300.00")


def _paid(tryton: Tryton) -> Decimal:
    lines = tryton.ledger("payment", company="1", as_of=datetime.now(UTC).date())
    return sum((line.amount for line in lines if (line.currency, line.side) == ("USD", "debit")), Decimal())


def test_a_voided_invoice_says_so_in_both_views(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    invoice = bill(user, erp.facts.supplier("granite"))
    _, cursor = read_all(tryton, "invoice")
    user.void(invoice)
    changed, _ = read_all(tryton, "invoice", settled(cursor))
    assert [(one.external_id, one.body["state"]) for one in changed] == [(str(invoice), "cancelled")]
    lines = tryton.ledger("invoice", company="1", as_of=datetime.now(UTC).date())
    assert [(line.stage, line.booked) for line in lines if line.external_id == str(invoice)] == [("cancelled", False)]


# ------------------------------------------------------------------------------------------------------- blocks
def test_a_block_reaches_every_open_item_and_a_release_only_what_it_set(
    tryton: Tryton, erp: ErpServer, user: ErpUser
) -> None:
    vendor = user.create_vendor("Blocked Ltd")
    paid, opened, kept = (bill(user, vendor) for _ in range(3))
    user.pay(paid, "300.00")
    user.wire.post(f"account.move.line/{_payable(user, kept)}/payment_block", {}, company=1)  # the ERP's own reason
    blocked = tryton.block_payment(str(vendor), company="1", reason="the bank account changed")
    assert _ids(blocked) == {str(opened), str(kept)}
    assert all((line.stage, line.amount) == ("blocked", Decimal("300.00")) for line in blocked)
    assert _blocked(tryton, opened) and _blocked(tryton, kept)
    assert _ids(tryton.release_payment(str(vendor), company="1")) == {str(opened)}
    assert not _blocked(tryton, opened)
    assert _blocked(tryton, kept)
    assert tryton.release_payment(str(vendor), company="1") == []


def test_a_second_block_after_a_release_can_be_released_again(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = user.create_vendor("Blocked Twice Ltd")
    invoice = bill(user, vendor)
    for _ in range(2):
        tryton.block_payment(str(vendor), company="1", reason="the bank account changed")
        assert _blocked(tryton, invoice)
        assert _ids(tryton.release_payment(str(vendor), company="1")) == {str(invoice)}
        assert not _blocked(tryton, invoice)


def test_a_block_changes_the_invoice_it_bites(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = user.create_vendor("Seen Blocked Ltd")
    invoice = bill(user, vendor)
    _, cursor = read_all(tryton, "invoice")
    tryton.block_payment(str(vendor), company="1", reason="the bank account changed")
    changed, _ = read_all(tryton, "invoice", settled(cursor))
    assert [(one.external_id, one.body["payment_blocked"]) for one in changed] == [(str(invoice), True)]


def test_a_vendor_without_open_items_has_nothing_to_block(tryton: Tryton, user: ErpUser) -> None:
    vendor = str(user.create_vendor("Nothing Open Ltd"))
    assert tryton.block_payment(vendor, company="1", reason="the bank account changed") == []
    assert tryton.release_payment(vendor, company="1") == []


def _payable(user: ErpUser, invoice: int) -> int:
    return int(user.read("account.invoice", [["id", "=", invoice]], "lines_to_pay.id")[0]["lines_to_pay"][0]["id"])


def _blocked(tryton: Tryton, invoice: int) -> bool:
    record = tryton.fetch("invoice", str(invoice), company="1")
    assert record is not None
    return bool(record.body["payment_blocked"])


def _ids(lines: Sequence[LedgerLine]) -> set[str]:
    return {line.external_id for line in lines}
