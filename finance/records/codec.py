"""Payload → record → payload. Nothing gets in that would lose a digit, and every refusal names its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from .base import Payload, Record, RecordFault
from .scan import check
from .upcast import UPCASTERS

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
R = TypeVar("R", bound=Record)


def decode_as(cls: type[R], payload: Mapping[str, Any]) -> R:
    """The record a payload describes, lifted to the current schema version; raises RecordFault."""
    body = UPCASTERS.lift(cls.OBJECT, dict(payload), to=cls.SCHEMA_VERSION)
    body.pop("schema_version", None)
    try:
        if _suspect(body):
            _refuse(body, "")
        record = msgspec.convert(body, cls)
    except msgspec.ValidationError as error:
        raise _fault(str(error)) from None
    except RecursionError:
        raise RecordFault("", "is nested deeper than any record; the mapping or the source is at fault") from None
    check(record)
    return record


def encode(record: Record) -> Payload:
    """The JSON-ready payload: decimals as text, absent fields left out, keys in the order of the struct."""
    return {"schema_version": record.SCHEMA_VERSION, **msgspec.json.decode(msgspec.json.encode(record))}


# ------------------------------------------------------------------------------------------------ what is refused
def _suspect(body: Payload) -> bool:
    """Whether a float or an unstorable text may be in it: packed, a float starts with 0xcb and NUL is a zero byte."""
    try:
        packed = msgspec.msgpack.encode(body)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return True
    return b"\xcb" in packed or _zero_byte(packed)


def _zero_byte(packed: bytes) -> bool:
    """Whether there is one that does not belong to the header of a long list (0xdc) or map (0xde)."""
    place = packed.find(0)
    while place > 0 and packed[place - 1] in (0xDC, 0xDE):
        place = packed.find(0, place + 1)
    return place >= 0


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
