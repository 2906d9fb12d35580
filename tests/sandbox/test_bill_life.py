"""From coding to payment: what people may do with a bill, and what takes an approval away."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.ap_house import CLERK, COMPANY, CREDIT_NOTE, DEPUTY, DIRECTOR, FINANCE, OWNER, House
from tests.sandbox.sandbox_api import Api


@pytest.fixture
def house(api: Api) -> House:
    return House(api)


# -------------------------------------------------------------------------------------------------------- coding
def test_percent_splits_sum_to_the_line_to_the_cent(house: House) -> None:
    bill = house.bill(house.coded())
    assert [(c["splitNumber"], c["amount"]) for c in bill["lines"][1]["codings"]] == [(1, "33.33"), (2, "66.67")]
    assert bill["status"] == "coding"


def _bill_of(house: House, net: str, codings: list[dict[str, Any]], currency: str = "EUR") -> Any:
    line = {"lineNumber": "1", "netAmount": net, "codings": codings}
    totals = dict.fromkeys(("netAmount", "grossAmount", "payableAmount"), net)
    head = {"companyId": COMPANY, "supplierId": house.supplier, "billNumber": "1", "issueDate": "2026-03-01"}
    return {**head, **totals, "taxAmount": "0", "currencyCode": currency, "lines": [line]}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cents=st.integers(-100_000, 10_000_000),
    shares=st.lists(st.integers(1, 9999), min_size=1, max_size=6),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_any_percents_that_make_a_hundred_share_out_the_whole_line(
    house: House, cents: int, shares: list[int], currency: str
) -> None:
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    net = f"{cents / 10**digits:.{digits}f}"
    total = sum(shares)
    percents = [round(share * 100 / total, 4) for share in shares[:-1]]
    percents.append(100 - sum(percents))
    codings = [{"accountId": house.paper, "percent": f"{percent:.4f}"} for percent in percents]
    made = house.api.ok("POST", "/bills", _bill_of(house, net, codings, currency))["lines"][0]
    amounts = [coding["amount"] for coding in made["codings"]]
    assert sum(round(float(amount) * 10**digits) for amount in amounts) == cents
    assert all(len(amount.partition(".")[2]) <= digits for amount in amounts)


@pytest.mark.parametrize(
    ("codings", "words"),
    [
        ([{"percent": "50"}, {"percent": "49"}], "do not add up to 100"),
        ([{"amount": "50.00"}, {"amount": "49.99"}], "add up to 99.99, the line is 100.00"),
        ([{"amount": "50.00"}, {}], "neither percent nor amount"),
        ([{"dimensions": [{"dimensionCode": "CC", "valueCode": "MOON"}]}], "CC has no value MOON"),
    ],
)
def test_coding_that_does_not_hold_is_refused(house: House, codings: list[dict[str, Any]], words: str) -> None:
    named = [{"accountId": house.paper, **coding} for coding in codings]
    assert words in house.api.refused("POST", "/bills", _bill_of(house, "100.00", named))[1]


def test_closed_and_foreign_accounts_cannot_be_coded(house: House) -> None:
    foreign = house.made("/ledger-accounts", companyId="co-1", code="9", name="Theirs")
    assert "another company" in house.api.refused("POST", "/bills", _bill_of(house, "1", [{"accountId": foreign}]))[1]
    house.api.ok("POST", f"/ledger-accounts/{house.paper}/deactivate")
    assert "closed" in house.api.refused("POST", "/bills", _bill_of(house, "1", [{"accountId": house.paper}]))[1]


def test_an_account_closed_later_does_not_lock_a_bill_that_was_coded_with_it(house: House) -> None:
    bill_id = house.coded()
    house.api.ok("POST", f"/ledger-accounts/{house.paper}/deactivate")
    assert house.api.ok("PATCH", f"/bills/{bill_id}", {"note": "ask Tina"})["note"] == "ask Tina"


def test_a_match_must_fit_the_order(house: House) -> None:
    bill = house.upload()
    match = {"purchaseOrderId": house.order, "lineNumber": "99"}
    lines = {"lines": [{"lineNumber": "2", "match": match}]}
    assert "no line 99" in house.api.refused("PUT", f"/bills/{bill['id']}/codings", lines)[1]
    lines["lines"][0]["match"] = {**match, "lineNumber": "10"}
    matched = house.api.ok("PUT", f"/bills/{bill['id']}/codings", lines)["lines"][1]
    assert (matched["match"]["orderNumber"], matched["codings"][0]["accountCode"]) == ("PO-77", "6815")


def test_uncoded_lines_and_missing_dimensions_cannot_be_submitted(house: House) -> None:
    bill = house.upload()
    assert house.refused(bill["id"], "submit", CLERK) == (422, "Line 2 is not coded. Choose an account for it.")
    house.code(bill["id"], "2", [{"accountId": house.freight}])
    assert "account 6740 needs a value of CC" in house.refused(bill["id"], "submit", CLERK)[1]


# ------------------------------------------------------------------------------------------------------ approval
def test_two_people_approve_and_the_trail_says_who_what_and_when(house: House) -> None:
    bill_id = house.approved()
    bill = house.bill(bill_id)
    assert (bill["status"], bill["approvedVersion"]) == ("approved", bill["contentVersion"])
    assert bill["approvedDigest"] == bill["contentDigest"]
    trail = [
        (step["step"], step["decidedByName"], step["comment"], step["limitAmount"]) for step in bill["approvalTrail"]
    ]
    assert trail == [(1, "Otto Owner", "ordered by me", "25000"), (2, "Fritz Finance", None, None)]
    (round_,) = house.api.everything("/approvals", billId=bill_id)
    assert (round_["status"], round_["contentDigest"]) == ("approved", bill["contentDigest"])
    assert [step["decidedByUserId"] for step in round_["steps"]] == [OWNER, FINANCE]


def test_what_was_approved_can_be_read_back_and_has_the_fingerprint(house: House) -> None:
    bill = house.bill(house.approved())
    reply = house.api.call("GET", f"/api/v1/bills/{bill['id']}/approved-versions/{bill['approvedVersion']}")
    assert "sha256:" + hashlib.sha256(reply.content).hexdigest() == bill["approvedDigest"]
    assert reply.json()["lines"] == bill["lines"] and reply.json()["payableAmount"] == "595.00"


def test_nobody_decides_twice_or_about_their_own_submission(house: House) -> None:
    bill_id = house.coded()
    house.api.ok("PATCH", f"/users/{OWNER}", {"roles": ["budgetOwner", "finance"], "unlimited": True})
    house.act(bill_id, "submit", CLERK)
    house.act(bill_id, "approve", OWNER)
    assert house.refused(bill_id, "approve", OWNER) == (403, "Each step must be decided by another person.")
    other = house.coded()
    house.act(other, "submit", OWNER)
    assert house.refused(other, "approve", OWNER)[0] == 403


def test_a_step_belongs_to_its_role_and_a_limit_binds(house: House) -> None:
    bill_id = house.coded()
    house.act(bill_id, "submit", CLERK)
    assert "does not decide the step Budget owner" in house.refused(bill_id, "approve", FINANCE)[1]
    house.api.ok("PATCH", f"/users/{OWNER}", {"limits": [{"currencyCode": "EUR", "amount": "594.99"}]})
    assert "may approve 594.99 EUR" in house.refused(bill_id, "approve", OWNER)[1]
    house.api.ok("PATCH", f"/users/{OWNER}", {"limits": [{"currencyCode": "USD", "amount": "9999"}]})
    assert "nothing in EUR" in house.refused(bill_id, "approve", OWNER)[1]
    assert house.act(bill_id, "approve", DIRECTOR)["status"] == "inApproval"


def test_a_deputy_decides_within_the_days_and_the_limit_of_the_delegation(house: House) -> None:
    bill_id = house.coded()
    house.act(bill_id, "submit", CLERK)
    assert "has not delegated" in house.refused(bill_id, "approve", DEPUTY, onBehalfOfUserId=OWNER)[1]
    today = datetime.now(UTC).date()
    past = {"userId": DEPUTY, "firstDay": str(today - timedelta(9)), "lastDay": str(today - timedelta(1))}
    house.api.ok("PATCH", f"/users/{OWNER}", {"delegation": past})
    assert "has not delegated" in house.refused(bill_id, "approve", DEPUTY, onBehalfOfUserId=OWNER)[1]
    house.api.ok("PATCH", f"/users/{OWNER}", {"delegation": {**past, "lastDay": str(today)}})
    step = house.act(bill_id, "approve", DEPUTY, onBehalfOfUserId=OWNER)["approvalTrail"][0]
    assert (step["decidedByName"], step["onBehalfOfName"], step["limitAmount"]) == (
        "Dora Deputy",
        "Otto Owner",
        "25000",
    )
    assert step["delegation"] == f"{past['firstDay']} to {today}"


def test_a_refusal_says_why_and_leads_back_to_coding(house: House) -> None:
    bill_id = house.coded()
    house.act(bill_id, "submit", CLERK)
    assert house.refused(bill_id, "refuse", OWNER)[0] == 422
    bill = house.act(bill_id, "refuse", OWNER, comment="not ours")
    assert (bill["status"], bill["approvalTrail"][0]["decision"]) == ("coding", "refused")
    house.act(bill_id, "submit", CLERK)
    assert [item["status"] for item in house.api.everything("/approvals", billId=bill_id)] == ["refused", "pending"]


@pytest.mark.parametrize(
    "change",
    [{"payableAmount": "595.01"}, {"dueDate": "2026-05-01"}, {"billNumber": "NP-2026-0418"}, {"discountAmount": "5"}],
)
def test_a_correction_after_approval_takes_the_approval_away(house: House, change: dict[str, str]) -> None:
    before = house.bill(house.approved())
    bill = house.api.ok("PATCH", f"/bills/{before['id']}", change)
    assert (bill["status"], bill["approvedVersion"], bill["approvedDigest"]) == ("coding", None, None)
    assert bill["contentVersion"] == before["contentVersion"] + 1
    assert all(step["invalidatedAt"] for step in bill["approvalTrail"])
    (round_,) = house.api.everything("/approvals", billId=bill["id"])
    assert (round_["status"], round_["invalidatedReason"]) == ("invalidated", "The bill was changed.")
    assert bill["id"] in [item["id"] for item in house.api.everything("/bills", approvedOnce="true")]


def test_recoding_after_approval_takes_it_away_and_a_note_does_not(house: House) -> None:
    bill_id = house.approved()
    noted = house.api.ok("PATCH", f"/bills/{bill_id}", {"note": "seen", "externalReference": "ours"})
    assert noted["status"] == "approved"
    recoded = house.code(bill_id, "2", [{"accountId": house.paper}])
    assert recoded["status"] == "coding"


def test_a_bill_can_be_reopened_until_the_erp_has_it(house: House) -> None:
    bill_id = house.approved()
    assert house.act(bill_id, "reopen", CLERK)["status"] == "coding"
    house.act(bill_id, "submit", CLERK)
    house.act(bill_id, "approve", OWNER)
    house.act(bill_id, "approve", FINANCE)
    house.api.ok("PUT", f"/bills/{bill_id}/erp-status", {"state": "exported"})
    assert house.refused(bill_id, "reopen", CLERK)[0] == 409
    assert house.api.refused("PATCH", f"/bills/{bill_id}", {"dueDate": "2026-05-01"})[0] == 409
    held = house.api.ok("PUT", f"/bills/{bill_id}/erp-status", {"state": "held", "message": "account 6815 is closed"})
    assert (held["status"], held["erp"]["message"]) == ("approved", "account 6815 is closed")
    assert house.act(bill_id, "reopen", CLERK)["status"] == "coding"


def test_a_void_needs_a_reason_and_withdraws_what_was_asked(house: House) -> None:
    bill_id = house.coded()
    house.act(bill_id, "submit", CLERK)
    assert house.refused(bill_id, "void", CLERK)[0] == 422
    bill = house.act(bill_id, "void", CLERK, reason="sent twice")
    assert (bill["status"], bill["voidReason"], bill["amountOpen"]) == ("void", "sent twice", "0")
    assert [item["status"] for item in house.api.everything("/approvals", billId=bill_id)] == ["withdrawn"]


# ------------------------------------------------------------------------------------------------- the ERP's word
def _posted(house: House, bill_id: str) -> Any:
    report = {"state": "posted", "documentNumber": "2026/17", "documentId": "17", "postingDate": "2026-03-03"}
    return house.api.ok("PUT", f"/bills/{bill_id}/erp-status", report)


def test_the_same_report_twice_changes_the_bill_once(house: House) -> None:
    bill_id = house.approved()
    first = _posted(house, bill_id)
    assert (first["status"], first["erp"]["documentNumber"]) == ("posted", "2026/17")
    assert _posted(house, bill_id) == first


def test_a_report_about_a_bill_that_was_reopened_meanwhile_is_kept_and_flagged(house: House) -> None:
    bill_id = house.approved()
    house.act(bill_id, "reopen", CLERK)
    bill = _posted(house, bill_id)
    assert (bill["status"], bill["erp"]["state"]) == ("coding", "posted")
    assert [flag["code"] for flag in bill["flags"]] == ["reportedAfterReopening"]


# ------------------------------------------------------------------------------------------------------- payments
def _pay(house: House, bill_id: str, number: str, paid: str, **more: Any) -> Any:
    part = {"billId": bill_id, "paidAmount": paid, **more.pop("part", {})}
    head = {"companyId": COMPANY, "supplierId": house.supplier, "currencyCode": "EUR", "paymentDate": "2026-03-20"}
    return house.api.ok(
        "POST", "/payments", {**head, "paymentNumber": number, "amount": paid, "allocations": [part], **more}
    )


def test_two_payments_with_a_discount_show_partly_paid_and_then_paid(house: House) -> None:
    bill_id = house.approved()
    _posted(house, bill_id)
    _pay(house, bill_id, "P-1", "300.00")
    bill = house.bill(bill_id)
    assert (bill["status"], bill["amountPaid"], bill["amountOpen"]) == ("partlyPaid", "300.00", "295.00")
    _pay(house, bill_id, "P-2", "283.10", method="check", part={"discountAmount": "11.90"})
    bill = house.bill(bill_id)
    assert (bill["status"], bill["discountTaken"], bill["amountOpen"]) == ("paid", "11.90", "0.00")
    assert [(item["paymentNumber"], item["method"], item["paymentDate"]) for item in bill["settlements"]] == [
        ("P-1", "transfer", "2026-03-20"),
        ("P-2", "check", "2026-03-20"),
    ]


def test_a_payment_that_comes_back_opens_the_bill_again(house: House) -> None:
    bill_id = house.approved()
    _posted(house, bill_id)
    payment = _pay(house, bill_id, "P-1", "595.00")
    assert house.bill(bill_id)["status"] == "paid"
    house.api.ok("PATCH", f"/payments/{payment['id']}", {"status": "returned"})
    bill = house.bill(bill_id)
    assert (bill["status"], bill["amountOpen"], bill["settlements"][0]["status"]) == ("posted", "595.00", "returned")


def test_a_credit_note_is_netted_in_a_payment(house: House) -> None:
    invoice, credit = house.approved(), house.upload(CREDIT_NOTE)["id"]
    parts = [{"billId": invoice, "paidAmount": "595.00"}, {"billId": credit, "paidAmount": "59.50"}]
    head = {"companyId": COMPANY, "supplierId": house.supplier, "currencyCode": "EUR", "paymentDate": "2026-03-20"}
    body = {**head, "paymentNumber": "P-1", "amount": "535.50", "allocations": parts}
    house.api.ok("POST", "/payments", body)
    assert (house.bill(invoice)["amountOpen"], house.bill(credit)["amountOpen"]) == ("0.00", "0.00")


def test_payments_that_cannot_be_true_are_refused(house: House) -> None:
    bill_id = house.approved()
    head = {"companyId": COMPANY, "supplierId": house.supplier, "currencyCode": "EUR", "paymentDate": "2026-03-20"}
    body = {**head, "paymentNumber": "P", "amount": "10", "allocations": [{"billId": bill_id, "paidAmount": "595"}]}
    assert "the payment is only 10" in house.api.refused("POST", "/payments", body)[1]
    assert "in EUR, the payment in USD" in house.api.refused("POST", "/payments", {**body, "currencyCode": "USD"})[1]
    other = house.made("/suppliers", displayName="Other")
    assert "another company or supplier" in house.api.refused("POST", "/payments", {**body, "supplierId": other})[1]
    house.act(bill_id, "void", CLERK, reason="wrong")
    assert "void" in house.api.refused("POST", "/payments", {**body, "amount": "595"})[1]


def test_a_bill_with_payments_cannot_be_made_void(house: House) -> None:
    bill_id = house.approved()
    _pay(house, bill_id, "P-1", "595.00")
    assert house.refused(bill_id, "void", CLERK, reason="wrong")[0] == 409


# --------------------------------------------------------------------------------------------------------- reports
def test_the_document_report_puts_credits_on_the_other_side(house: House) -> None:
    house.approved()
    house.upload(CREDIT_NOTE)
    report = house.api.ok("GET", "/reports/documents", type="bills", companyId=COMPANY, asOf="2026-12-31")
    assert [(row["key"], row["side"], row["amount"], row["status"]) for row in report["rows"]] == [
        ("V-7|NP-2026-0417", "credit", "595.00", "approved"),
        ("V-7|NP-G-12", "debit", "59.50", "received"),
    ]
    early = house.api.ok("GET", "/reports/documents", type="bills", companyId=COMPANY, asOf="2026-03-05")
    assert [row["key"] for row in early["rows"]] == ["V-7|NP-2026-0417"]


def test_five_thousand_approved_bills_are_seeded_in_seconds(house: House) -> None:
    line = {"lineNumber": "1", "netAmount": "10.00", "codings": []}
    bill = {
        **_bill_of(house, "10.00", []),
        "lines": [line],
        "status": "approved",
    }
    start = time.perf_counter()
    house.api.control.seed(bills=[{**bill, "billNumber": f"B{n}"} for n in range(5_000)])
    assert time.perf_counter() - start < 20
    assert len(house.api.everything("/approvals", limit=500, status="approved")) == 5_000
