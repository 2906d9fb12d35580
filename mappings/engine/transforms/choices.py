"""Presence and look-ups. `first`, `and`, `or` and `if … else` belong to the language itself."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.engine.faults import Refused
from mappings.engine.registry import example, transform
from mappings.engine.values import ABSENT, Value, is_empty, is_there


@transform(
    label="Is there",
    accepts=("any",),
    returns="condition",
    passes_on=False,
    examples=[
        example("x", gives=True),
        example(0, gives=True),
        example(None, gives=False),
        example(ABSENT, gives=False),
    ],
)
def present(value: Value) -> bool:
    """Whether the source holds a value; zero and “no” are values."""
    return is_there(value)


@transform(
    label="Is empty",
    accepts=("any",),
    returns="condition",
    passes_on=False,
    examples=[
        example(None, gives=True),
        example("", gives=True),
        example([], gives=True),
        example(ABSENT, gives=False),
    ],
)
def empty(value: Value) -> bool:
    """Whether the source says that there is no value (null, no text, no rows)."""
    return value is not ABSENT and is_empty(value)


@transform(
    label="Is absent",
    accepts=("any",),
    returns="condition",
    passes_on=False,
    examples=[example(ABSENT, gives=True), example(None, gives=False), example("x", gives=False)],
)
def absent(value: Value) -> bool:
    """Whether the source says nothing at all about the field."""
    return value is ABSENT


@transform(
    label="Empty unless there",
    accepts=("any",),
    returns="any",
    passes_on=False,
    examples=[example(ABSENT, gives=None), example("x", gives="x")],
)
def or_empty(value: Value) -> Value:
    """Makes an absent value empty, so that the target is cleared."""
    return None if value is ABSENT else value


@transform(
    label="Look up",
    accepts=("crosswalk", "text", "any?"),
    returns="any",
    remembers=40,
    examples=[
        example("terms", "N30", gives="Net 30"),
        example("terms", "N90", refused="has no entry for “N90”"),
        example("terms", "N90", "Net 0", gives="Net 0"),
        example("terms", None, gives=None),
    ],
)
def lookup(table: tuple[str, Mapping[str, str]], value: str, otherwise: Value = ABSENT) -> Value:
    """The target of a crosswalk entry. Without a third argument a value that is not listed stops the record."""
    name, entries = table
    if value in entries:
        return entries[value]
    if otherwise is ABSENT:
        raise Refused(f"the crosswalk “{name}” has no entry for “{value[:60]}”; add one")
    return otherwise


@transform(
    label="Look up backwards",
    accepts=("reversed crosswalk", "text", "any?"),
    returns="any",
    remembers=40,
    examples=[
        example("terms", "Net 30", gives="N30"),
        example("terms", "Net 10", refused="two entries"),
        example("terms", "Net 99", refused="no entry leads to"),
    ],
)
def lookup_back(table: tuple[str, Mapping[str, str | None]], value: str, otherwise: Value = ABSENT) -> Value:
    """The source of the crosswalk entry that leads to a value."""
    name, entries = table
    if value not in entries and otherwise is not ABSENT:
        return otherwise
    if value not in entries:
        raise Refused(f"in the crosswalk “{name}” no entry leads to “{value[:60]}”; add one")
    found = entries[value]
    if found is None:
        raise Refused(f"in the crosswalk “{name}” two entries lead to “{value[:60]}”; keep one")
    return found
