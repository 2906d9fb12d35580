"""Every transform does what its examples say, compiled and explained; the examples are its documentation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from mapping_tools import fault, field, mapping

from mappings.engine import ABSENT, Transform, compile_mapping, explain, transforms
from mappings.engine.explain import explain_plan
from mappings.engine.registry import CONSTANT_KINDS, Example

TABLES = {"terms": {"N30": "Net 30", "N10": "Net 10", "N10b": "Net 10"}}
CASES = [(t, e) for t in transforms().values() for e in t.examples]


def _expression(transform: Transform, example: Example) -> tuple[str, dict[str, Any]]:
    """The call as a person writes it, with the values that are no constants in a record."""
    record: dict[str, Any] = {}
    parts = []
    for position, value in enumerate(example.args):
        parameter = transform.parameter(position)
        if (parameter is not None and parameter.kind in CONSTANT_KINDS) or (position and value == ""):
            parts.append(repr(value))
            continue
        parts.append(f"arg{position}")
        if value is not ABSENT:
            record[f"arg{position}"] = value
    if not transform.symbol:
        return f"{transform.name}({', '.join(parts)})", record
    if transform.symbol == "in":
        return f"{parts[0]} in ({', '.join(parts[1:])},)", record
    return f" {transform.symbol} ".join(parts) if len(parts) > 1 else f"{transform.symbol} {parts[0]}", record


@pytest.mark.parametrize(("transform", "example"), CASES, ids=[f"{t.name}-{n}" for n, (t, _) in enumerate(CASES)])
def test_an_example_gives_what_it_says(transform: Transform, example: Example) -> None:
    expression, record = _expression(transform, example)
    if example.refused:
        assert example.refused in _refusal(expression, record)
        return
    compiled = compile_mapping(mapping(field("v", expression)), TABLES)
    made = compiled.apply(record).get("v", ABSENT)
    assert compiled.explain(record).field("v").value == made
    wanted = str(example.gives) if isinstance(example.gives, Decimal) else example.gives
    assert made == wanted or (made is ABSENT and wanted is ABSENT)


def _refusal(expression: str, record: dict[str, Any]) -> str:
    try:
        return fault(mapping(field("v", expression)), record, TABLES).sentence
    except ValueError as refused:  # a constant that cannot be prepared is refused before any record comes
        return str(refused)


@pytest.mark.parametrize("transform", transforms().values(), ids=lambda t: t.name)
def test_a_transform_tells_what_it_is_for(transform: Transform) -> None:
    assert transform.label
    assert transform.help.endswith(".")
    assert transform.examples


def test_what_is_remembered_is_the_same_as_what_is_worked_out() -> None:
    compiled = compile_mapping(mapping(field("v", "date(d, 'DD.MM.YYYY')"), field("n", "decimal(n) * 2")), {})
    for _ in range(2):
        assert compiled.apply({"d": "01.02.2026", "n": "17"}) == {"v": "2026-02-01", "n": "34"}
        assert compiled.apply({"d": "02.02.2026", "n": "1.7"}) == {"v": "2026-02-02", "n": "3.4"}
    assert explain_plan(compiled.plan, {"d": "01.02.2026", "n": 17}).output == {"v": "2026-02-01", "n": "34"}


def test_the_explanation_shows_what_was_read_and_every_step() -> None:
    spec = mapping(field("net", "round(decimal(total) - tax, 2)"), field("cur", "lookup('terms', code)"))
    told = explain(spec, TABLES, {"total": "12.345", "tax": "1", "code": "N30"})
    net = told.field("net")
    assert net.reads == (("total", "12.345"), ("tax", "1"))
    assert [text for text, _ in net.steps] == [
        "decimal(total)",
        "(decimal(total) - tax)",
        "round((decimal(total) - tax), 2)",
    ]
    assert (net.outcome, net.value, net.rule) == ("value", "11.35", "round(decimal(total) - tax, 2)")
    assert told.field("cur").value == "Net 30"


def test_the_explanation_goes_on_after_a_fault() -> None:
    spec = mapping(field("a", "decimal(x)"), field("b", "y"), field("c", "z", when="present(z)"))
    told = explain(spec, {}, {"x": "abc", "y": "fine"})
    assert told.output is None
    assert [(one.target, one.outcome) for one in told.fields] == [("a", "fault"), ("b", "value"), ("c", "left out")]
    assert told.fault is not None
    assert told.fault.target == "a"
