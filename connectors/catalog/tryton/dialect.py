"""Tryton's JSON: tagged dates and decimals, base64 domains. Outside this module only plain JSON is seen.

Plain form: ids and decimals are strings ("5", "12.50"), quantities are strings without padding ("6"), dates are
ISO ("2026-11-23"), instants are UTC with microseconds ("2026-11-23T03:02:55.207559Z") and so sort as text.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_CLOCK = ("year", "month", "day", "hour", "minute", "second", "microsecond")
_FLAGS = frozenset(
    {"active", "closed", "invoice", "delivery", "payment_blocked", "party_required", "expense", "debt", "reconciled"}
)  # a database without booleans answers 0 and 1


def tagged(value: Any) -> Any:
    """A Python value as Tryton reads it; a float is refused, because it may have lost a digit."""
    match value:
        case float():
            raise TypeError("amounts and quantities travel as Decimal, never as float")
        case Decimal():
            return {"__class__": "Decimal", "decimal": format(value, "f")}
        case datetime():
            return {"__class__": "datetime", **_clock(value.astimezone(UTC))}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case Mapping():
            return {key: tagged(inner) for key, inner in value.items()}
        case list() | tuple():
            return [tagged(inner) for inner in value]
        case _:
            return value


def packed(value: Any) -> str:
    """A domain, an order or a context as it travels in the address or a header."""
    return urlsafe_b64encode(json.dumps(tagged(value), separators=(",", ":")).encode()).decode()


def plain(value: Any, key: str = "") -> Any:
    """An answer of Tryton as plain JSON (see the module's docstring)."""
    match value:
        case {"__class__": kind}:
            return _untagged(kind, value)
        case Mapping():
            return {name: plain(inner, name) for name, inner in value.items() if name != "__name__"}
        case list() | tuple():
            return [plain(inner, key) for inner in value]
        case bool():
            return value
        case int():
            return str(value) if key == "id" else bool(value) if key in _FLAGS else value
        case float() | Decimal():
            return quantity(Decimal(str(value)))
        case _:
            return value


def quantity(value: Decimal) -> str:
    """A number without padding: 6.0 → "6", 2.50 → "2.5"."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


def moment(text: str) -> datetime:
    """The instant a plain text names."""
    return datetime.fromisoformat(text)


def stamp(instant: datetime) -> str:
    """The plain text of an instant; always of the same length."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _untagged(kind: str, value: Mapping[str, Any]) -> Any:
    match kind:
        case "Decimal":
            return format(Decimal(value["decimal"]), "f")
        case "date":
            return date(value["year"], value["month"], value["day"]).isoformat()
        case "datetime":
            return stamp(_instant(**{name: value[name] for name in _CLOCK}))
        case "bytes":
            return value["base64"]
        case _:
            return {name: inner for name, inner in value.items() if name != "__class__"}


def _instant(**parts: int) -> datetime:
    return datetime(**parts, tzinfo=UTC)


def _clock(value: datetime) -> dict[str, int]:
    return {name: getattr(value, name) for name in _CLOCK}
