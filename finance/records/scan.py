"""What types cannot say: decimals within bounds, instants in UTC, no two entries of a list with one identity.

A quick pass looks at everything at once; only where something is wrong does a slow one find out what to call it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, Overflow
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec.structs import force_setattr

from .base import Line, RecordFault, Ref

MAX_INTEGER_DIGITS = 18
MAX_DIGITS = 28
_LIMIT = Decimal(10) ** MAX_INTEGER_DIGITS
_exact = Context(prec=MAX_DIGITS, Emax=MAX_INTEGER_DIGITS, Emin=0, traps=[Inexact, Overflow, Clamped]).plus


class Shape(NamedTuple):
    """Where a struct holds decimals, instants and further structs, and what tells entries of its kind apart."""

    cls: type[Any]
    decimals: Callable[[Any], tuple[Any, ...]] | None
    decimal_names: tuple[str, ...]
    instants: tuple[str, ...]
    single: tuple[tuple[str, Shape], ...]
    many: tuple[tuple[str, Shape], ...]
    identify: Callable[[Any], Any] | None

    @property
    def hollow(self) -> bool:
        """Whether nothing in it needs a look."""
        return not (self.decimal_names or self.instants or self.single or self.many)


def check(record: Any) -> None:
    """Raises RecordFault for what is wrong; instants are turned to UTC in place."""
    values: list[Any] = []
    where = shape(record.__class__)
    if not (_gather(record, where, values) and _all_within_bounds(values)):
        for fault in _faults(record, where, ""):
            raise fault


def within_bounds(value: Decimal) -> bool:
    """Finite, below 10^18 and exact in 28 digits: what a record may carry."""
    return _all_within_bounds([value])


# -------------------------------------------------------------------------------------------------- the quick pass
def _all_within_bounds(values: list[Any]) -> bool:
    found = [value for value in values if value.__class__ is Decimal]
    try:
        if found and not (min(found) > -_LIMIT and max(found) < _LIMIT):
            return False
        deque(map(_exact, found), maxlen=0)
    except DecimalException:
        return False
    return True


def _gather(record: Any, where: Shape, values: list[Any]) -> bool:
    """Adds what stands in decimal fields; False where two entries of a list have one identity."""
    if where.decimals:
        values += where.decimals(record)
    for name in where.instants:
        instant = getattr(record, name)
        if instant.__class__ is datetime and instant.tzinfo is not UTC:
            force_setattr(record, name, instant.astimezone(UTC))
    fine = True
    for name, inner in where.single:
        part = getattr(record, name)
        if part.__class__ is inner.cls:
            fine &= _gather(part, inner, values)
    for name, inner in where.many:
        parts = getattr(record, name)
        if parts.__class__ is tuple and parts:
            fine &= len(parts) == 1 or _distinct(parts, inner)
            if not inner.hollow:
                for part in parts:
                    fine &= _gather(part, inner, values)
    return fine


def _distinct(parts: tuple[Any, ...], inner: Shape) -> bool:
    return inner.identify is None or len(set(map(inner.identify, parts))) == len(parts)


# --------------------------------------------------------------------------------------------------- the slow pass
def _faults(record: Any, where: Shape, prefix: str) -> Iterator[RecordFault]:
    for name in where.decimal_names:
        value = getattr(record, name)
        if value.__class__ is Decimal and not within_bounds(value):
            yield RecordFault(f"{prefix}{name}", _out_of_bounds(value))
    for name, inner in where.single:
        if (part := getattr(record, name)).__class__ is inner.cls:
            yield from _faults(part, inner, f"{prefix}{name}.")
    for name, inner in where.many:
        if (parts := getattr(record, name)).__class__ is tuple:
            yield from _twins(parts, inner, f"{prefix}{name}")
            for index, part in enumerate(parts):
                yield from _faults(part, inner, f"{prefix}{name}[{index}].")


def _twins(parts: tuple[Any, ...], inner: Shape, path: str) -> Iterator[RecordFault]:
    seen: dict[Any, int] = {}
    for index, part in enumerate(parts):
        identity = inner.identify(part) if inner.identify else index
        if identity in seen:
            named = ", ".join(f"{name} {getattr(part, name)}" for name in inner.cls.identity)
            message = f"has the same {named} as entry {seen[identity] + 1}; each entry needs its own"
            yield RecordFault(f"{path}[{index}]", message)
        seen[identity] = index


def _out_of_bounds(value: Decimal) -> str:
    return (
        f"{str(value)[:40]} is out of bounds: at most {MAX_INTEGER_DIGITS} digits before the point "
        f"and {MAX_DIGITS} in all"
    )


# ----------------------------------------------------------------------------------------------------- derivation
@cache
def shape(cls: type[Any]) -> Shape:
    """Derived once per class from its annotations; parts in which nothing needs a look are left out."""
    decimals, instants, single, many = [], [], [], []
    for name, hint in get_type_hints(cls).items():
        options = _options(hint)
        decimals += [name] if Decimal in options else []
        instants += [name] if datetime in options else []
        single += [(name, shape(option)) for option in options if _is_part(option)]
        many += [(name, shape(entry)) for option in options for entry in get_args(option)[:1] if _is_part(entry)]
    identity = getattr(cls, "identity", ())
    return Shape(
        cls,
        _read(decimals) if decimals else None,
        tuple(decimals),
        tuple(instants),
        tuple((name, inner) for name, inner in single if not inner.hollow),
        tuple((name, inner) for name, inner in many if inner.identify or not inner.hollow),
        attrgetter(*identity) if identity else None,
    )


def _read(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A getter that answers with a tuple for one name as well."""
    return attrgetter(*names) if len(names) > 1 else lambda record: (getattr(record, names[0]),)


def _is_part(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Line) and option is not Ref


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
