"""What was approved is what is posted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from finance_samples import invoice, invoice_line, ref
from hypothesis import given
from hypothesis import strategies as st

from finance.fingerprint import approved_content, approved_equals, computed_totals_differ, digest, fingerprint
from finance.records import Invoice, decode_as


def document(**changes: Any) -> dict[str, Any]:
    lines = [
        invoice_line(1, "60.00", splits=[split("1", "40.00", "4000"), split("2", "20.00", "4100")]),
        invoice_line(2, "40.00"),
    ]
    instructions = [{"id": "1", "payment_means_code": "30", "account_id": "DE89370400440532013000"}]
    return invoice(lines=lines, payment_instructions=instructions, payee={"name": "Factor Bank"}, **changes)


def split(number: str, amount: str, account: str) -> dict[str, Any]:
    return {
        "id": number,
        "amount": amount,
        "account_code": account,
        "dimensions": [{"dimension_code": "A", "value_code": "1"}, {"dimension_code": "B", "value_code": "2"}],
    }


def record(payload: dict[str, Any]) -> Invoice:
    return decode_as(Invoice, payload)


def set_path(payload: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        payload = payload[step]
    payload[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("vendor",), ref("vendor", "V-200"), "Vendor: approved was V-100, about to be posted is V-200."),
        (("payee", "name"), "Other Bank", "Name: approved was Factor Bank, about to be posted is Other Bank."),
        (("payable_amount",), "119.01", "Payable amount: approved was 119, about to be posted is 119.01."),
        (("currency_code",), "USD", "Currency code: approved was EUR, about to be posted is USD."),
        (("tax_amount",), "19.01", "Tax amount: approved was 19, about to be posted is 19.01."),
        (("due_date",), "2026-04-02", "Due date: approved was 2026-04-01, about to be posted is 2026-04-02."),
        (("discount_amount",), "2.00", "Discount amount: approved was nothing, about to be posted is 2."),
        (("lines", 0, "splits", 1, "account_code"), "4200", "Line 1, coding: approved was 20 on 4100"),
        (("lines", 0, "splits", 1, "dimensions", 0, "value_code"), "9", "Line 1, coding: "),
        (("lines", 1, "line_extension_amount"), "41.00", "Line 2, line extension amount: approved was 40"),
        (("tax_subtotals", 0, "category_code"), "AE", "Tax subtotals: approved was S 19 %: 19 on 100"),
        (
            ("payment_instructions", 0, "account_id"),
            "DE02120300000000202051",
            "Payment instructions: approved was 30 •••• 3000, about to be posted is 30 •••• 2051.",
        ),
    ],
)
def test_whatever_was_approved_shows_when_it_changed(path: tuple[Any, ...], value: Any, words: str) -> None:
    changed = copy.deepcopy(document())
    set_path(changed, path, value)
    differences = approved_equals(record(document()), record(changed))
    assert any(words in difference.sentence for difference in differences)
    assert fingerprint(record(changed)) != fingerprint(record(document()))


@pytest.mark.parametrize(
    "respell",
    [
        lambda p: p.update(payable_amount="119.0000"),
        lambda p: p["lines"].reverse(),
        lambda p: p["lines"][0]["splits"].reverse(),
        lambda p: p["lines"][0]["splits"][0]["dimensions"].reverse(),
        lambda p: p.update(discount_amount=None, tax_point_date=None, withheld_amount=None),
        lambda p: p.update(note="a remark", image_hash="ab", status="approved", received_date="2026-03-03"),
    ],
)
def test_another_spelling_is_the_same_approval(respell: Callable[[dict[str, Any]], None]) -> None:
    other = copy.deepcopy(document())
    respell(other)
    assert approved_equals(record(document()), record(other)) == []
    assert fingerprint(record(document())) == fingerprint(record(other))


def test_two_accounts_that_end_alike_still_differ() -> None:
    changed = document()
    changed["payment_instructions"][0]["account_id"] = "GB29NWBK60161331923000"
    (difference,) = approved_equals(record(document()), record(changed))
    assert "another account that ends alike" in difference.sentence
    assert "GB29NWBK" not in difference.sentence


def test_the_kept_content_shows_no_account_in_full_and_gives_the_same_answer() -> None:
    content = approved_content(record(document()))
    assert "DE89370400440532013000" not in str(content)
    assert digest(content) == fingerprint(record(document()))
    assert approved_equals(content, record(document())) == []
    assert approved_equals(content, record(document(payable_amount="1")))


def test_no_text_can_pose_as_another_coding() -> None:
    posing = invoice(lines=[invoice_line(splits=[{"id": "1", "amount": "40", "account_code": "4100; 60 on 4000"}])])
    honest = [{"id": "1", "amount": "40", "account_code": "4100"}, {"id": "2", "amount": "60", "account_code": "4000"}]
    assert fingerprint(record(posing)) != fingerprint(record(invoice(lines=[invoice_line(splits=honest)])))


@given(st.data())
def test_digest_and_differences_never_disagree(data: st.DataObject) -> None:
    changed = copy.deepcopy(document())
    for path, values in (
        (("payable_amount",), ["119.00", "119", "118.99"]),
        (("due_date",), ["2026-04-01", None, "2026-04-02"]),
        (("lines", 1, "quantity"), ["10", "10.0", "9"]),
        (("payee", "name"), ["Factor Bank", ""]),
        (("lines", 0, "splits", 0, "amount"), ["40", "41"]),
    ):
        set_path(changed, path, data.draw(st.sampled_from(values)))
    same = fingerprint(record(changed)) == fingerprint(record(document()))
    assert same == (approved_equals(record(document()), record(changed)) == [])


def test_a_total_the_system_computed_a_cent_off_is_found() -> None:
    approved = record(document())
    totals = {"tax_exclusive_amount": Decimal(100), "tax_amount": Decimal(19), "payable_amount": Decimal(119)}
    assert computed_totals_differ(approved, currency="EUR", **totals) == []
    off = {**totals, "tax_amount": Decimal("19.01"), "payable_amount": Decimal("119.01")}
    assert [d.field for d in computed_totals_differ(approved, currency="EUR", **off)] == [
        "tax_amount",
        "payable_amount",
    ]
    assert computed_totals_differ(approved, currency="EUR", **off, rounding=Decimal("0.01")) == []
    assert [d.field for d in computed_totals_differ(approved, currency="USD", **totals)] == ["currency_code"]
