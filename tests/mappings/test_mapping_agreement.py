"""The compiled form, for complete and for sparse records, and the explanation: one result or one fault."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.engine import ABSENT, Compiled, MappingFault, MappingInvalid, compile_mapping
from mappings.engine.explain import explain_plan

CROSSWALKS = {"terms": {"N30": "Net 30", "1": "One"}}
NAMES = ("a", "b", "c", "items", "obj")
TEXTS = ("", " x ", "Ab", "12.50", "-3", "N30", "2026-03-31", "0", "1e5", "NaN", "é", "7 ")

scalars = st.one_of(
    st.none(), st.booleans(), st.sampled_from(TEXTS), st.integers(-5, 1_000), st.just(Decimal("1.005")), st.just(1.5)
)
objects = st.dictionaries(st.sampled_from(("a", "b", "c")), scalars, max_size=3)
values = st.one_of(scalars, objects, st.lists(st.one_of(objects, scalars), max_size=3))
plain = st.sampled_from(("1", "12.50", "-3", "007", "Ab", " x ", "N30", "2026-03-31", None))
rows = st.fixed_dictionaries(dict.fromkeys(("a", "b", "c"), plain))
complete = st.fixed_dictionaries({"a": plain, "b": plain, "c": plain, "obj": rows, "items": st.lists(rows, max_size=3)})
records = st.one_of(st.dictionaries(st.sampled_from(NAMES), values, max_size=5), complete)

_PATHS = ("a", "b", "c", "obj.a", "obj.b", "items", "items[0].a", "items[-1]", "this['c']", "root.a", "obj", "this")
_LITERALS = ("'x'", "'12.50'", "2", "0.5", "True", "None", "''", "-1")
_ONE = (
    "trim({})",
    "upper({})",
    "decimal({})",
    "round({}, 2)",
    "not {}",
    "-{}",
    "present({})",
    "empty({})",
    "absent({})",
    "substring({}, 0, 2)",
    "lookup('terms', {})",
    "lookup('terms', {}, 'none')",
    "date({})",
    "text({})",
    "replace({}, 'b', '')",
    "integer({})",
    "matches({}, '[0-9]+')",
    "split({}, ' ', 0)",
    "distinct({})",
    "round_money({}, 'JPY')",
    "abs({})",
    "or_empty({})",
    "{}.a",
    "{}[0]",
    "{} in ('Ab', 'x')",
    "{} == 'Ab'",
    "count({})",
    "ref('vendor', 's', {})",
)
_TWO = (
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "({} / {})",
    "({} == {})",
    "({} != {})",
    "({} < {})",
    "({} >= {})",
    "concat({}, {})",
    "concat({}, '-', {})",
    "concat('n', {}, {}, 'x')",
    "first({}, {})",
    "({} and {})",
    "({} or {})",
    "('y' if {} else {})",
    "add_days({}, {})",
    "sum({}, {})",
    "join({}, {}, '/')",
    "pick({}, {})",
    "collect({}, {})",
    "some({}, {})",
    "every({}, {})",
    "count({}, where={})",
    "greatest({}, {})",
    "replace({}, {}, 'yy')",
)
_THREE = (
    "({} if {} else {})",
    "first({}, {}, {})",
    "concat({}, {}, {})",
    "sum({}, {}, where={})",
    "pick({}, {}, where={})",
)


def _combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(str.format, st.sampled_from(_ONE), inner),
        st.builds(str.format, st.sampled_from(_TWO), inner, inner),
        st.builds(str.format, st.sampled_from(_THREE), inner, inner, inner),
    )


expressions = st.recursive(st.sampled_from((*_PATHS, *_LITERALS)), _combine, max_leaves=8)
rules = st.sampled_from(({}, {"missing": "empty"}, {"missing": "default", "default": "d"}, {"empty": "absent"}))


@st.composite
def mappings(draw: Any) -> dict[str, Any]:
    plain = [{"to": f"f{n}.v" if n % 2 else f"f{n}", "expr": draw(expressions), **draw(rules)} for n in range(3)]
    when = [{"to": "w", "expr": draw(expressions), "when": draw(expressions)}]
    rows = {
        "to": "rows",
        "each": draw(st.sampled_from(("items", "this", "obj"))),
        "fields": [
            {"to": "p", "expr": draw(expressions)},
            {"to": "q", "expr": draw(expressions)},
            {"to": "i", "expr": "index"},
        ],
    }
    extra = draw(st.sampled_from(({}, {"first": True}, {"each2": "items", "outer": True}, {"each2": "this"})))
    if draw(st.booleans()):
        rows["where"] = draw(expressions)
    chosen = [*plain, *when, {**rows, **extra}]
    return {"language": 1, "object": "x", "direction": "in", "let": {"n": draw(expressions)}, "fields": chosen}


def _made(mapping: dict[str, Any]) -> Compiled | None:
    """None for what the types already refuse; that is not what is tested here."""
    while True:
        try:
            return compile_mapping(mapping, CROSSWALKS)
        except MappingInvalid as refused:
            wrong = {p.field.split(".")[0].split("[")[0] for p in refused.problems}
            kept = [one for one in mapping["fields"] if one["to"].split(".")[0] not in wrong]
            if not kept or len(kept) == len(mapping["fields"]):
                if "let" not in mapping:
                    return None
                kept = mapping["fields"]
            mapping = {key: value for key, value in mapping.items() if key != "let"} | {"fields": kept}


def _outcome(apply: Any, record: Any) -> tuple[str, Any]:
    try:
        return "made", apply(record)
    except MappingFault as fault:
        return "fault", (fault.target, fault.source, fault.rule, fault.sentence)


@settings(max_examples=250, deadline=None)
@given(mappings(), st.lists(records, min_size=1, max_size=4))
def test_compiled_and_explained_agree_on_every_record(mapping: dict[str, Any], found: list[dict[str, Any]]) -> None:
    compiled = _made(mapping)
    if compiled is None:
        return
    for record in found:
        explained = explain_plan(compiled.plan, record)
        told = explained.fault
        expected = (
            ("fault", (told.target, told.source, told.rule, told.sentence)) if told else ("made", explained.output)
        )
        for patience in (0, 1):  # the code for complete records first, then the careful one alone
            compiled._sparse = patience
            assert _outcome(compiled.apply, record) == expected, compiled.source
            assert expected[1] is not ABSENT
