"""Every policy does what its examples say, and says it in words a clerk can act on."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.money import round_half_up, smallest_unit
from finance.policies import (
    POLICIES,
    Example,
    Finding,
    InvoiceCandidate,
    MissingFacts,
    Policy,
    PolicyFacts,
    evaluate,
    needs_of,
    policies_for,
    policy,
)
from finance.policies.arithmetic import TOTALS, claims
from finance.policies.samples import sample_invoice, sample_vendor
from finance.records import OBJECTS, Invoice, Vendor, decode, decode_as

EXAMPLES = [(rule, example) for rule in POLICIES.values() for example in rule.examples]


def an_invoice(**changes: Any) -> Invoice:
    return decode_as(Invoice, sample_invoice(**changes))


def findings(code: str, record: Any, facts: PolicyFacts) -> list[Finding]:
    return POLICIES[code].findings(record, facts)


# ------------------------------------------------------------------------------------------------------- all of them
@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.code}: {e.label}" for rule, e in EXAMPLES])
def test_the_policy_does_what_its_example_says(rule: Policy, example: Example) -> None:
    found = rule.findings(decode(rule.objects[0], example.record), example.facts)
    assert tuple(finding.severity for finding in found) == example.expects
    for finding in found:
        assert finding.code == rule.code
        assert finding.cause_key.startswith(f"{rule.code}:")
        assert finding.message.count(".") >= 2
        assert finding.message.endswith(".")
        assert json.loads(json.dumps(finding.detail)) == finding.detail
        assert "DE89370400440532013000" not in finding.message + json.dumps(finding.detail)


@pytest.mark.parametrize("rule", POLICIES.values(), ids=list(POLICIES))
def test_every_policy_is_explained_and_shown_both_ways(rule: Policy) -> None:
    assert set(rule.objects) <= set(OBJECTS)
    assert rule.help.endswith(".")
    assert any(example.expects for example in rule.examples)
    assert any(not example.expects for example in rule.examples)
    assert len({example.label for example in rule.examples}) == len(rule.examples)


def test_the_first_eight_policies_are_there() -> None:
    assert set(POLICIES) == {
        "duplicate_vendor",
        "duplicate_invoice",
        "bank_change",
        "totals",
        "coding_missing",
        "coding_invalid",
        "approved_is_posted",
        "period_closed",
    }


def test_what_was_not_fetched_is_a_fault_and_never_nothing_found() -> None:
    with pytest.raises(MissingFacts, match="released_pairs"):
        findings("duplicate_vendor", decode("vendor", sample_vendor()), {"vendor_candidates": ()})


def test_needs_are_collected_per_kind_of_record() -> None:
    assert needs_of("vendor") == {"vendor_candidates", "released_pairs", "previous_bank_accounts"}
    assert needs_of("invoice", ["totals", "period_closed"]) == {"periods"}
    assert policies_for("payment") == ()


def test_findings_come_the_gravest_first() -> None:
    facts: PolicyFacts = {"approval": None, "periods": ()}
    found = evaluate(an_invoice(payable_amount="1"), facts, ["totals", "approved_is_posted", "period_closed"])
    assert [finding.severity for finding in found] == ["block", "hold", "hold"]


def test_two_policies_cannot_share_a_code() -> None:
    with pytest.raises(ValueError, match="two policies"):
        policy(code="totals", objects=("invoice",), label="", examples=[])(lambda record, facts: [])


# --------------------------------------------------------------------------------------------- duplicate invoices
def known(number: str, day: date = date(2026, 3, 2), gross: str = "119.00", **changes: Any) -> InvoiceCandidate:
    invoice = an_invoice(invoice_number=number, issue_date=day.isoformat(), tax_inclusive_amount=gross, **changes)
    return InvoiceCandidate.of(invoice, system="ERP", external_id=number, payment_status="paid")


def stops(invoice: Invoice, *candidates: InvoiceCandidate, released: frozenset[str] = frozenset()) -> list[str]:
    facts: PolicyFacts = {"invoice_candidates": candidates, "released_pairs": released}
    return [finding.severity for finding in findings("duplicate_invoice", invoice, facts)]


def test_the_twin_is_shown_with_its_payment_status() -> None:
    facts: PolicyFacts = {"invoice_candidates": [known("INV1001")], "released_pairs": frozenset()}
    (finding,) = findings("duplicate_invoice", an_invoice(), facts)
    assert "119.00 EUR, already paid" in finding.message
    assert finding.detail["payment_status"] == "paid"
    assert finding.detail["external_id"] == "INV1001"


def test_a_released_pair_is_remembered_until_one_of_the_two_changes() -> None:
    facts: PolicyFacts = {"invoice_candidates": [known("INV1001")], "released_pairs": frozenset()}
    (finding,) = findings("duplicate_invoice", an_invoice(), facts)
    released = frozenset({finding.detail["pair"]})
    assert stops(an_invoice(), known("INV-1001"), released=released) == []
    assert stops(an_invoice(tax_inclusive_amount="120.00"), known("INV-1001"), released=released) == ["block"]


def test_day_and_month_swapped_count_as_near() -> None:
    assert stops(an_invoice(issue_date="2026-09-02"), known("INV-1007", date(2026, 2, 9))) == ["hold"]
    assert stops(an_invoice(issue_date="2026-09-02"), known("INV-1007", date(2026, 2, 10))) == []


def test_a_payee_known_only_by_its_link_is_recognised() -> None:
    elsewhere = {"object": "vendor", "system": "erp", "external_id": "7"}
    twin = InvoiceCandidate.of(an_invoice(vendor=elsewhere), system="ERP", external_id="9", payees={"link:1"})
    facts: PolicyFacts = {"invoice_candidates": [twin], "released_pairs": frozenset()}
    assert findings("duplicate_invoice", an_invoice(), facts) == []
    assert len(findings("duplicate_invoice", an_invoice(), {**facts, "payees": frozenset({"link:1"})})) == 1


@given(
    st.sampled_from(["INV-{:04d}", "{:d}", "2026-{:03d}", "R{:05d}/26"]),
    st.integers(min_value=101, max_value=899),
    st.integers(min_value=2, max_value=9),
    st.integers(min_value=0, max_value=40),
)
def test_no_invoice_of_a_running_series_is_stopped(pattern: str, first: int, length: int, days: int) -> None:
    series = [pattern.format(first + n) for n in range(length)]
    start = date(2026, 1, 5)
    for n in range(1, length):
        earlier = [known(number, start + timedelta(days=days * m)) for m, number in enumerate(series[:n])]
        now = an_invoice(invoice_number=series[n], issue_date=(start + timedelta(days=days * n)).isoformat())
        assert stops(now, *earlier) == []


@given(st.integers(min_value=1, max_value=24), st.sampled_from(["RENT-{m:02d}{y}", "{y}{m:02d}", "Miete {m}/{y}"]))
def test_no_monthly_rent_is_stopped(months: int, pattern: str) -> None:
    earlier = []
    for n in range(months):
        month, year = n % 12 + 1, 2026 + n // 12
        number, day = pattern.format(m=month, y=year), date(year, month, 1)
        assert stops(an_invoice(invoice_number=number, issue_date=day.isoformat()), *earlier) == []
        earlier.append(known(number, day))


@given(st.text("ABCR0123456789-/", min_size=4, max_size=14).filter(lambda t: sum(map(str.isalnum, t)) >= 4), st.data())
def test_the_same_number_in_any_spelling_is_blocked(number: str, data: st.DataObject) -> None:
    spelling = data.draw(st.sampled_from([number.lower(), f" {number} ", number.replace("-", "/"), f"#{number}"]))
    far = date(2026, 3, 2) - timedelta(days=data.draw(st.integers(0, 700)))
    twin = known(spelling, far, gross=data.draw(st.sampled_from(["119.00", "7.00"])))
    assert stops(an_invoice(invoice_number=number), twin) == ["block"]


# ----------------------------------------------------------------------------------------------------------- totals
@st.composite
def right_invoices(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that add up by construction: lines, adjustments, several rates, prepaid, rounding, three currencies."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    unit = smallest_unit(currency)
    amounts = st.integers(min_value=1, max_value=10**7).map(lambda n: n * unit)
    rates = st.sampled_from([("S", "19"), ("S", "7"), ("AE", "0"), ("Z", "0")])
    lines = [
        {"id": str(n), "line_extension_amount": str(draw(amounts)), "tax_category_code": kind[0], "tax_rate": kind[1]}
        for n, kind in enumerate(draw(st.lists(rates, min_size=1, max_size=6)))
    ]
    adjustments = [
        {
            "id": str(n),
            "charge_indicator": charge,
            "amount": str(unit * n),
            "tax_category_code": lines[0]["tax_category_code"],
            "tax_rate": lines[0]["tax_rate"],
        }
        for n, charge in enumerate(draw(st.lists(st.booleans(), max_size=3)))
    ]
    parts: dict[tuple[str, str], Decimal] = {}
    for part, field in [(line, "line_extension_amount") for line in lines] + [(a, "amount") for a in adjustments]:
        sign = -1 if part.get("charge_indicator") is False else 1
        kind = (part["tax_category_code"], part["tax_rate"])
        parts[kind] = parts.get(kind, Decimal(0)) + sign * Decimal(part[field])
    taxes = {kind: round_half_up(base * Decimal(kind[1]) / 100, currency) for kind, base in parts.items()}
    net, tax = sum(parts.values(), Decimal(0)), sum(taxes.values(), Decimal(0))
    allowances = sum((Decimal(a["amount"]) for a in adjustments if not a["charge_indicator"]), Decimal(0))
    charges = sum((Decimal(a["amount"]) for a in adjustments if a["charge_indicator"]), Decimal(0))
    prepaid, rounding = draw(amounts), draw(st.sampled_from([Decimal(0), unit, -unit]))
    return {
        "invoice_number": "INV-1",
        "currency_code": currency,
        "lines": lines,
        "allowance_charges": adjustments,
        "tax_subtotals": [
            {
                "id": "/".join(kind),
                "category_code": kind[0],
                "rate": kind[1],
                "taxable_amount": str(parts[kind]),
                "tax_amount": str(taxes[kind]),
            }
            for kind in parts
        ],
        "line_extension_amount": str(net + allowances - charges),
        "allowance_total_amount": str(allowances),
        "charge_total_amount": str(charges),
        "tax_exclusive_amount": str(net),
        "tax_amount": str(tax),
        "tax_inclusive_amount": str(net + tax),
        "prepaid_amount": str(prepaid),
        "payable_rounding_amount": str(rounding),
        "payable_amount": str(net + tax - prepaid + rounding),
    }


@given(right_invoices())
def test_a_document_that_adds_up_is_never_held(payload: dict[str, Any]) -> None:
    assert findings("totals", decode_as(Invoice, payload), {}) == []


@given(right_invoices(), st.data())
def test_one_total_off_by_the_smallest_unit_is_always_held(payload: dict[str, Any], data: st.DataObject) -> None:
    names = [name for name in TOTALS if name not in ("allowance_total_amount", "charge_total_amount")]
    name = data.draw(st.sampled_from(names))
    off = data.draw(st.sampled_from([-1, 1])) * smallest_unit(payload["currency_code"])
    payload[name] = str(Decimal(payload[name]) + off)
    assert findings("totals", decode_as(Invoice, payload), {})


@given(right_invoices(), st.data())
def test_one_line_off_is_always_held(payload: dict[str, Any], data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(payload["lines"]))
    line["line_extension_amount"] = str(Decimal(line["line_extension_amount"]) * 2)
    assert findings("totals", decode_as(Invoice, payload), {})


@pytest.mark.parametrize(("lines", "off", "held"), [(1, "0.01", 0), (1, "0.02", 1), (20, "0.10", 0), (500, "0.11", 1)])
def test_the_rounding_of_tax_is_bounded_however_many_lines_there_are(lines: int, off: str, held: int) -> None:
    each = {"line_extension_amount": "1.00", "tax_category_code": "S", "tax_rate": "10"}
    tax = Decimal(lines) / 10 + Decimal(off)
    payload = {
        "currency_code": "EUR",
        "lines": [{"id": str(n), **each} for n in range(lines)],
        "tax_subtotals": [
            {
                "id": "1",
                "category_code": "S",
                "rate": "10",
                "taxable_amount": str(lines),
                "tax_amount": str(tax),
            }
        ],
    }
    assert len(findings("totals", decode_as(Invoice, payload), {})) == held


def test_what_is_not_stated_is_not_judged() -> None:
    bare = decode_as(Invoice, {"currency_code": "EUR", "payable_amount": "119.00"})
    assert list(claims(bare, Decimal("0.01"))) == []


# -------------------------------------------------------------------------------------------------------- bank change
@given(st.lists(st.sampled_from(["DE89370400440532013000", "DE02120300000000202051", "GB29NWBK60161331926819"])))
def test_bank_accounts_are_held_exactly_when_the_set_of_them_changed(ibans: list[str]) -> None:
    def accounts(numbers: list[str]) -> Any:
        listed = [{"id": str(n), "iban": iban} for n, iban in enumerate(numbers)]
        return decode_as(Vendor, {"legal_name": "Müller", "financial_accounts": listed})

    before = accounts(["DE89370400440532013000"])
    found = findings("bank_change", accounts(ibans), {"previous_bank_accounts": before.financial_accounts})
    assert bool(found) == (set(ibans) != {"DE89370400440532013000"})
    for finding in found:
        assert finding.fields == ("financial_accounts",)
        assert finding.severity == "hold"
        assert not any(iban in msgspec.json.encode(finding).decode() for iban in ibans)


# ----------------------------------------------------------------------------------------------------------- coding
def test_one_cause_on_many_lines_is_one_finding_with_all_the_money() -> None:
    lines = [
        {
            "id": str(n),
            "line_extension_amount": "10.00",
            "splits": [{"id": "1", "amount": "10.00", "account_code": "9999"}],
        }
        for n in range(70)
    ]
    facts: PolicyFacts = {"accounts": {}, "dimensions": {}, "combinations": ()}
    (finding,) = findings("coding_invalid", an_invoice(lines=lines), facts)
    assert len(finding.fields) == 70
    assert "70 splits, 700.00 EUR" in finding.message
    assert finding.cause_key == "coding_invalid:account:9999"


def test_the_order_of_candidates_does_not_matter() -> None:
    candidates = [known("INV-1001"), known("INV-1007"), known("INV-1002")]
    results = set()
    for _ in range(5):
        random.shuffle(candidates)
        results.add(tuple(sorted(stops(an_invoice(), *candidates))))
    assert results == {("block", "hold")}
