"""A record that cannot be mapped is told by target field, source field, value, rule and a sentence."""

from __future__ import annotations

from mapping_tools import fault, field, mapping

from mappings.engine import compile_mapping


def test_the_sentence_names_what_a_person_has_to_look_at() -> None:
    found = fault(mapping(field("totals.net", "round(decimal(total), 2)")), {"total": "12,50"})
    assert (found.target, found.source, found.value) == ("totals.net", "total", "12,50")
    assert found.rule == "round(decimal(total), 2)"
    assert found.sentence == "totals.net: “12,50” is not a number. The source field total holds “12,50”."


def test_a_row_is_named_by_its_place_on_both_sides() -> None:
    rows = {
        "to": "out",
        "each": "doc.lines",
        "where": "kind == 'goods'",
        "fields": [field("tax", "lookup('tax', code)")],
    }
    record = {"doc": {"lines": [{"kind": "freight"}, {"kind": "goods", "code": "A"}, {"kind": "goods", "code": "B"}]}}
    found = fault(mapping(rows), record, {"tax": {"A": "19"}})
    assert (found.target, found.source, found.value) == ("out[1].tax", "doc.lines[2].code", "B")
    assert "the crosswalk “tax” has no entry for “B”; add one" in found.sentence


def test_a_required_value_that_is_not_there_holds_the_record() -> None:
    spec = mapping(field("number", "trim(no)", missing="hold"))
    assert "does not give one" in fault(spec, {}).sentence
    assert "it is empty in the source" in fault(spec, {"no": "  "}).sentence


def test_a_list_that_became_an_object_and_an_object_that_became_text_are_told() -> None:
    said = fault(mapping(field("v", "vendor.name")), {"vendor": "Acme"})
    assert said.source == "vendor"
    assert "“name” is read from text where an object is expected" in said.sentence
    said = fault(mapping(field("v", "lines.amount")), {"lines": [{"amount": "1"}]})
    assert "use [0] for its first row, or sum, join, pick or collect" in said.sentence


def test_the_first_fault_is_told_and_a_later_record_is_mapped_all_the_same() -> None:
    compiled = compile_mapping(mapping(field("a", "decimal(x)"), field("b", "decimal(y)")), {})
    assert compiled.apply({"x": "1", "y": "2"}) == {"a": "1", "b": "2"}
    assert fault(mapping(field("a", "decimal(x)"), field("b", "decimal(y)")), {"x": "n", "y": "n"}).target == "a"
    assert compiled.apply({"x": "1", "y": "2"}) == {"a": "1", "b": "2"}


def test_a_record_that_is_no_object_is_refused() -> None:
    assert "the record is a list" in fault(mapping(field("a", "x")), []).sentence.lower()  # type: ignore[arg-type]


def test_right_to_left_names_travel_unharmed() -> None:
    compiled = compile_mapping(mapping(field("name", "trim(name)")), {})
    assert compiled.apply({"name": " شركة الاتحاد "}) == {"name": "شركة الاتحاد"}


def test_the_revision_changes_with_the_mapping_and_with_its_crosswalks_and_with_nothing_else() -> None:
    spec = mapping(field("a", "lookup('t', x)"))
    turned = dict(reversed(spec.items()))
    revisions = [
        compile_mapping(s, {"t": entries}).revision
        for s, entries in ((spec, {"x": "y"}), (turned, {"x": "y"}), (spec, {"x": "z"}), (mapping(field("a", "x")), {}))
    ]
    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 3
