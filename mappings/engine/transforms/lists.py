"""Lists of plain values. Walking over rows (sum, count, join, collect, pick, some, every) is part of the language."""

from __future__ import annotations

from mappings.engine.registry import example, transform
from mappings.engine.values import Value


@transform(
    label="One value as a list",
    accepts=("any",),
    returns="list",
    examples=[example("x", gives=["x"]), example(None, gives=None)],
)
def list_of(value: Value) -> list[Value]:
    """A list that holds one value; empty stays empty."""
    return [value]


@transform(
    label="Without doubles",
    accepts=("list",),
    returns="list",
    examples=[example(["a", "b", "a"], gives=["a", "b"]), example([{"x": 1}, {"x": 1}], gives=[{"x": 1}])],
)
def distinct(values: list[Value]) -> list[Value]:
    """Each value once, in the order of first appearance."""
    seen: dict[str, Value] = {}
    for value in values:
        seen.setdefault(repr(value), value)
    return list(seen.values())


@transform(
    label="Divide into a list",
    accepts=("text", "word"),
    returns="list",
    examples=[example("a;b", ";", gives=["a", "b"]), example(None, ";", gives=None)],
)
def divide(value: str, separator: str) -> list[str]:
    """The parts of a text as a list, without empty ones."""
    return [part for part in value.split(separator or None) if part]
