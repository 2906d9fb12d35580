"""What the mapping language means."""

from __future__ import annotations

from decimal import Decimal

import pytest
from mapping_tools import apply, field, mapping, value

LINES = {
    "number": "7",
    "lines": [
        {"no": "1", "amount": "10.10", "kind": "goods", "splits": [{"share": "4"}, {"share": "6.10"}]},
        {"no": "2", "amount": "5", "kind": "freight", "splits": []},
        {"no": "3", "amount": "0.005", "kind": "goods"},
    ],
}


def test_absent_stays_absent_and_null_becomes_empty() -> None:
    spec = mapping(field("a", "trim(x)"), field("b", "x"), field("c", "round(x, 2)"), field("d", "concat(x, x)"))
    assert apply(spec, {}) == {}
    assert apply(spec, {"x": None}) == {"a": None, "b": None, "c": None, "d": None}
    assert apply(spec, {"x": ""}) == {"a": None, "b": None, "c": None, "d": None}


def test_what_is_read_below_an_absent_object_is_absent_and_below_null_is_empty() -> None:
    spec = mapping(field("a", "vendor.bank.iban"))
    assert apply(spec, {}) == {}
    assert apply(spec, {"vendor": {}}) == {}
    assert apply(spec, {"vendor": None}) == {"a": None}
    assert apply(spec, {"vendor": {"bank": None}}) == {"a": None}
    assert apply(spec, {"vendor": {"bank": {"iban": "DE1"}}}) == {"a": "DE1"}


@pytest.mark.parametrize(
    ("rules", "absent", "empty"),
    [
        ({}, {}, {"v": None}),
        ({"missing": "absent", "empty": "absent"}, {}, {}),
        ({"missing": "empty"}, {"v": None}, {"v": None}),
        ({"missing": "default", "default": "EUR"}, {"v": "EUR"}, {"v": "EUR"}),
        ({"missing": "default", "default": 3, "empty": "keep"}, {"v": 3}, {"v": None}),
        ({"empty": "default", "default": "EUR"}, {}, {"v": "EUR"}),
    ],
)
def test_a_field_says_what_becomes_of_absent_and_empty(rules: dict, absent: dict, empty: dict) -> None:
    spec = mapping(field("v", "x", **rules))
    assert apply(spec, {}) == absent
    assert apply(spec, {"x": None}) == empty
    assert apply(spec, {"x": "USD"}) == {"v": "USD"}


def test_a_choice_of_values_is_empty_only_if_all_of_them_are() -> None:
    assert value("first(x, y)", {"x": None, "y": ""}) is None
    assert value("first(x, y)", {"x": None}) == "absent"
    assert value("first(x, y)", {"y": "1"}) == "1"


def test_zero_and_no_are_values() -> None:
    spec = mapping(field("a", "x", missing="hold"), field("b", "first(y, 'other')"), field("c", "round(z, 2)"))
    assert apply(spec, {"x": 0, "y": False, "z": "-0.001"}) == {"a": 0, "b": False, "c": "0.00"}


def test_numbers_are_exact_and_written_without_exponent() -> None:
    record = {"a": "0.1", "b": "0.2", "big": Decimal("1E+5"), "n": 3}
    assert value("a + b", record) == "0.3"
    assert value("big", record) == "100000"
    assert value("n * a", record) == "0.3"
    assert value("0.00000001 * 1", record) == "0.00000001"
    assert value("round(1 / 3, 4)") == "0.3333"


def test_rounding_is_half_up_as_on_documents() -> None:
    assert [value(f"round({n}, 2)") for n in ("2.345", "2.335", "-2.345", "0.005")] == ["2.35", "2.34", "-2.35", "0.01"]
    assert value("round_money(1234.5, cur)", {"cur": "JPY"}) == "1235"


def test_rows_become_rows_and_conditions_choose_them() -> None:
    rows = {
        "to": "out",
        "each": "lines",
        "where": "kind == 'goods'",
        "fields": [
            field("no", "no"),
            field("place", "index"),
            field("doc", "root.number"),
            field("net", "round(amount, 2)"),
        ],
    }
    assert apply(mapping(rows), LINES) == {
        "out": [{"no": "1", "place": 1, "doc": "7", "net": "10.10"}, {"no": "3", "place": 3, "doc": "7", "net": "0.01"}]
    }


def test_a_list_that_is_absent_stays_absent_and_an_empty_one_stays_empty() -> None:
    spec = mapping({"to": "out", "each": "lines", "fields": [field("no", "no")]})
    assert apply(spec, {}) == {}
    assert apply(spec, {"lines": None}) == {"out": []}
    assert apply(spec, {"lines": []}) == {"out": []}
    assert apply(spec, {"lines": [{"other": 1}]}) == {}


def test_one_object_counts_as_a_list_of_one() -> None:
    spec = mapping({"to": "out", "each": "vendor", "fields": [field("name", "name")]})
    assert apply(spec, {"vendor": {"name": "Acme"}}) == {"out": [{"name": "Acme"}]}


def test_lines_times_splits() -> None:
    inner = [field("no", "parent.no"), field("share", "share"), field("count", "index"), field("doc", "root.number")]
    rows = {"to": "out", "each": "lines", "each2": "splits", "fields": inner}
    assert apply(mapping(rows), LINES) == {
        "out": [{"no": "1", "share": "4", "count": 1, "doc": "7"}, {"no": "1", "share": "6.10", "count": 2, "doc": "7"}]
    }
    assert [row["no"] for row in apply(mapping({**rows, "outer": True}), LINES)["out"]] == ["1", "1", "2", "3"]


def test_the_first_row_that_fits_becomes_one_object() -> None:
    one = {"to": "freight", "each": "lines", "where": "kind == 'freight'", "first": True, "fields": [field("no", "no")]}
    assert apply(mapping(one), LINES) == {"freight": {"no": "2"}}
    assert apply(mapping(one), {"lines": []}) == {"freight": None}
    assert apply(mapping(one), {}) == {}


def test_a_second_list_is_appended() -> None:
    goods = {"to": "out", "each": "lines", "where": "kind == 'goods'", "fields": [field("no", "no")]}
    total = {"to": "out", "each": "this", "append": True, "fields": [field("no", "'total'")]}
    assert apply(mapping(goods, total), LINES) == {"out": [{"no": "1"}, {"no": "3"}, {"no": "total"}]}
    assert apply(mapping(goods, total), {}) == {"out": [{"no": "total"}]}


def test_groups_and_dotted_targets_make_nested_objects_that_vanish_when_nothing_is_in_them() -> None:
    group = {"to": "tax", "when": "present(x)", "fields": [field("a", "x"), field("b", "y")]}
    spec = mapping(field("seller.name", "name"), field("seller.address.city", "city"), group)
    assert apply(spec, {}) == {}
    assert apply(spec, {"city": "Reno"}) == {"seller": {"address": {"city": "Reno"}}}
    assert apply(spec, {"x": "1", "name": None}) == {"seller": {"name": None}, "tax": {"a": "1"}}


def test_a_condition_leaves_its_field_out_and_evaluates_nothing_else() -> None:
    spec = mapping(field("v", "decimal(x)", when="kind == 'number'", missing="hold"))
    assert apply(spec, {"kind": "text", "x": "abc"}) == {}
    assert apply(spec, {"kind": "number", "x": "1"}) == {"v": "1"}


def test_only_the_arm_that_is_taken_is_evaluated() -> None:
    assert value("decimal(x) if known else 'none'", {"x": "abc", "known": False}) == "none"
    assert value("first('y', decimal(x))", {"x": "abc"}) == "y"
    assert value("'y' if known or decimal(x) > 1 else 'n'", {"x": "abc", "known": True}) == "y"


def test_named_values_are_used_in_any_order_and_at_any_depth() -> None:
    rows = {"to": "out", "each": "lines", "let": {"net": "amount * rate"}, "fields": [field("net", "round(net, 2)")]}
    spec = mapping(rows, let={"rate": "factor + one", "one": "1"})
    assert apply(spec, {"factor": "1", "lines": [{"amount": "2.5"}]}) == {"out": [{"net": "5.00"}]}


def test_walking_over_rows() -> None:
    assert value("sum(lines, amount)", LINES) == "15.105"
    assert value("sum(lines, amount, where=kind == 'goods')", LINES) == "10.105"
    assert value("count(lines)", LINES) == 3
    assert value("join(lines, no, '/', where=kind == 'goods')", LINES) == "1/3"
    assert value("pick(lines, no, where=amount < 6)", LINES) == "2"
    assert value("pick(lines, this, where=no == '2').kind", LINES) == "freight"
    assert value("collect(lines, decimal(amount))", LINES) == ["10.10", "5", "0.005"]
    assert value("some(lines, kind == 'freight')", LINES) is True
    assert value("every(lines, present(splits))", LINES) is False
    assert value("sum(lines, sum(splits, share * parent.no))", LINES) == "10.10"


def test_walking_over_an_absent_list_says_nothing_and_over_an_empty_one_gives_nothing() -> None:
    assert [value(e) for e in ("sum(l, x)", "count(l)", "join(l, x)", "pick(l, x)")] == ["absent"] * 4
    empty = {"l": []}
    assert [value(e, empty) for e in ("sum(l, x)", "count(l)", "join(l, x)", "pick(l, x)")] == ["0", 0, None, None]


def test_rows_and_odd_names_are_reached_in_brackets() -> None:
    record = {"list": [{"a": "1"}, {"a": "2"}], "odd name": "x", "class": "y", "root": "z"}
    assert value("this['list'][0].a", record) == "1"
    assert value("this['list'][-1].a", record) == "2"
    assert value("this['list'][7].a", record) == "absent"
    assert [value(f"this['{name}']", record) for name in ("odd name", "class", "root")] == ["x", "y", "z"]


def test_crosswalks_translate_both_ways_and_say_what_is_not_listed() -> None:
    tables = {"terms": {"N30": "Net 30", "N0": "Now"}}
    assert value("lookup('terms', t)", {"t": "N30"}, tables) == "Net 30"
    assert value("lookup('terms', t, 'Other')", {"t": "N99"}, tables) == "Other"
    assert value("lookup_back('terms', t)", {"t": "Now"}, tables) == "N0"


def test_comparing_never_takes_unlike_kinds_for_the_same() -> None:
    record = {"one": 1, "text": "1", "yes": True, "none": None}
    assert value("one == text", record) is False
    assert value("yes == one", record) is False
    assert value("none == ''", record) is True
    assert value("gone == none", record) is False
    assert value("text > 0.5", record) is True


def test_the_record_is_left_as_it_was() -> None:
    record = {"lines": [{"a": {"b": ["1"]}}]}
    made = apply(mapping(field("v", "lines")), record)
    made["v"][0]["a"]["b"].append("2")
    assert record == {"lines": [{"a": {"b": ["1"]}}]}
