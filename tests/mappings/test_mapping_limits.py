"""A mapping costs what it may cost: bombs are refused when they are written, or stopped while a record is mapped."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from mapping_tools import apply, fault, field, mapping, refusal, value

from mappings.engine import MappingFault, MappingInvalid, compile_mapping, limits, validate


def _problems(spec: Any) -> str:
    return " ".join(map(str, validate(spec)))


def test_a_named_value_that_refers_to_itself_is_told_with_its_circle() -> None:
    said = _problems(mapping(field("v", "net"), let={"net": "tax + 1", "tax": "gross", "gross": "net"}))
    assert "refers to itself (net → tax → gross → net)" in said


def test_named_values_that_double_each_other_are_stopped_while_they_are_small() -> None:
    let = {"x0": "memo", **{f"x{n}": f"concat(x{n - 1}, x{n - 1})" for n in range(1, 60)}}
    began = time.monotonic()
    assert "has more than 400 parts" in _problems(mapping(field("v", "x59"), let=let))
    assert time.monotonic() - began < 2


def test_a_chain_of_named_values_in_the_wrong_order_is_no_recursion_error() -> None:
    let = {f"x{n}": f"trim(trim(trim(trim(x{n - 1}))))" for n in range(90, 0, -1)} | {"x0": "memo"}
    assert _problems(mapping(field("v", "x90"), let=let))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("text", "a mapping is a JSON object"),
        ({}, "set “language” to 1"),
        (mapping(), "at least one entry"),
        (mapping(field("v", "a"), language=2), "reads language 1"),
        (mapping(field("v", "a"), direction="up"), "is “in”"),
        (mapping(field("v", "a"), fileds=1), "did you mean “fields”?"),
        (mapping({"to": "v"}), "exactly one of"),
        (mapping({"to": "v", "expr": "a", "const": 1}), "exactly one of"),
        (mapping({"to": "v", "exrp": "a"}), "did you mean “expr”?"),
        (mapping({"expr": "a"}), "“to” names the target field"),
        (mapping(field("v", "a", missing="never")), "is one of absent, empty, hold, default"),
        (mapping(field("v", "a", missing="default")), "“default” goes together with"),
        (mapping({"to": "v", "const": 1.5}), "write it in quotes"),
        (mapping({"to": "v", "const": "x" * 20_000}), "longer than 10,000"),
        (mapping({"to": "v", "each": "a"}), "needs “fields”"),
        (mapping({"to": "v", "expr": "a", "where": "b"}), "go together with “each”"),
        (mapping(field("v", "a"), field("v", "b")), "is written twice"),
        (mapping(field("v", "a"), field("v.w", "b")), "already written as one value"),
        (mapping(field("v.w", "a"), field("v", "b")), "already written field by field"),
        (mapping(field("v", "tirm(a)")), "did you mean trim()?"),
        (mapping(field("v", "trim(a, b)")), "takes 1 arguments, 2 are given"),
        (mapping(field("v", "upper(count(a) > 1)")), "gives a condition"),
        (mapping(field("v", "a", when="trim(b)")), "compare it with something"),
        (mapping(field("v", "a +")), "not correctly written"),
        (mapping(field("v", "lookup('x', a)"), let="no"), "named values are an object"),
        (mapping(field("v", "a"), let={"index": "1"}), "choose another name"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_remedy(spec: Any, said: str) -> None:
    assert said in _problems(spec)


def test_fields_that_do_not_exist_are_told_with_the_nearest_one() -> None:
    rows = {"to": "lines", "each": "items", "fields": [field("amonut", "total"), field("id", "parent_id")]}
    spec = mapping(field("number", "nmuber"), field("who", "vendor.name"), rows)
    known = {"number", "vendor.name", "items", "items[].total", "items[].id"}
    targets = {"number", "who", "lines", "lines[].amount", "lines[].id"}
    said = [str(p) for p in validate(spec, source_fields=known, target_fields=targets)]
    assert said == [
        "lines[].amonut: the target has no field “lines[].amonut”; did you mean “lines[].amount”?.",
        "number: the source has no field “nmuber”; did you mean “number”?.",
        "lines[].id: the source has no field “items[].parent_id”; did you mean “items[].id”?.",
    ]


def test_a_mapping_nested_without_end_is_refused() -> None:
    inner: dict[str, Any] = field("v", "a")
    for _ in range(500):
        inner = {"to": "g", "each": "a", "fields": [inner]}
    assert "nested deeper than 4 levels" in _problems(mapping(inner))


def test_too_many_fields_are_refused_and_as_many_as_may_be_are_compiled_in_time() -> None:
    many = [field(f"f{n}", f"concat(a{n}, '-', b, round(c{n} * d, 2))") for n in range(limits.FIELDS)]
    assert "more than 1,000 fields" in _problems(mapping(*many, field("one_more", "a")))
    began = time.monotonic()
    compile_mapping(mapping(*many), {})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "text", ["1e999999999", "1e-999999999", "9" * 31, "0." + "1" * 31, "NaN", "-Infinity", "sNaN1"]
)
def test_a_number_that_would_explode_is_refused_by_name(text: str) -> None:
    for record in ({"x": text}, {"x": text, "y": "1"}):
        found = fault(mapping(field("v", "round(x * 2, 2)"), field("w", "y", missing="default", default="")), record)
        assert (found.target, found.source, found.value) == ("v", "x", text)


def test_a_huge_number_in_the_record_is_refused_too() -> None:
    assert fault(mapping(field("v", "x + 1")), {"x": Decimal("1E+999999")}).source == "x"
    assert fault(mapping(field("v", "x")), {"x": Decimal("1E+999999")}).source == "x"


def test_products_of_large_numbers_stop_before_they_cost_anything() -> None:
    spec = mapping(field("v", " * ".join(["x"] * 30)))
    found = fault(spec, {"x": "9" * 25})
    assert found.target == "v"
    assert "digits" in found.sentence


def test_a_float_never_gets_through() -> None:
    for expr in ("x", "x + 1", "trim(x)", "collect(l, this)", "concat(x, '')", "date(x)"):
        assert "floating-point" in fault(mapping(field("v", expr)), {"x": 0.1, "l": [0.1]}).sentence


def test_text_that_grows_is_stopped() -> None:
    spec = mapping(field("v", "replace(replace(replace(x, 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa')"))
    assert "100,000 characters" in fault(spec, {"x": "a" * 1_000}).sentence


def test_a_long_text_put_into_every_line_is_stopped() -> None:
    rows = {"to": "out", "each": "lines", "fields": [field("v", "concat(root.memo, no)")]}
    record = {"memo": "m" * 5_000, "lines": [{"no": str(n)} for n in range(2_000)]}
    with pytest.raises(MappingFault, match="4,000,000 characters"):
        compile_mapping(mapping(rows), {}).apply(record)


def test_rows_times_rows_are_stopped() -> None:
    rows = {"to": "out", "each": "lines", "each2": "root.lines", "fields": [field("v", "no")]}
    with pytest.raises(MappingFault, match="1,000,000 values"):
        compile_mapping(mapping(rows), {}).apply({"lines": [{"no": "1"}] * 3_000})
    inner = {"to": "out", "each": "lines", "fields": [field("v", "sum(root.lines, no * parent.no)")]}
    with pytest.raises(MappingFault, match="1,000,000 values"):
        compile_mapping(mapping(inner), {}).apply({"lines": [{"no": "1"}] * 3_000})


def test_an_invoice_of_ten_thousand_lines_is_mapped_in_time() -> None:
    line = {"no": "1", "qty": "3", "price": "1.10", "splits": [{"share": "1"}, {"share": "2"}]}
    rows = {"to": "out", "each": "lines", "each2": "splits", "fields": [field("net", "round(parent.qty * share, 2)")]}
    spec = mapping(rows, field("total", "sum(lines, round(qty * price, 2))"))
    began = time.monotonic()
    made = compile_mapping(spec, {}).apply({"lines": [line] * 10_000})
    assert time.monotonic() - began < 3
    assert len(made["out"]) == 20_000
    assert made["total"] == "33000.00"


def test_what_is_the_same_for_every_row_is_worked_out_once() -> None:
    rows = {"to": "out", "each": "lines", "fields": [field("share", "round(no / sum(root.lines, no), 4)")]}
    made = apply(mapping(rows), {"lines": [{"no": "1"}] * 2_000})
    assert made["out"][0] == {"share": "0.0005"}


def test_patterns_that_take_for_ever_elsewhere_are_harmless() -> None:
    began = time.monotonic()
    assert value("matches(x, '(a+)+$')", {"x": "a" * 50_000 + "b"}) is False
    assert time.monotonic() - began < 2
    assert "longer than 500" in refusal(f"matches(x, '{'a' * 501}')")
    assert "cannot be used" in refusal("matches(x, '((a{1,1000}){1,1000}){1,1000}')")


def test_an_invalid_mapping_names_everything_at_once() -> None:
    with pytest.raises(MappingInvalid) as caught:
        compile_mapping(mapping(field("a", "tirm(x)"), field("b", "x ** 2"), field("c", "x")), {})
    assert [problem.field for problem in caught.value.problems] == ["a", "b"]
