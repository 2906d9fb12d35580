"""A partner's mapping stands on the shipped template, a customer's on the partner's; each says only what differs."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mapping_tools import field, mapping

from mappings.engine.layers import form_of, merge


def _layer(*fields: Any, **more: Any) -> dict[str, Any]:
    return {"objects": {"vendor": {"in": mapping(*fields, **more)}}}


def _fields(content: dict[str, Any]) -> list[Any]:
    return content["objects"]["vendor"]["in"]["fields"]


TEMPLATE = _layer(
    field("name", "trim(name)"),
    field("number", "code"),
    {"to": "addresses", "each": "addresses", "where": "active", "fields": [field("id", "id"), field("city", "city")]},
    let={"code": "upper(no)"},
)


def test_a_field_of_the_upper_layer_replaces_the_lower_one_in_its_place() -> None:
    made = _fields(merge(TEMPLATE, _layer(field("name", "squeeze(name)"), field("note", "memo"))))
    assert [one["to"] for one in made] == ["name", "number", "addresses", "note"]
    assert made[0] == field("name", "squeeze(name)")


def test_a_field_can_be_taken_away() -> None:
    made = _fields(merge(TEMPLATE, _layer({"to": "number", "remove": True})))
    assert [one["to"] for one in made] == ["name", "addresses"]


def test_one_field_of_a_list_is_replaced_without_repeating_the_others() -> None:
    upper = _layer({"to": "addresses", "where": "active and city != ''", "fields": [field("city", "upper(city)")]})
    assert _fields(merge(TEMPLATE, upper))[2] == {
        "to": "addresses",
        "each": "addresses",
        "where": "active and city != ''",
        "fields": [field("id", "id"), field("city", "upper(city)")],
    }


def test_a_list_can_be_replaced_as_a_whole() -> None:
    whole = {"to": "addresses", "each": "places", "fields": [field("id", "no")]}
    made = _fields(merge(TEMPLATE, _layer({**whole, "replace": True})))
    assert made[2] == whole


def test_named_values_are_merged_by_name() -> None:
    upper = _layer(let={"kind": "'x'"})
    assert merge(TEMPLATE, upper)["objects"]["vendor"]["in"]["let"] == {"code": "upper(no)", "kind": "'x'"}


def test_an_object_that_only_the_upper_layer_knows_is_added() -> None:
    upper = {"objects": {"account": {"in": mapping(field("code", "code"))}}}
    assert set(merge(TEMPLATE, upper)["objects"]) == {"vendor", "account"}


def test_a_layer_that_says_nothing_changes_nothing() -> None:
    assert merge(TEMPLATE, {"objects": {}}) == TEMPLATE
    assert merge({"objects": {}}, TEMPLATE) == TEMPLATE


json_like = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("objects", "vendor", "in", "fields", "to", "x")), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_like)
def test_whatever_is_sent_is_merged_or_told_to_be_of_another_form(content: Any) -> None:
    if not form_of(content):
        merge(TEMPLATE, content)
