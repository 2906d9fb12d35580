"""Transforms by name. One decorated function each: its examples are its test and the mapping editor's help.

A kind in `accepts` is what the function receives: "text", "number" (Decimal), "day" (ISO text), "list", "condition",
"any". Ending in "?" it may be left out, in "..." it may repeat. Constant kinds must be written as literals and are
prepared once when the mapping is compiled: see `CONSTANT_KINDS`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from mappings.engine.faults import Refused
from mappings.engine.values import ABSENT, Value, bounded, carried, is_empty, kind_of, plain

F = TypeVar("F", bound=Callable[..., Any])

CONSTANT_KINDS: Final = ("word", "places", "whole", "pattern", "day pattern", "crosswalk", "reversed crosswalk")


@dataclass(frozen=True)
class Example:
    """One call and what it gives. In `args` and `gives`, ABSENT and None are meant literally."""

    args: tuple[Value, ...]
    gives: Value = None
    refused: str = ""  # part of the sentence, where the call is refused


def example(*args: Value, gives: Value = None, refused: str = "") -> Example:
    return Example(args, gives, refused)


@dataclass(frozen=True)
class Parameter:
    kind: str
    optional: bool = False
    repeats: bool = False

    @classmethod
    def parse(cls, text: str) -> Parameter:
        return cls(text.rstrip("?."), optional=text.endswith("?"), repeats=text.endswith("..."))


@dataclass(frozen=True)
class Transform:
    """`passes_on`: an absent or empty argument makes the result absent or empty without a call.
    `remembers`: results for texts up to this length are kept, because the same text comes again and again.
    `symbol`: how it is written between its arguments, for operators."""

    name: str
    label: str
    parameters: tuple[Parameter, ...]
    returns: str
    examples: tuple[Example, ...]
    function: Callable[..., Any]
    passes_on: bool = True
    remembers: int = 0
    grows: bool = False
    symbol: str = ""

    @property
    def help(self) -> str:
        return (self.function.__doc__ or "").strip()

    def parameter(self, position: int) -> Parameter | None:
        """The parameter that takes the argument at a position, None where there is none."""
        if position < len(self.parameters):
            return self.parameters[position]
        last = self.parameters[-1] if self.parameters else None
        return last if last and last.repeats else None

    def counts(self) -> tuple[int, int | None]:
        """Fewest and most arguments (None: no end)."""
        least = sum(1 for p in self.parameters if not p.optional)
        return least, None if any(p.repeats for p in self.parameters) else len(self.parameters)


_transforms: dict[str, Transform] = {}


def transform(
    *,
    label: str,
    accepts: Sequence[str],
    returns: str,
    examples: Sequence[Example],
    name: str = "",
    symbol: str = "",
    passes_on: bool = True,
    remembers: int = 0,
    grows: bool = False,
) -> Callable[[F], F]:
    """Makes a function callable from mappings under its own name, or under `name`."""

    def keep(function: F) -> F:
        key = name or function.__name__
        if key in _transforms:
            raise ValueError(f"two transforms are called {key}")
        parameters = tuple(Parameter.parse(text) for text in accepts)
        _transforms[key] = Transform(
            key, label, parameters, returns, tuple(examples), function, passes_on, remembers, grows, symbol
        )
        return function

    return keep


def transforms() -> Mapping[str, Transform]:
    """Every transform by name."""
    return _transforms


def to_text(value: Value) -> str:
    if value.__class__ is str:
        return str(value)
    if value.__class__ is int or value.__class__ is Decimal:
        return plain(Decimal(value))
    raise Refused(f"text is expected, found {kind_of(value)}")


def to_number(value: Value) -> Decimal:
    """Digits with an optional sign, point and exponent; no thousands separators, no spaces."""
    if value.__class__ is Decimal:
        return carried(value)
    if value.__class__ is int:
        return carried(Decimal(value))
    if value.__class__ is str:
        return bounded(value)
    raise Refused(f"a number is expected, found {kind_of(value)}")


def to_day(value: Value) -> str:
    if value.__class__ is not str or len(value) != 10 or not value.isascii():
        raise Refused(f"a date like 2026-03-31 is expected, found {_shown(value)}")
    return str(value)


def to_list(value: Value) -> list[Value]:
    if value.__class__ is list:
        return list(value)
    raise Refused(f"a list is expected, found {kind_of(value)}")


def to_condition(value: Value) -> bool:
    """Absent and empty count as no; text and numbers are refused, because “false” in quotes would count as yes."""
    if value.__class__ is bool:
        return bool(value)
    if value is ABSENT or is_empty(value):
        return False
    raise Refused(f"yes or no is expected, found {kind_of(value)}; compare it with something")


def _shown(value: Value) -> str:
    return f"“{value[:60]}”" if isinstance(value, str) else kind_of(value)


def _any(value: Value) -> Value:
    return value


CONVERSIONS: Final[Mapping[str, Callable[[Value], Value]]] = {
    "text": to_text,
    "number": to_number,
    "day": to_day,
    "list": to_list,
    "condition": to_condition,
    "any": _any,
}


def is_ordinary(text: str) -> bool:
    """False for text with control, direction-changing or private characters, which make a text look like another."""
    return all(c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") for c in text)
