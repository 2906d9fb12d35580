"""The last step of every field: what becomes of absent and empty values, and numbers to text."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from mappings.engine import limits
from mappings.engine.faults import Refused, TooMuch
from mappings.engine.spec import Field
from mappings.engine.values import ABSENT, Value, is_empty, kind_of, plain


class Budget:
    """What is left to be made from one record."""

    __slots__ = ("text", "values")

    def __init__(self, share: int = 1) -> None:
        self.values = limits.VALUES * share
        self.text = limits.TEXT_BUDGET * share

    def take_rows(self, rows: int, fields: int) -> None:
        self.values -= rows * fields
        if self.values < 0:
            raise TooMuch(f"the mapping makes more than {limits.VALUES:,} values out of one record; divide the record")

    def take_text(self, characters: int) -> None:
        self.text -= characters
        if self.text < 0:
            raise TooMuch(f"the mapping puts together more than {limits.TEXT_BUDGET:,} characters out of one record")


class Finish:
    """Applies a field's rules for absent and empty to a value, and makes it JSON."""

    def __init__(self, field: Field) -> None:
        self.missing = field.missing
        self.empty = field.empty
        self.default = field.default

    @property
    def may_be_absent(self) -> bool:
        return self.missing == "absent" or self.empty == "absent"

    @property
    def leaves(self) -> bool:
        """Whether absent stays absent and null null."""
        return self.missing == "absent" and self.empty == "keep"

    def __call__(self, value: Value, budget: Budget) -> Value:
        if value is ABSENT:
            return self._missing()
        if is_empty(value):
            return self._empty(value)
        return clean(value, budget)

    def made(self, value: Value) -> Value:
        """For a list or object that was made field by field and needs no cleaning."""
        if value is ABSENT:
            return self._missing()
        return self._empty(value) if is_empty(value) else value

    def _missing(self) -> Value:
        if self.missing == "hold":
            raise Refused("a value is required, but the source does not give one")
        if self.missing == "default":
            return copy.deepcopy(self.default)
        return None if self.missing == "empty" else ABSENT

    def _empty(self, value: Value) -> Value:
        if self.empty == "hold":
            raise Refused("a value is required, but it is empty in the source")
        if self.empty == "default":
            return copy.deepcopy(self.default)
        if self.empty == "absent":
            return ABSENT
        return [] if value.__class__ is list else None


def clean(value: Value, budget: Budget, depth: int = 0) -> Value:
    """The value as plain JSON: numbers with a point as text, no float, objects copied."""
    if value.__class__ is str:
        if len(value) > limits.LONG_TEXT:
            budget.take_text(len(value))
        return value
    if value.__class__ is Decimal:
        return plain(value)
    if value is None or value.__class__ is bool or value.__class__ is int:
        return value
    if isinstance(value, list | dict) and depth < 20:
        budget.take_rows(len(value), 1)
        if isinstance(value, list):
            return [clean(one, budget, depth + 1) for one in value if one is not ABSENT]
        return {str(key): clean(one, budget, depth + 1) for key, one in value.items()}
    raise Refused(f"{kind_of(value)} cannot be written")


def joined(first: Value, second: Value) -> Value:
    """Two lists of one target after each other."""
    if not first or not second:
        return second if second or (second is not ABSENT and first is ABSENT) else first
    return first + second


Shape = Mapping[str, Any]  # the groups of a row: key → the groups inside


def group_shape(fields: Iterable[Field]) -> Shape:
    """Which keys of a row are groups, because a target like “address.city” stands below them."""
    shape: dict[str, Any] = {}
    for one in fields:
        place = shape
        for key in one.to[:-1]:
            place = place.setdefault(key, {})
    return shape


def prune(made: dict[str, Value], shape: Shape) -> dict[str, Value]:
    """Without absent values, and without groups of which nothing is left."""
    if not shape:
        return {key: value for key, value in made.items() if value is not ABSENT}
    kept: dict[str, Value] = {}
    for key, value in made.items():
        if key in shape:
            value = prune(value, shape[key]) or ABSENT
        if value is not ABSENT:
            kept[key] = value
    return kept
