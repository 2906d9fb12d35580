"""What types cannot say: decimals within bounds, instants in UTC, no two entries of a list with one identity.

A quick pass looks at everything at once; only where something is wrong does a slow one find out what to call it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, Overflow
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

from msgspec.structs import force_setattr

from .base import Line, RecordFault, Ref

MAX_INTEGER_DIGITS = 18
MAX_DIGITS = 28
_LIMIT = Decimal(10) ** MAX_INTEGER_DIGITS
_exact = Context(prec=MAX_DIGITS, Emax=MAX_INTEGER_DIGITS, Emin=0, traps=[Inexact, Overflow, Clamped]).plus


Gather: TypeAlias = Callable[[Any, list[Any]], None]
_TWINS = Decimal("NaN")  # added where two entries have one identity, so that the quick pass fails


class Shape(NamedTuple):
    """Where a struct holds decimals, instants and further structs, and what tells entries of its kind apart."""

    cls: type[Any]
    decimals: tuple[str, ...]
    instants: tuple[str, ...]
    single: tuple[tuple[str, Shape], ...]
    many: tuple[tuple[str, Shape], ...]
    identify: Callable[[Any], Any] | None
    gather: Gather | None  # None where nothing in it needs a look


def check(record: Any) -> None:
    """Raises RecordFault for what is wrong; instants are turned to UTC in place."""
    values: list[Any] = []
    where = shape(record.__class__)
    if where.gather:
        where.gather(record, values)
    if not _all_within_bounds(values):
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


def _gatherer(
    decimals: list[str], instants: list[str], single: list[tuple[str, Shape]], many: list[tuple[str, Shape]]
) -> Gather | None:
    """A function that adds whatever stands in the decimal fields of a struct and below it to a list."""
    steps: list[Gather] = [_add(attrgetter(*decimals, "__class__"))] if decimals else []
    steps += [_to_utc(name) for name in instants]
    steps += [_into(attrgetter(name), inner) for name, inner in single]
    steps += [_into_each(attrgetter(name), inner) for name, inner in many]
    if len(steps) < 2:
        return steps[0] if steps else None

    def gather(record: Any, values: list[Any]) -> None:
        for step in steps:
            step(record, values)

    return gather


def _add(read: Callable[[Any], Iterable[Any]]) -> Gather:
    """The class is read too, so that one decimal comes as a tuple like many; it is no decimal and falls out later."""

    def add(record: Any, values: list[Any]) -> None:
        values += read(record)

    return add


def _to_utc(name: str) -> Gather:
    def to_utc(record: Any, values: list[Any]) -> None:
        instant = getattr(record, name)
        if instant.__class__ is datetime and instant.tzinfo is not UTC:
            force_setattr(record, name, instant.astimezone(UTC))

    return to_utc


def _into(read: Callable[[Any], Any], inner: Shape) -> Gather:
    cls, gather = inner.cls, inner.gather

    def into(record: Any, values: list[Any]) -> None:
        part = read(record)
        if part.__class__ is cls and gather:
            gather(part, values)

    return into


def _into_each(read: Callable[[Any], Any], inner: Shape) -> Gather:
    identify, gather = inner.identify, inner.gather

    def into_each(record: Any, values: list[Any]) -> None:
        parts = read(record)
        if not parts:
            return
        if len(parts) > 1 and identify and len(set(map(identify, parts))) < len(parts):
            values.append(_TWINS)
        if gather:
            for part in parts:
                gather(part, values)

    return into_each


# --------------------------------------------------------------------------------------------------- the slow pass
def _faults(record: Any, where: Shape, prefix: str) -> Iterator[RecordFault]:
    for name in where.decimals:
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
    single = [(name, inner) for name, inner in single if inner.gather]
    many = [(name, inner) for name, inner in many if inner.identify or inner.gather]
    identity = getattr(cls, "identity", ())
    return Shape(
        cls,
        tuple(decimals),
        tuple(instants),
        tuple(single),
        tuple(many),
        attrgetter(*identity) if identity else None,
        _gatherer(decimals, instants, single, many),
    )


def _is_part(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, Line) and option is not Ref


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
