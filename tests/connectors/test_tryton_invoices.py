"""Invoices on their way into a real ERP: what was approved is what is posted, once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Json, Totals, Written
from connectors.catalog.tryton import Tryton
from connectors.catalog.tryton.contents import priced
from connectors.errors import DataRejected
from demo.erp import ErpServer
from demo.erp.actor import ErpUser, Line
from tests.connectors.bench_tryton import invoice_body

_numbers = itertools.count(1)
STEPS = {step.name: step for step in Tryton.objects["invoice"].creates}


@pytest.fixture(scope="module")
def user(erp: ErpServer) -> ErpUser:
    return ErpUser.at(erp.base_url, erp.facts)


def reference() -> str:
    return f"R{next(_numbers):032d}"


def body(erp: ErpServer, *lines: Json, entity: str = "us", **changed: Any) -> Json:
    tax = str(erp.facts.data["taxes"][f"{entity}.standard"])
    coded = [{"account": "6300", "taxes": [tax], **line} for line in lines]
    values = {"party": str(erp.facts.supplier("cobalt")), "invoice_number": f"T-{next(_numbers)}", "lines": coded}
    return invoice_body(**{**values, **changed})


def send(
    tryton: Tryton, values: Json, *steps: str, ref: str = "", external_id: str = "", company: str = "1"
) -> Written:
    ref = ref or reference()
    for name in steps or ("create", "validate", "post"):
        written = tryton.perform(
            "invoice", STEPS[name], company=company, body=values, reference=ref, external_id=external_id
        )
        external_id = written.external_id
    return written


def test_an_invoice_is_posted_with_its_coding_taxes_and_totals(tryton: Tryton, erp: ErpServer) -> None:
    coding = [{"dimension": "DEPARTMENT", "value": "400"}, {"dimension": "PROJECT", "value": "P-01"}]
    written = send(
        tryton, body(erp, {"amount": "100.10", "dimensions": coding}, {"account": "6400", "amount": "33.33"})
    )
    first, second = written.body["lines"]
    assert written.body["state"] == "posted"
    assert (first["account"]["code"], first["amount"], second["amount"]) == ("6300", "100.10", "33.33")
    assert [(one["root"]["code"], one["account"]["code"]) for one in first["analytic_accounts"]] == [
        ("DEPARTMENT", "400"),
        ("PROJECT", "P-01"),
    ]
    assert tryton.totals("invoice", written.body) == Totals(
        "USD", Decimal("133.43"), Decimal("26.69"), Decimal("160.12"), credit=False
    )


def test_the_totals_are_known_before_anything_is_numbered(tryton: Tryton, erp: ErpServer) -> None:
    written = send(tryton, body(erp, {"amount": "0.03"}), "create")
    assert (written.body["state"], written.body["number"]) == ("draft", None)
    totals = tryton.totals("invoice", written.body)
    assert totals is not None and totals.payable_amount == Decimal("0.04")


def test_a_credit_note_is_negative_there_and_positive_on_the_document(tryton: Tryton, erp: ErpServer) -> None:
    written = send(tryton, body(erp, {"amount": "50.00", "quantity": "2"}, type_code="381"))
    assert written.body["is_credit_note"] and written.body["total_amount"] == "-60.00"
    totals = tryton.totals("invoice", written.body)
    assert totals is not None and (totals.payable_amount, totals.credit) == (Decimal("60.00"), True)
    line = next(one for one in _ledger(tryton, "invoice") if one.external_id == written.external_id)
    assert (line.side, line.amount) == ("debit", Decimal("60.00"))


def test_yen_have_no_cents(tryton: Tryton, erp: ErpServer) -> None:
    written = send(tryton, body(erp, {"amount": "12345", "quantity": "7"}, currency="JPY"))
    assert [written.body[name] for name in ("untaxed_amount", "tax_amount", "total_amount")] == [
        "12345",
        "2469",
        "14814",
    ]


def test_an_invoice_of_the_second_company_goes_into_its_own_books(tryton: Tryton, erp: ErpServer) -> None:
    vendor = str(erp.facts.supplier("devries"))
    values = body(erp, {"amount": "123.45"}, entity="eu", currency="EUR", party=vendor)
    written = send(tryton, values, company="2")
    assert (written.body["company"]["id"], written.body["number"][:3]) == ("2", "EUR")
    assert tryton.fetch("invoice", written.external_id, company="1") is None


@pytest.mark.parametrize(
    ("amount", "quantity", "price"),
    [("100.00", "3", None), ("0.01", "7", None), ("99999.99", "977", None), ("10.00", "4", "2.50"), ("1.00", "3", "9")],
)
def test_the_erp_computes_the_amount_that_was_approved(
    tryton: Tryton, erp: ErpServer, amount: str, quantity: str, price: str | None
) -> None:
    written = send(tryton, body(erp, {"amount": amount, "quantity": quantity, "unit_price": price}), "create")
    assert written.body["untaxed_amount"] == amount
    assert sum(Decimal(line["quantity"]) for line in written.body["lines"]) >= Decimal(quantity)


def test_a_draft_sent_twice_under_one_reference_is_one_draft(tryton: Tryton, erp: ErpServer) -> None:
    ref, values = reference(), body(erp, {"amount": "10.00"})
    first = send(tryton, values, "create", ref=ref)
    again = send(tryton, values | {"lines": [values["lines"][0] | {"amount": "11.00"}]}, "create", ref=ref)
    assert again.external_id == first.external_id
    assert again.body["untaxed_amount"] == "11.00"
    assert [one.external_id for one in tryton.search("invoice", ref, company="1")] == [first.external_id]


def test_a_reference_is_not_found_by_its_beginning(tryton: Tryton, erp: ErpServer) -> None:
    ref = reference()
    send(tryton, body(erp, {"amount": "10.00"}, description="March"), "create", ref=ref)
    assert tryton.search("invoice", ref[:-1], company="1") == []
    assert len(tryton.search("invoice", ref, company="1")) == 1


def test_what_was_changed_in_a_draft_is_put_back_before_it_is_validated(
    tryton: Tryton, erp: ErpServer, user: ErpUser
) -> None:
    ref, values = reference(), body(erp, {"amount": "10.00"})
    draft = send(tryton, values, "create", ref=ref)
    user.wire.put("account.invoice.line", int(draft.body["lines"][0]["id"]), {"unit_price": Decimal(99)}, company=1)
    validated = send(tryton, values, "validate", ref=ref, external_id=draft.external_id)
    assert (validated.body["state"], validated.body["untaxed_amount"]) == ("validated", "10.00")


def test_what_was_changed_after_validation_is_not_posted(tryton: Tryton, erp: ErpServer) -> None:
    ref, values = reference(), body(erp, {"amount": "10.00"})
    validated = send(tryton, values, "create", "validate", ref=ref)
    approved = values | {"lines": [values["lines"][0] | {"account": "6400"}]}
    with pytest.raises(DataRejected, match="no longer what was approved"):
        send(tryton, approved, "post", ref=ref, external_id=validated.external_id)
    assert (
        tryton.proved("invoice", STEPS["post"], company="1", body=approved, external_id=validated.external_id) is None
    )


def test_an_order_line_knows_what_was_invoiced(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = erp.facts.supplier("kestrel")
    order = user.order(vendor, [Line("paper", "10", "20.00")])
    line = str(user.order_lines(order)[0])
    send(
        tryton,
        body(erp, {"amount": "80.00", "quantity": "4", "order_line": line, "account": "6100"}, party=str(vendor)),
    )
    found = tryton.fetch("purchase_order", str(order), company="1")
    assert found is not None
    assert [one["invoiced_quantity"] for one in found.body["lines"]] == ["4"]


def test_coding_splits_of_one_line_invoice_its_quantity_once(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = erp.facts.supplier("kestrel")
    order = user.order(vendor, [Line("paper", "10", "20.00")])
    (line,) = map(str, user.order_lines(order))
    share = {"order_line": line, "line": "1", "line_quantity": "7"}
    splits = [{**share, "amount": "50.00"}, {**share, "amount": "90.00", "account": "6100"}]
    written = send(tryton, body(erp, *splits, party=str(vendor)))
    assert [(one["amount"], one["account"]["code"]) for one in written.body["lines"]] == [
        ("50.00", "6300"),
        ("90.00", "6100"),
    ]
    found = tryton.fetch("purchase_order", str(order), company="1")
    assert found is not None and found.body["lines"][0]["invoiced_quantity"] == "7"


def test_the_draft_the_erp_made_itself_is_completed_not_doubled(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = erp.facts.supplier("brightwater")
    order = user.order(
        vendor, [Line("paper", "10", "20.00"), Line("freight", "1", "30.00")], invoice_method="fulfillment"
    )
    paper, freight = user.order_lines(order)
    user.receive(order, {paper: "6"})
    own = [one for one in _invoices_of(tryton, order) if one["is_own_draft"]]
    assert len(own) == 2  # one for the service at confirmation, one for the goods at receipt
    lines = [
        {"amount": "120.00", "quantity": "6", "order_line": str(paper), "account": "6100"},
        {"amount": "30.00", "quantity": "1", "order_line": str(freight), "account": "6700"},
    ]
    written = send(tryton, body(erp, *lines, party=str(vendor)))
    assert written.external_id in {one["id"] for one in own}
    assert [one["id"] for one in _invoices_of(tryton, order)] == [written.external_id]
    user.receive(order, {paper: "4"})  # the rest: the ERP drafts for that alone
    later = [one for one in _invoices_of(tryton, order) if one["id"] != written.external_id]
    assert [[line["quantity"] for line in one["lines"]] for one in later] == [["4"]]


def test_other_taxes_than_the_orders_are_posted_as_approved(tryton: Tryton, erp: ErpServer, user: ErpUser) -> None:
    vendor = erp.facts.supplier("brightwater")
    order = user.order(vendor, [Line("paper", "10", "20.00")], invoice_method="fulfillment")
    (paper,) = user.order_lines(order)
    user.receive(order, {paper: "10"})
    billed = {"amount": "200.00", "quantity": "10", "order_line": str(paper), "account": "6100", "taxes": []}
    written = send(tryton, body(erp, billed, party=str(vendor)))
    assert (written.body["state"], Decimal(written.body["tax_amount"])) == ("posted", 0)
    assert [one["id"] for one in _invoices_of(tryton, order)] == [written.external_id]


def test_order_lines_that_are_not_billed_yet_keep_a_draft_of_their_own(
    tryton: Tryton, erp: ErpServer, user: ErpUser
) -> None:
    vendor = erp.facts.supplier("brightwater")
    goods = [Line("paper", "10", "20.00"), Line("toner", "2", "80.00")]
    order = user.order(vendor, goods, invoice_method="fulfillment")
    paper, toner = user.order_lines(order)
    user.receive(order, {paper: "10", toner: "2"})
    billed = {"amount": "200.00", "quantity": "10", "order_line": str(paper), "account": "6100"}
    written = send(tryton, body(erp, billed, party=str(vendor)))
    left = [one for one in _invoices_of(tryton, order) if one["id"] != written.external_id]
    assert [[(line["order_line"]["id"], line["quantity"]) for line in one["lines"]] for one in left] == [
        [(str(toner), "2")]
    ]


def test_the_same_number_twice_is_told_in_plain_words(tryton: Tryton, erp: ErpServer) -> None:
    first = send(tryton, body(erp, {"amount": "10.00"}))
    with pytest.raises(DataRejected, match="already holds an invoice") as caught:
        send(tryton, body(erp, {"amount": "10.00"}, invoice_number=first.body["reference"]))
    assert caught.value.field == "invoice_number"


def test_a_closed_period_is_told_in_plain_words(tryton: Tryton, erp: ErpServer) -> None:
    with pytest.raises(DataRejected, match="period") as caught:
        send(tryton, body(erp, {"amount": "10.00"}, posting_date=erp.facts.data["closed_day"]))
    assert caught.value.field == "posting_date"
    closed = [period for period in tryton.periods(company="1") or () if period.state == "closed"]
    assert [period.start.isoformat() <= erp.facts.data["closed_day"] for period in closed] == [True]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"party": "999999"}, "party"),
        ({"currency": "XXX"}, "currency"),
        ({"invoice_date": "31.01.2026"}, "invoice_date"),
        ({"lines": []}, "lines"),
        ({"lines": [{"account": "0000", "amount": "1.00"}]}, "lines.account"),
        ({"lines": [{"account": "6300", "amount": "one"}]}, "lines.amount"),
        ({"lines": [{"account": "6300", "amount": "1.00", "quantity": "0"}]}, "lines.quantity"),
        ({"lines": [{"account": "6300", "amount": "1.00", "order_line": "999999"}]}, "lines.order_line"),
        (
            {"lines": [{"account": "6300", "amount": "1.00", "dimensions": [{"dimension": "X", "value": "1"}]}]},
            "lines.dimensions",
        ),
    ],
)
def test_bad_content_names_its_field_and_leaves_nothing(
    tryton: Tryton, erp: ErpServer, changed: Json, field: str
) -> None:
    ref = reference()
    with pytest.raises(DataRejected) as caught:
        send(tryton, body(erp, {"amount": "1.00"}) | changed, "create", ref=ref)
    assert caught.value.field == field
    assert caught.value.sentence.endswith(".")
    assert tryton.search("invoice", ref, company="1") == []


def test_seventy_lines_with_one_bad_one_are_refused_whole(tryton: Tryton, erp: ErpServer) -> None:
    lines = [{"amount": "1.00"}] * 69 + [{"amount": "1.00", "account": "9999999"}]
    ref = reference()
    with pytest.raises(DataRejected):
        send(tryton, body(erp, *lines), "create", ref=ref)
    assert tryton.search("invoice", ref, company="1") == []


def test_a_right_to_left_vendor_and_its_text_arrive_as_they_are(tryton: Tryton, erp: ErpServer) -> None:
    vendor, text = str(erp.facts.supplier("telaviv")), "שירות ענן"
    written = send(tryton, body(erp, {"amount": "10.00", "description": text}, party=vendor))
    assert written.body["lines"][0]["description"] == text
    assert written.body["party"]["name"] == erp.facts.data["suppliers"]["telaviv"]["name"]


def test_prices_make_exactly_the_amount_for_every_quantity() -> None:
    for quantity, cents in itertools.product(("1", "3", "7", "0.25", "144", "1999"), range(1, 2000, 37)):
        amount = Decimal(cents) / 100
        made = priced({"amount": str(amount), "quantity": quantity}, 2)
        assert sum((number * price).quantize(Decimal("0.01")) for number, price in made) == amount
        assert made[0][0] == Decimal(quantity)


def _ledger(tryton: Tryton, obj: str) -> list[Any]:
    return list(tryton.ledger(obj, company="1", as_of=datetime.now(UTC).date()))


def _invoices_of(tryton: Tryton, order: int) -> list[Json]:
    """The invoices with lines of an order, as the connector reads them."""
    found = tryton.rest("1").find("account.invoice", [["purchases", "=", order]], ("id",))
    read = [tryton.fetch("invoice", one["id"], company="1") for one in found]
    return [record.body for record in read if record is not None]
