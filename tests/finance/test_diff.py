"""What counts as a change, and whose change it is."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from finance_samples import invoice, invoice_line, ref, vendor
from hypothesis import given
from hypothesis import strategies as st

from finance.diff import FieldChange, diff, three_way
from finance.sameness import ABSENT, same_ref


def changes(obj: str, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change.path, change.kind) for change in diff(obj, old, new)]


def verdicts(obj: str = "vendor", **versions: Any) -> dict[str, str]:
    return {decision.path: decision.verdict for decision in three_way(obj, **versions)}


# ------------------------------------------------------------------------------------------------------------ diff
def test_a_record_does_not_differ_from_itself() -> None:
    for obj, payload in (("vendor", vendor()), ("invoice", invoice())):
        assert diff(obj, payload, copy.deepcopy(payload)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"email": "a@b"}, {}, []),
        ({"email": "a@b"}, {"email": None}, [("email", "emptied")]),
        ({"email": "a@b"}, {"email": ""}, [("email", "emptied")]),
        ({}, {"email": "a@b"}, [("email", "set")]),
        ({}, {"email": None}, [("email", "emptied")]),
        ({"email": None}, {"email": "a@b"}, [("email", "set")]),
        ({"email": None}, {"email": ""}, []),
        ({"addresses": None}, {"addresses": []}, []),
        ({"email": "a@b"}, {"email": "c@d"}, [("email", "changed")]),
    ],
)
def test_absent_says_nothing_and_empty_empties(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert changes("vendor", old, new) == expected


def test_trailing_zeros_and_time_zones_are_no_change() -> None:
    assert diff("invoice", {"payable_amount": "119.0"}, {"payable_amount": "119.00"}) == []
    assert diff("invoice", {"received_at": "2026-03-02T10:00:00Z"}, {"received_at": "2026-03-02T12:00:00+02:00"}) == []


def test_a_changed_line_is_found_by_its_identity_and_a_moved_one_is_not_changed() -> None:
    old = invoice(lines=[invoice_line(1), invoice_line(2), invoice_line(3)])
    new = invoice(lines=[invoice_line(3), invoice_line(1, quantity="11"), invoice_line(2)])
    assert diff("invoice", old, new) == [
        FieldChange("lines[id=1].quantity", "10", "11", "changed", "Quantity"),
        FieldChange("lines[id=3]", 2, 0, "line_moved", "Lines"),
    ]


def test_an_added_and_a_removed_line_are_one_change_each() -> None:
    old = invoice(lines=[invoice_line(1), invoice_line(2)])
    new = invoice(lines=[invoice_line(2), invoice_line(3)])
    assert changes("invoice", old, new) == [("lines[id=1]", "line_removed"), ("lines[id=3]", "line_added")]
    assert changes("invoice", old, invoice(lines=[])) == [
        ("lines[id=1]", "line_removed"),
        ("lines[id=2]", "line_removed"),
    ]


def test_a_split_is_found_inside_its_line() -> None:
    old, new = invoice(), invoice()
    new["lines"][0]["splits"][0]["dimensions"][0]["value_code"] = "ADMIN"
    assert [change.path for change in diff("invoice", old, new)] == [
        "lines[id=1].splits[id=1].dimensions[dimension_code=DEPARTMENT].value_code"
    ]


def test_a_bank_change_is_marked_sensitive() -> None:
    new = vendor()
    new["financial_accounts"][0]["iban"] = "DE02120300000000202051"
    (change,) = diff("vendor", vendor(), new)
    assert change.sensitive
    assert change.path == "financial_accounts[id=1].iban"


def test_references_are_compared_by_what_they_point_at() -> None:
    assert same_ref(ref("vendor", "V-1", "7", "erp"), ref("vendor", "other name", "7", "erp"))
    assert not same_ref(ref("vendor", "V-1", "7", "erp"), ref("vendor", "V-1", "8", "erp"))
    assert same_ref(ref("vendor", "V-1", "7", "erp"), ref("vendor", "V-1", "99", "ap"))
    assert not same_ref(ref("vendor", "V-1"), ref("account", "V-1"))
    assert not same_ref(ref("vendor", "", "7", "erp"), ref("vendor", "", "7", "ap"))


def test_required_dimensions_have_no_order() -> None:
    assert diff("account", {"required_dimensions": ["A", "B"]}, {"required_dimensions": ["B", "A"]}) == []
    assert changes("account", {"required_dimensions": ["A"]}, {"required_dimensions": ["B"]}) == [
        ("required_dimensions", "changed")
    ]


# ------------------------------------------------------------------------------------------------------- three ways
@pytest.mark.parametrize(
    ("base", "source", "target", "shared", "source_owned", "target_owned"),
    [
        ("a", "a", "a", "unchanged", "unchanged", "unchanged"),
        ("a", "b", "a", "update", "update", "unchanged"),
        ("a", "a", "b", "unchanged", "update", "unchanged"),
        ("a", "b", "b", "echo", "echo", "echo"),
        ("a", "b", "c", "conflict", "update", "unchanged"),
        (ABSENT, "b", "b", "echo", "echo", "echo"),
        (ABSENT, "b", "c", "conflict", "update", "unchanged"),
        (ABSENT, "b", ABSENT, "update", "update", "unchanged"),
        ("a", "a", ABSENT, "unchanged", "unchanged", "unchanged"),
        ("a", ABSENT, "b", "unchanged", "unchanged", "unchanged"),
        ("a", None, "a", "update", "update", "unchanged"),
        ("a", None, "", "echo", "echo", "echo"),
        (None, "", None, "unchanged", "unchanged", "unchanged"),
    ],
)
def test_whose_change_it_is(
    base: Any, source: Any, target: Any, shared: str, source_owned: str, target_owned: str
) -> None:
    versions = {
        name: {} if value is ABSENT else {"email": value}
        for name, value in (("base", base), ("source", source), ("target", target))
    }
    assert verdicts(**versions, owner="shared")["email"] == shared
    assert verdicts(**versions, owner="source")["email"] == source_owned
    assert verdicts(**versions, owner="target")["email"] == target_owned


def test_a_target_that_spells_values_its_own_way_is_not_written_again() -> None:
    versions = {"base": {"legal_name": "Acme"}, "source": {"legal_name": "Acme"}, "target": {"legal_name": "ACME"}}
    assert verdicts(**versions, target_base={"legal_name": "ACME"}) == {"legal_name": "unchanged"}
    assert verdicts(**versions, target_base={"legal_name": "Acme"}) == {"legal_name": "update"}


def test_ownership_is_looked_up_by_the_closest_path() -> None:
    owners: Any = {"": "source", "lines": "target", "lines[].splits": "shared"}
    new = invoice(note="new", lines=[invoice_line(name="new", splits=[{"id": "1", "amount": "99.00"}])])
    decided = verdicts("invoice", base=invoice(), source=new, target=invoice(note="theirs"), owner=owners)
    assert decided["note"] == "update"
    assert decided["lines[id=1].name"] == "unchanged"
    assert decided["lines[id=1].splits[id=1].amount"] == "update"


def test_a_line_added_or_removed_by_the_source_is_one_decision() -> None:
    one, two = invoice(), invoice(lines=[invoice_line(1), invoice_line(2)])
    assert verdicts("invoice", base=one, source=two, target=one)["lines[id=2]"] == "update"
    assert verdicts("invoice", base=two, source=one, target=two)["lines[id=2]"] == "update"
    assert verdicts("invoice", base=two, source=one, target=one)["lines[id=2]"] == "echo"
    changed = invoice(lines=[invoice_line(1), invoice_line(2, quantity="9")])
    assert verdicts("invoice", base=two, source=one, target=changed, owner="shared")["lines[id=2]"] == "conflict"


# ------------------------------------------------------------------------------------------------------- properties
scalars = st.sampled_from([None, "", "a", "b"])
small_vendors = st.fixed_dictionaries(
    {},
    optional={
        "legal_name": scalars,
        "email": scalars,
        "addresses": st.none()
        | st.lists(
            st.fixed_dictionaries({"id": st.sampled_from("123")}, optional={"city_name": scalars}),
            max_size=3,
            unique_by=lambda line: line["id"],
        ),
    },
)


def apply(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What the record is after `new` was written over `old`: absent overwrites nothing, at any depth."""
    merged = {**old, **new}
    if old.get("addresses") and new.get("addresses"):
        before = {line["id"]: line for line in old["addresses"]}
        merged["addresses"] = [{**before.get(line["id"], {}), **line} for line in new["addresses"]]
    return merged


@given(small_vendors, small_vendors)
def test_nothing_differs_once_the_new_version_was_written(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert diff("vendor", apply(old, new), new) == []


@given(small_vendors, small_vendors)
def test_a_plain_field_is_reported_exactly_when_its_state_changed(old: dict[str, Any], new: dict[str, Any]) -> None:
    def state(payload: dict[str, Any], name: str) -> Any:
        return (payload[name] or "empty") if name in payload else "absent"

    expected = {k for k in ("legal_name", "email") if k in new and state(old, k) != state(new, k)}
    assert {change.path for change in diff("vendor", old, new) if "." not in change.path} - {
        path for path, kind in changes("vendor", old, new) if path.startswith("addresses")
    } == expected


@given(small_vendors, small_vendors, small_vendors)
def test_deciding_twice_writes_nothing_the_second_time(
    base: dict[str, Any], source: dict[str, Any], target: dict[str, Any]
) -> None:
    after = apply(target, source)
    again = three_way("vendor", base={**base, **source}, source=source, target=after, target_base=after)
    assert {decision.verdict for decision in again} <= {"unchanged", "echo"}


@given(small_vendors, small_vendors, small_vendors)
def test_only_a_shared_field_can_be_in_conflict(
    base: dict[str, Any], source: dict[str, Any], target: dict[str, Any]
) -> None:
    for owner in ("source", "target"):
        assert "conflict" not in verdicts(base=base, source=source, target=target, owner=owner).values()
