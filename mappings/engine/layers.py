"""Layers of a mapping: what a higher layer says of a target field replaces what the lower one says of it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def merge(lower: Json, upper: Json) -> Json:
    """The effective `{"objects": …}`: fields by target, in the lower layer's order, new ones last.

    A field of the upper layer that says `"remove": true` takes the lower one away.
    """
    objects = {name: dict(directions) for name, directions in lower.get("objects", {}).items()}
    for name, directions in upper.get("objects", {}).items():
        mine = objects.setdefault(name, {})
        for direction, spec in directions.items():
            mine[direction] = _spec(mine[direction], spec) if direction in mine else spec
    return {"objects": objects}


def _spec(lower: Json, upper: Json) -> Json:
    theirs = {field["to"]: field for field in upper.get("fields", [])}
    kept = [theirs.pop(field["to"], field) for field in lower["fields"]]
    fields = [field for field in (*kept, *theirs.values()) if not field.get("remove")]
    let = {**lower.get("let", {}), **upper.get("let", {})}
    return {**lower, **upper, "fields": fields} | ({"let": let} if let else {})
