"""Values inside a mapping: absent, empty (null, no text, no rows) or there. Numbers are Decimal, never float."""

from __future__ import annotations

from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Subnormal,
    Underflow,
)
from typing import Any, Final

from mappings.engine import limits
from mappings.engine.faults import Refused

Value = Any

_TRAPS: list[type[DecimalException]] = [InvalidOperation, DivisionByZero, Overflow, Underflow, FloatOperation]


def arithmetic() -> Context:
    """A fresh context for a thread. What it carries beyond OUTPUT_DIGITS has to be rounded before it is written."""
    return _context(limits.PRECISION, limits.EXPONENT, _TRAPS)


def _context(digits: int, exponent: int, traps: list[type[DecimalException]]) -> Context:
    return Context(digits, ROUND_HALF_UP, Emin=-exponent, Emax=exponent, traps=traps)


WRITTEN: Final = _context(limits.OUTPUT_DIGITS, limits.EXPONENT, _TRAPS)
_READ: Final = _context(limits.INPUT_DIGITS, limits.INPUT_DIGITS - 1, [*_TRAPS, Inexact, Subnormal])
read_digits: Final = _READ.create_decimal


class Absent:
    """The source says nothing about the field. False in conditions; everything read from it is absent too."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


class Nowhere:
    """Stands for an object that is absent, so that generated code can read from it. True, unlike ABSENT.
    Has no items, so that code which takes every key to be there gives up."""

    __slots__ = ()

    def get(self, _key: str, default: Value = None) -> Value:
        return ABSENT


class Nothing:
    """Stands for an object that is null: what is read from it is empty, not absent."""

    __slots__ = ()

    def get(self, _key: str, default: Value = None) -> Value:
        return None

    def __getitem__(self, _key: str) -> Value:
        return None


NOWHERE: Final = Nowhere()
NOTHING: Final = Nothing()


def is_empty(value: Value) -> bool:
    """True for null, text without characters and a list without rows; an absent value is not empty."""
    return value is None or value == "" or (value.__class__ is list and not value)


def is_there(value: Value) -> bool:
    """True for a value that is neither absent nor empty; zero and false are there."""
    return value is not ABSENT and not is_empty(value)


def hollow(value: Value) -> Value:
    """What to read from instead of an object that is false: an empty object says nothing, null says empty."""
    if value is ABSENT or value == {}:
        return NOWHERE
    return NOTHING if is_empty(value) else value


def holder(value: Value) -> Value:
    """What to read keys from, for any value."""
    return value if value else hollow(value)


def read_key(value: Value, key: str) -> Value:
    """`value.key` as the language defines it."""
    if value.__class__ is dict:
        return value.get(key, ABSENT)
    if value is ABSENT:
        return ABSENT
    if is_empty(value):
        return None
    remedy = "; use [0] for its first row, or sum, join, pick or collect" if value.__class__ is list else ""
    raise Refused(f"“{key}” is read from {kind_of(value)} where an object is expected{remedy}")


def read_row(value: Value, position: int) -> Value:
    """`value[position]` as the language defines it; a row that does not exist is absent."""
    if value is ABSENT:
        return ABSENT
    if value is None or value == "":
        return None
    if value.__class__ is not list:
        raise Refused(f"row {position} is read from {kind_of(value)} where a list is expected")
    return value[position] if -len(value) <= position < len(value) else ABSENT


def rows_of(value: Value) -> Value:
    """A list to walk over; an object counts as a list of one. ABSENT stays ABSENT."""
    if value.__class__ is list or value is ABSENT:
        return value
    if is_empty(value):
        return []
    if value.__class__ is dict:
        return [value]
    raise Refused(f"a list is expected, found {kind_of(value)}")


_KINDS: Final = {str: "text", bool: "yes/no", int: "a number", Decimal: "a number", list: "a list", dict: "an object"}


def kind_of(value: Value) -> str:
    """The kind of a value in words for a sentence."""
    if value is ABSENT:
        return "nothing (absent)"
    if value is None:
        return "nothing (null)"
    other = "a binary floating-point number" if isinstance(value, float) else "an unknown kind"
    return _KINDS.get(value.__class__, other)


def carried(number: Decimal) -> Decimal:
    """The number if a calculation can go on with it: finite and within PRECISION; zero loses its sign."""
    if not number.is_finite():
        raise Refused(f"{number} is not a number that can be calculated with")
    if len(number.as_tuple().digits) > limits.PRECISION or abs(number.adjusted()) > limits.EXPONENT:
        raise Refused(f"the number has more than {limits.PRECISION} digits")
    return number if number else abs(number)


def bounded(text: str) -> Decimal:
    """The number that a text is, exactly and within INPUT_DIGITS; digits of any script, nothing around them."""
    shown = f"“{text[:60]}”"
    if text != text.strip():
        raise Refused(f"{shown} has spaces around the number; trim() it first")
    try:
        number = read_digits(text)
    except InvalidOperation:
        raise Refused(f"{shown} is not a number") from None
    except DecimalException:
        raise Refused(f"{shown} has more than {limits.INPUT_DIGITS} digits") from None
    return carried(number)


def plain(number: Decimal) -> str:
    """The number as text without an exponent; refuses more than OUTPUT_DIGITS digits."""
    if not number:
        number = abs(number)
    _, digits, exponent = number.as_tuple()
    if len(digits) > limits.OUTPUT_DIGITS or number.adjusted() >= limits.OUTPUT_DIGITS:
        raise Refused(f"the number has more than {limits.OUTPUT_DIGITS} digits; round() it first")
    if int(exponent) < -limits.OUTPUT_DIGITS:
        raise Refused(f"the number has more than {limits.OUTPUT_DIGITS} decimals; round() it first")
    return format(number, "f")
