"""Layers of a mapping: what a higher layer says of a target field replaces what the lower one says of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

Json = dict[str, Any]


def form_of(content: Any) -> str:
    """What is wrong with the form of a layer, nothing if its mappings can be looked at one by one."""
    objects = content.get("objects") if isinstance(content, dict) else None
    if not isinstance(objects, dict):
        return "A mapping is a JSON object with “objects”: record → direction → mapping."
    for name, directions in objects.items():
        if not isinstance(directions, dict) or not all(isinstance(spec, dict) for spec in directions.values()):
            return f"{name}: write an object of directions (“in”, “out”), each with its mapping."
        if not all(isinstance(spec.get("fields", []), list) for spec in directions.values()):
            return f"{name}: “fields” is a list."
    return ""


def merge(lower: Json, upper: Json) -> Json:
    """The effective `{"objects": …}`: fields by target, in the lower layer's order, new ones last.

    Of a group or list that both layers describe, the settings and fields are merged likewise. A field of the upper
    layer that says `"remove": true` takes the lower one away, one that says `"replace": true` is taken as it is.
    """
    objects = {name: dict(directions) for name, directions in lower.get("objects", {}).items()}
    for name, directions in upper.get("objects", {}).items():
        mine = objects.setdefault(name, {})
        for direction, spec in directions.items():
            mine[direction] = _settings(mine.get(direction, {}), spec)
    return {"objects": objects}


def _settings(lower: Json, upper: Json) -> Json:
    """One mapping, group or list over another."""
    merged = {**lower, **upper}
    if isinstance(lower.get("let"), dict) and isinstance(upper.get("let"), dict):
        merged["let"] = {**lower["let"], **upper["let"]}
    merged["fields"] = _fields(lower.get("fields", []), upper.get("fields", []))
    return merged


def _fields(lower: list[Any], upper: list[Any]) -> list[Any]:
    theirs = {_target(field): field for field in upper}
    kept = [_field(field, theirs.pop(_target(field), None)) for field in lower]
    added = [_field(None, field) for field in upper if _target(field) in theirs]
    return [field for field in (*kept, *added) if field is not None]


def _field(lower: Any, upper: Any) -> Any:
    if not isinstance(upper, dict):
        return lower if upper is None else upper
    if upper.get("remove"):
        return None
    if upper.get("replace") or not isinstance(lower, dict) or not ("fields" in lower and "fields" in upper):
        return {key: value for key, value in upper.items() if key != "replace"}
    return _settings(lower, upper)


def _target(field: Any) -> Hashable:
    """What a field is recognised by; a second list for the same target is a field of its own."""
    if not isinstance(field, dict):
        return id(field)
    to = field.get("to")
    return (".".join(to) if isinstance(to, list) else str(to), bool(field.get("append")))
