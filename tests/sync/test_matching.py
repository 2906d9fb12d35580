"""What is proposed as a pair before the first write, and what a person has to judge."""

from __future__ import annotations

from typing import Any

import pytest

from finance.identity import Proposal, match_invoices
from finance.policies.samples import sample_invoice
from finance.records import Invoice, decode_as
from sync.desk.pairing import by_key

VENDORS = {"v1": "s1", "v2": "s2"}  # ours → the counterpart's id


def movement(number: str, vendor: str, field: str = "payment_number") -> dict[str, Any]:
    return {field: number, "vendor": {"object": "vendor", "external_id": vendor}}


def pairs(ours: dict[str, Any], theirs: dict[str, Any], obj: str = "payment") -> list[Proposal]:
    return by_key(obj, ours, theirs, lambda payload: VENDORS.get(payload["vendor"]["external_id"], ""))


def invoice(**changes: Any) -> Invoice:
    return decode_as(Invoice, sample_invoice(**changes))


@pytest.mark.parametrize(("obj", "field"), [("payment", "payment_number"), ("receipt", "receipt_number")])
def test_a_number_of_another_vendor_is_no_pair(obj: str, field: str) -> None:
    ours = {"a": movement("1001", "v1", field), "b": movement("1001", "v2", field)}
    found = pairs(ours, {"x": movement("1001", "s2", field)}, obj)
    assert [(p.left, p.right, p.verdict) for p in found] == [("a", None, "none"), ("b", "x", "certain")]


def test_two_of_ours_with_one_number_are_both_for_a_person() -> None:
    ours = {"a": movement("1001", "v1"), "b": movement("1001", "v1")}
    found = pairs(ours, {"x": movement("1001", "s1")})
    assert [(p.right, p.verdict) for p in found] == [("x", "likely")] * 2


def test_a_number_alone_is_not_certain_while_the_vendors_are_not_linked() -> None:
    (found,) = pairs({"a": movement("1001", "v9")}, {"x": movement("1001", "s1")})
    assert (found.verdict, found.reasons[-1]) == ("likely", "The vendors are not linked yet.")


def test_a_coding_list_is_paired_by_its_code_unless_the_code_is_there_twice() -> None:
    ours = {"a": {"code": "4000"}, "b": {"code": "4100"}, "c": {"code": "4100"}, "d": {"code": ""}}
    found = by_key("account", ours, {"x": {"code": "4000"}, "y": {"code": "4100"}, "z": {"code": ""}}, lambda _: "")
    assert [(p.left, p.verdict) for p in found] == [("a", "certain"), ("b", "likely"), ("c", "likely"), ("d", "none")]


@pytest.mark.parametrize(
    "other", [{"invoice_type_code": "381"}, {"tax_inclusive_amount": "-119.00", "payable_amount": "-119.00"}]
)
def test_a_credit_note_is_never_paired_with_an_invoice_of_its_number(other: dict[str, str]) -> None:
    (found,) = match_invoices({"credit": invoice(**other)}, {"invoice": invoice()})
    assert (found.right, found.verdict) == (None, "none")
    (found,) = match_invoices({"credit": invoice(**other)}, {"same": invoice(**other)})
    assert (found.right, found.verdict) == ("same", "certain")
