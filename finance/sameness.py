"""When two values of a field mean the same: numbers as numbers, instants as instants, references by their record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from finance.catalogue import Field


class Mark(Enum):
    """What stands where there is no value."""

    ABSENT = "absent"
    REMOVED = "removed"

    def __bool__(self) -> bool:
        return False


ABSENT, REMOVED = Mark.ABSENT, Mark.REMOVED
EMPTY: tuple[Any, ...] = (None, "", [], (), {})


def same_value(field: Field, a: Any, b: Any) -> bool:
    """Whether two JSON-ready values of a field mean the same."""
    if a == b:
        return True
    if a in EMPTY or b in EMPTY:
        return a in EMPTY and b in EMPTY
    if isinstance(a, Mark) or isinstance(b, Mark):
        return a is b
    if field.kind == "list":
        return _same_list(field, a, b)
    if field.children:
        return same_line(field, a, b)
    return _same_scalar(field.kind, a, b)


def _same_scalar(kind: str, a: Any, b: Any) -> bool:
    if kind in ("amount", "number"):
        return Decimal(a) == Decimal(b)
    if kind == "instant":
        return datetime.fromisoformat(a) == datetime.fromisoformat(b)
    return kind == "reference" and same_ref(a, b)


def _same_list(field: Field, a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Plain values and references are compared as sets, lines by identity."""
    if len(a) != len(b):
        return False
    if field.identity:
        theirs = {line_key(field, line): line for line in b}
        return all(same_line(field, line, theirs.get(line_key(field, line), REMOVED)) for line in a)
    alike = same_ref if field.item == "reference" else (lambda x, y: bool(x == y))
    return all(any(alike(x, y) for y in b) for x in a) and all(any(alike(x, y) for x in a) for y in b)


def same_line(field: Field, a: Any, b: Any) -> bool:
    """Whether two lines of one identity say the same in every field."""
    if isinstance(a, Mark) or isinstance(b, Mark):
        return a is b
    return all(same_value(child, a.get(child.name), b.get(child.name)) for child in field.children)


def same_ref(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two references point at the same record, as far as they can be compared."""
    if a["object"] != b["object"]:
        return False
    if a.get("external_id") and b.get("external_id") and a.get("system") == b.get("system"):
        return bool(a["external_id"] == b["external_id"])
    return bool(a.get("natural_key")) and a.get("natural_key") == b.get("natural_key")


def line_key(field: Field, line: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a line apart from the others of its list."""
    return tuple(line[name] for name in field.identity)
