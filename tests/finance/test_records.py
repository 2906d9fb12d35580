"""What a payload must be to become a record, and what it says when it is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest
from finance_samples import invoice, invoice_line, vendor
from hypothesis import given
from hypothesis import strategies as st

from finance.records import (
    OBJECTS,
    SCHEMA_VERSIONS,
    UNSET,
    UPCASTERS,
    Invoice,
    Record,
    RecordFault,
    Upcasters,
    Vendor,
    decode,
    encode,
)
from finance.records import codec as codec_module


def test_a_record_survives_the_way_there_and_back() -> None:
    record = decode("invoice", invoice())
    assert decode("invoice", encode(record)) == record
    assert msgspec.json.decode(msgspec.json.encode(encode(record))) == encode(record)


def test_absent_empty_and_valued_fields_stay_apart() -> None:
    record = decode("vendor", {"vendor_number": "V-1", "trading_name": None, "email": "", "addresses": []})
    assert isinstance(record, Vendor)
    assert (record.website, record.trading_name, record.email, record.addresses) == (UNSET, None, "", ())
    payload = encode(record)
    assert payload == {
        "schema_version": 1,
        "vendor_number": "V-1",
        "trading_name": None,
        "addresses": [],
        "email": "",
    }


def test_a_decimal_keeps_every_digit_and_travels_as_text() -> None:
    record = decode("invoice", invoice(payable_amount="119.00", exchange_rate="1.083712345678"))
    assert isinstance(record, Invoice)
    assert record.payable_amount == Decimal("119.00")
    assert encode(record)["payable_amount"] == "119.00"
    assert encode(record)["exchange_rate"] == "1.083712345678"


def test_an_instant_is_kept_in_utc() -> None:
    assert encode(decode("invoice", {"received_at": "2026-03-02T01:30:00+02:00"}))["received_at"] == (
        "2026-03-01T23:30:00Z"
    )


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"payable_amount": 119.0}, "payable_amount", "binary floating point"),
        ({"payable_amount": 0.1}, "payable_amount", "binary floating point"),
        ({"payable_amount": float("nan")}, "payable_amount", "binary floating point"),
        ({"lines": [invoice_line(quantity=2.0)]}, "lines[0].quantity", "binary floating point"),
        ({"payable_amount": "NaN"}, "payable_amount", "out of bounds"),
        ({"payable_amount": "Infinity"}, "payable_amount", "out of bounds"),
        ({"payable_amount": "1e999999999"}, "payable_amount", "out of bounds"),
        ({"payable_amount": "0e-999999"}, "payable_amount", "out of bounds"),
        ({"payable_amount": "1" * 19}, "payable_amount", "out of bounds"),
        ({"payable_amount": "0." + "1" * 29}, "payable_amount", "out of bounds"),
        (
            {"lines": [invoice_line(), invoice_line(2, price_amount="1e77")]},
            "lines[1].price_amount",
            "out of bounds",
        ),
        ({"lines": [invoice_line(splits=[{"id": "1", "amount": "NaN"}])]}, "lines[0].splits[0].amount", "NaN"),
        ({"payable_amount": "12,50"}, "payable_amount", "is not a number"),
        ({"payable_amount": True}, "payable_amount", "true or false"),
        ({"issue_date": "02/03/2026"}, "issue_date", "2026-01-31"),
        ({"received_at": "2026-03-02T10:00:00"}, "received_at", "no time zone"),
        ({"invoce_number": "1"}, "invoce_number", "no such field"),
        ({"status": "posted!"}, "status", "'posted!' is not one of the values"),
        ({"lines": [{"name": "x"}]}, "lines[0].id", "is missing"),
        ({"lines": [{"id": ""}]}, "lines[0].id", "is empty"),
        ({"vendor": {"object": "vendor"}}, "vendor", "names no record"),
        ({"vendor": "V-100"}, "vendor", "a group of fields or empty"),
        ({"invoice_number": "x" * 2000}, "invoice_number", "too long"),
        ({"invoice_number": "INV\x001"}, "invoice_number", "cannot be stored"),
        ({"lines": [invoice_line(name="\ud800")]}, "lines[0].name", "cannot be stored"),
        ({"schema_version": 99}, "schema_version", "upgrade"),
        ({"schema_version": "1"}, "schema_version", "not a version"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(RecordFault) as refused:
        decode("invoice", invoice(**changes))
    assert refused.value.field == field
    assert words in refused.value.message


def test_a_payload_without_a_bottom_is_refused() -> None:
    endless: dict[str, Any] = {"id": "1"}
    endless["splits"] = [endless]
    with pytest.raises(RecordFault, match="nested deeper"):
        decode("invoice", {"lines": [endless]})


def test_two_lines_cannot_share_an_identity() -> None:
    with pytest.raises(RecordFault, match=r"lines\[2\]: has the same id 1 as entry 1"):
        decode("invoice", invoice(lines=[invoice_line(1), invoice_line(2), invoice_line(1)]))
    pair = [{"dimension_code": "A", "value_code": "1"}, {"dimension_code": "A", "value_code": "2"}]
    with pytest.raises(RecordFault, match="same dimension_code A"):
        decode("invoice", invoice(lines=[invoice_line(splits=[{"id": "1", "dimensions": pair}])]))


def test_an_unknown_kind_of_record_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RecordFault, match="known are vendor, account"):
        decode("supplier", {})


def test_one_bad_line_of_seventy_refuses_the_whole_invoice() -> None:
    lines = [invoice_line(n) for n in range(1, 71)]
    lines[41]["line_extension_amount"] = "a lot"
    with pytest.raises(RecordFault) as refused:
        decode("invoice", invoice(lines=lines))
    assert refused.value.field == "lines[41].line_extension_amount"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(OBJECTS)),
    st.dictionaries(
        st.sampled_from(["vendor", "lines", "code", "amount", "payable_amount", "issue_date", "schema_version"]),
        json_values,
    ),
)
def test_whatever_comes_in_is_a_record_or_a_fault_and_never_holds_a_float(obj: str, payload: dict[str, Any]) -> None:
    try:
        record = decode(obj, payload)
    except RecordFault:
        return
    assert decode(obj, msgspec.json.decode(msgspec.json.encode(encode(record)))) == record


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=4))
def test_every_decimal_within_bounds_comes_back_digit_for_digit(value: Decimal) -> None:
    record = decode("payment", {"amount": str(value)})
    assert encode(record)["amount"] == str(value)


def test_an_old_payload_is_lifted_through_every_version_in_between() -> None:
    steps = Upcasters()

    @steps.step("vendor", lifts=1)
    def name_became_legal_name(payload: dict[str, Any]) -> dict[str, Any]:
        payload["legal_name"] = payload.pop("name")
        return payload

    @steps.step("vendor", lifts=2)
    def phone_became_telephone(payload: dict[str, Any]) -> dict[str, Any]:
        payload["telephone"] = payload.pop("phone", None)
        return payload

    old = {"schema_version": 1, "name": "Müller GmbH", "phone": "+49 40 1"}
    assert steps.lift("vendor", old, to=3) == {
        "schema_version": 1,
        "legal_name": "Müller GmbH",
        "telephone": "+49 40 1",
    }
    assert old["name"] == "Müller GmbH"
    assert steps.complete({"vendor": 3})
    assert not steps.complete({"vendor": 4})
    with pytest.raises(ValueError, match="two steps"):
        steps.step("vendor", lifts=1)(phone_became_telephone)


def test_decoding_lifts_an_old_payload_to_the_current_version(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sample(Record, kw_only=True, frozen=True):
        OBJECT: ClassVar[str] = "sample"
        SCHEMA_VERSION: ClassVar[int] = 2
        legal_name: str

    steps = Upcasters()
    steps.step("sample", lifts=1)(lambda payload: {"legal_name": payload["name"]})
    monkeypatch.setattr(codec_module, "UPCASTERS", steps)
    record = codec_module.decode_as(Sample, {"schema_version": 1, "name": "Müller GmbH"})
    assert record.legal_name == "Müller GmbH"
    assert encode(record)["schema_version"] == 2


def test_every_older_version_of_every_record_can_still_be_read() -> None:
    assert UPCASTERS.complete(SCHEMA_VERSIONS)


def test_the_sample_records_are_valid() -> None:
    assert isinstance(decode("vendor", vendor()), Vendor)
