"""Payload → record → payload. Nothing gets in that would lose a digit, and every refusal names its field."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, Overflow
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import force_setattr

from .base import Line, Payload, Record, RecordFault
from .upcast import UPCASTERS

MAX_INTEGER_DIGITS = 18
MAX_DIGITS = 28
_LIMIT = Decimal(10) ** MAX_INTEGER_DIGITS
_exact = Context(prec=MAX_DIGITS, Emax=MAX_INTEGER_DIGITS, Emin=0, traps=[Inexact, Overflow, Clamped]).plus
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
R = TypeVar("R", bound=Record)


class Shape(NamedTuple):
    """Where a struct holds decimals, instants and further structs."""

    cls: type[Any]
    decimals: tuple[str, ...]
    read_decimals: Callable[[Any], tuple[Any, ...]]
    instants: tuple[str, ...]
    single: tuple[tuple[str, Shape], ...]
    many: tuple[tuple[str, Shape], ...]

    @property
    def trivial(self) -> bool:
        """Whether there is nothing to check in it."""
        return not (self.decimals or self.instants or self.single or self.many)


def decode_as(cls: type[R], payload: Mapping[str, Any]) -> R:
    """The record a payload describes, lifted to the current schema version; raises RecordFault."""
    body = UPCASTERS.lift(cls.OBJECT, dict(payload), to=cls.SCHEMA_VERSION)
    body.pop("schema_version", None)
    if _suspect(body):
        _refuse(body, "")
    try:
        record = msgspec.convert(body, cls)
    except msgspec.ValidationError as error:
        raise _fault(str(error)) from None
    _check(record, shape(cls))
    return record


def encode(record: Record) -> Payload:
    """The JSON-ready payload: decimals as text, absent fields left out, keys in the order of the struct."""
    return {"schema_version": record.SCHEMA_VERSION, **msgspec.json.decode(msgspec.json.encode(record))}


# ------------------------------------------------------------------------------------------------ what is refused
def _suspect(body: Payload) -> bool:
    """Whether a float or an unstorable text may be in it: packed, a float starts with 0xcb and NUL is a zero byte."""
    try:
        packed = msgspec.msgpack.encode(body)
        return b"\xcb" in packed or (b"\0" in packed and b"\\u0000" in msgspec.json.encode(body))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return True


def _refuse(value: Any, path: str) -> None:
    """Names the float or the broken text. A float has lost its digits before it came here, so no field takes one."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse(item, _join(path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _refuse(item, _join(path, index))
    elif isinstance(value, float):
        raise RecordFault(path, f"{value!r} is a binary floating point number; send it as text, for example '12.50'")
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        raise RecordFault(path, "holds a character that cannot be stored (NUL or half a surrogate pair); remove it")


def _check(record: Any, where: Shape) -> None:
    """Bounds all decimals at once; only where one is out of bounds is it looked for by name."""
    values: list[Any] = []
    _collect(record, where, values.extend)
    found = [value for value in values if value.__class__ is Decimal]
    if not found:
        return
    try:
        if min(found) > -_LIMIT and max(found) < _LIMIT:
            deque(map(_exact, found), maxlen=0)
            return
    except DecimalException:
        pass  # one of them is out of bounds; the walk below names it
    _name_the_decimal(record, where, "")


def _collect(record: Any, where: Shape, extend: Callable[[Iterable[Any]], None]) -> None:
    """Gathers what stands in decimal fields; turns instants to UTC on the way."""
    if where.decimals:
        extend(where.read_decimals(record))
    for name in where.instants:
        instant = getattr(record, name)
        if instant.__class__ is datetime and instant.tzinfo is not UTC:
            force_setattr(record, name, instant.astimezone(UTC))
    for name, inner in where.single:
        if (part := getattr(record, name)).__class__ is inner.cls:
            _collect(part, inner, extend)
    for name, inner in where.many:
        if (parts := getattr(record, name)).__class__ is tuple:
            for part in parts:
                _collect(part, inner, extend)


def _name_the_decimal(record: Any, where: Shape, path: str) -> None:
    for name in where.decimals:
        value = getattr(record, name)
        if value.__class__ is Decimal and not within_bounds(value):
            raise RecordFault(
                _join(path, name),
                f"{str(value)[:40]} is out of bounds: at most {MAX_INTEGER_DIGITS} digits before the point "
                f"and {MAX_DIGITS} in all",
            )
    for name, inner in where.single:
        if (part := getattr(record, name)).__class__ is inner.cls:
            _name_the_decimal(part, inner, _join(path, name))
    for name, inner in where.many:
        if (parts := getattr(record, name)).__class__ is tuple:
            for index, part in enumerate(parts):
                _name_the_decimal(part, inner, _join(_join(path, name), index))


def within_bounds(value: Decimal) -> bool:
    """Finite, below 10^18 and exact in 28 digits: what a record may carry."""
    try:
        return -_LIMIT < value < _LIMIT and _exact(value) == value
    except DecimalException:
        return False


# ------------------------------------------------------------------------------------------- what a struct holds
@cache
def shape(cls: type[Any]) -> Shape:
    """Derived once per class from its annotations; parts without decimals or instants are left out."""
    decimals, instants, single, many = [], [], [], []
    for name, hint in get_type_hints(cls).items():
        options = _options(hint)
        if Decimal in options:
            decimals.append(name)
        if datetime in options:
            instants.append(name)
        single += [(name, shape(option)) for option in options if _is_part(option)]
        many += [(name, shape(inner)) for option in options for inner in get_args(option)[:1] if _is_part(inner)]
    # the class itself stands in as a second field, so that the getter returns a tuple even for one decimal
    getter = attrgetter(*decimals, "__class__") if decimals else attrgetter("__class__", "__class__")
    return Shape(
        cls,
        tuple(decimals),
        getter,
        tuple(instants),
        tuple((name, inner) for name, inner in single if not inner.trivial),
        tuple((name, inner) for name, inner in many if not inner.trivial),
    )


def _is_part(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Line)


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


# ---------------------------------------------------------------------------------------------- what is said then
_SAYINGS: tuple[tuple[str, str], ...] = (
    (
        r"Object contains unknown field `(?P<name>.+)`",
        "there is no such field; remove it or map it to another",
    ),
    (
        r"Object missing required field `(?P<name>.+)`",
        "is missing; every entry needs it, so that it can be recognised",
    ),
    (r"Invalid enum value (?P<value>.+)", "{value} is not one of the values it can have"),
    (r"Invalid decimal string", "is not a number; write it as digits with a point, for example 1234.50"),
    (r"Invalid RFC3339 encoded date", "is not a date; write it as 2026-01-31"),
    (r"Invalid RFC3339 encoded datetime", "is not an instant; write it as 2026-01-31T09:30:00Z"),
    (r"Expected `datetime` with a timezone component", "has no time zone; write it as 2026-01-31T09:30:00Z"),
    (r"Expected `str` of length <= (?P<n>\d+)", "is too long: at most {n} characters"),
    (r"Expected `str` of length >= 1", "is empty; it says which entry this is, so it needs a value"),
    (r"Expected `(?P<want>.+)`, got `(?P<got>.+)`", "should be {want}, but is {got}"),
)
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "decimal": "a number as text",
    "date": "a date",
    "array": "a list",
    "datetime": "an instant",
    "bool": "true or false",
    "object": "a group of fields",
    "null": "empty",
}


def _fault(error: str) -> RecordFault:
    """Turns the decoder's words into a path and a sentence."""
    text, _, path = error.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    for pattern, saying in _SAYINGS:
        if match := re.fullmatch(pattern, text):
            words = {key: _plain(value) for key, value in match.groupdict().items()}
            return RecordFault(_join(path, words.pop("name", "")), saying.format(**words))
    return RecordFault(path, text)


def _plain(words: str) -> str:
    """`str | null` → "text or empty"."""
    return " or ".join(_WORDS.get(word, word) for word in words.split(" | "))


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path and key else path or key
