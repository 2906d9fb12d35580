"""Makes a transform ready to be called from one place in a mapping: constants prepared, the rest converted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import re2

from mappings.engine import limits
from mappings.engine.days import DayPattern
from mappings.engine.faults import Refused
from mappings.engine.registry import CONSTANT_KINDS, CONVERSIONS, Transform
from mappings.engine.values import ABSENT, Value, is_empty

Crosswalks = Mapping[str, Mapping[str, str]]
Function = Callable[..., Value]
LIVE: Any = object()  # marks an argument that is not known before a record comes


def prepare(kind: str, value: Value, crosswalks: Crosswalks) -> Value:
    """The constant as the function receives it; Refused where it is not of its kind."""
    if kind in ("places", "whole"):
        return _whole(value, 0, 12) if kind == "places" else _whole(value, -100_000, 100_000)
    if not isinstance(value, str):
        raise Refused("a text in quotes is expected here")
    if kind == "pattern":
        return _pattern(value)
    if kind == "day pattern":
        return DayPattern(value)
    if kind in ("crosswalk", "reversed crosswalk"):
        return _crosswalk(value, crosswalks, reverse=kind != "crosswalk")
    return value


def ready(transform: Transform, arguments: Sequence[Value], crosswalks: Crosswalks, fixed: Sequence[bool]) -> Ready:
    """The transform as a function of its live arguments alone. `arguments` holds constants, and LIVE for those still
    to come; `fixed` says which live arguments are literals."""
    parameters = [transform.parameter(i) for i in range(len(arguments))]
    kinds = [p.kind if p else "any" for p in parameters]
    given = [prepare(k, v, crosswalks) if k in CONSTANT_KINDS else v for k, v in zip(kinds, arguments, strict=True)]
    live = tuple(i for i, value in enumerate(given) if value is LIVE)
    make = _strict if transform.passes_on else _lenient
    optional = [p is not None and p.optional for p in parameters]
    places = [Place(i, kinds[i], literal=fixed[i], optional=optional[i]) for i in live]
    call = make(transform.function, given, places)
    return Ready(call, live, Remembered(call, transform.remembers) if transform.remembers and len(live) == 1 else None)


class Place:
    """A live argument: where it goes, what it must be, and when it counts as empty. An optional one that is absent
    or empty leaves the others alone."""

    __slots__ = ("convert", "empty", "optional", "position")

    def __init__(self, position: int, kind: str, *, literal: bool, optional: bool) -> None:
        self.position = position
        self.optional = optional
        self.convert = CONVERSIONS[kind]
        self.empty = _is_null if literal and kind == "text" else is_empty if kind in ("any", "list") else _is_blank


def _is_null(value: Value) -> bool:
    """An empty text in quotes is meant as such."""
    return value is None


def _is_blank(value: Value) -> bool:
    """An empty list is no text and no number."""
    return value is None or bool(value == "")


def _strict(function: Function, given: Sequence[Value], places: Sequence[Place]) -> Function:
    """Passes absent on before empty; what is there must be of its kind all the same."""

    def call(*values: Value) -> Value:
        full, absent, empty = list(given), False, False
        for place, value in zip(places, values, strict=True):
            if place.optional and (value is ABSENT or value is None):
                full[place.position] = value
            elif value is ABSENT:
                absent = True
            elif place.empty(value):
                empty = True
            else:
                full[place.position] = place.convert(value)
        return ABSENT if absent else None if empty else function(*full)

    return call


def _lenient(function: Function, given: Sequence[Value], places: Sequence[Place]) -> Function:
    """Gives absent and null to the function."""

    def call(*values: Value) -> Value:
        full = list(given)
        for place, value in zip(places, values, strict=True):
            full[place.position] = value if value is ABSENT or value is None else place.convert(value)
        return function(*full)

    return call


@dataclass(frozen=True)
class Ready:
    """`call` takes the arguments at the positions `live`; `remembered[value]` does the same and keeps the result."""

    call: Function
    live: tuple[int, ...]
    remembered: Remembered | None


_GONE: Mapping[Any, Value] = {ABSENT: ABSENT, None: None}


class Remembered(dict[Any, Value]):
    """Results by short text. Absent stays absent and null null; any other key is worked out anew each time."""

    def __init__(self, function: Function, longest: int) -> None:
        super().__init__(_GONE)
        self.function = function
        self.longest = longest

    def __missing__(self, key: Value) -> Value:
        result = self.function(key)
        if key.__class__ is str and len(key) <= self.longest:
            if len(self) >= limits.CACHE_ENTRIES:
                self.clear()
                self.update(_GONE)
            self[key] = result
        return result


def _whole(value: Value, least: int, most: int) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value() and least <= value <= most:
        return int(value)
    raise Refused(f"a whole number from {least} to {most} is expected here")


def _pattern(value: str) -> Any:
    if len(value) > limits.PATTERN_TEXT:
        raise Refused(f"the pattern is longer than {limits.PATTERN_TEXT} characters")
    options = re2.Options()
    options.max_mem = 1 << 20
    options.log_errors = False
    try:
        return re2.compile(value, options)
    except re2.error as error:
        raise Refused(f"the pattern cannot be used: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else "unknown reason"
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _crosswalk(name: str, crosswalks: Crosswalks, *, reverse: bool) -> tuple[str, Mapping[str, str | None]]:
    if name not in crosswalks:
        known = ", ".join(sorted(crosswalks)) or "none"
        raise Refused(f"there is no crosswalk called “{name}” (known: {known})")
    entries = crosswalks[name]
    if not reverse:
        return name, entries
    back: dict[str, str | None] = {}
    for source, target in entries.items():
        back[target] = None if target in back else source
    return name, back
