"""Short ways to write a mapping in a test."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.engine import MappingFault, MappingInvalid, compile_mapping, explain

Json = dict[str, Any]


def mapping(*fields: Json, **more: Any) -> Json:
    return {"language": 1, "object": "invoice", "direction": "in", **more, "fields": list(fields)}


def field(to: str, expr: str, **rules: Any) -> Json:
    return {"to": to, "expr": expr, **rules}


def apply(spec: Json, record: Json, crosswalks: Any = None) -> Json:
    """What the mapping makes; the explanation is asked as well and must say the same."""
    made = compile_mapping(spec, crosswalks or {}).apply(record)
    assert explain(spec, crosswalks or {}, record).output == made
    return made


def value(expr: str, record: Json | None = None, crosswalks: Any = None) -> Any:
    """What one expression gives; "absent" where the field is left out."""
    return apply(mapping(field("v", expr)), record or {}, crosswalks).get("v", "absent")


def fault(spec: Json, record: Json, crosswalks: Any = None) -> MappingFault:
    """The fault of a record that cannot be mapped."""
    with pytest.raises(MappingFault) as caught:
        compile_mapping(spec, crosswalks or {}).apply(record)
    return caught.value


def refusal(expr: str, crosswalks: Any = None) -> str:
    """What is said about an expression that is not let through."""
    with pytest.raises(MappingInvalid) as caught:
        compile_mapping(mapping(field("v", expr)), crosswalks or {})
    return str(caught.value)
