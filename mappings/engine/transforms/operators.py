"""What is written between values: + - * / == != < <= > >= in not."""

from __future__ import annotations

from decimal import Decimal

from mappings.engine.faults import Refused
from mappings.engine.registry import example, to_number, transform
from mappings.engine.values import ABSENT, Value, is_empty, kind_of

D = Decimal


@transform(
    label="Plus",
    symbol="+",
    accepts=("number", "number"),
    returns="number",
    examples=[example("1.10", 2, gives=D("3.10")), example("1", None, gives=None), example("1", ABSENT, gives=ABSENT)],
)
def add(left: Decimal, right: Decimal) -> Decimal:
    """The sum of two numbers; texts are put together by concat()."""
    return left + right


@transform(
    label="Minus",
    symbol="-",
    accepts=("number", "number"),
    returns="number",
    examples=[example("10", "0.01", gives=D("9.99"))],
)
def subtract(left: Decimal, right: Decimal) -> Decimal:
    """The difference of two numbers."""
    return left - right


@transform(
    label="Times",
    symbol="*",
    accepts=("number", "number"),
    returns="number",
    examples=[example("3", "1.25", gives=D("3.75")), example("ab", 3, refused="not a number")],
)
def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The product of two numbers."""
    return left * right


@transform(
    label="Divided by",
    symbol="/",
    accepts=("number", "number"),
    returns="number",
    examples=[example("1", "8", gives=D("0.125")), example("1", "0", refused="divided by zero")],
)
def divide_by(left: Decimal, right: Decimal) -> Decimal:
    """The quotient of two numbers; round() it before it is written."""
    if not right:
        raise Refused(f"{left} cannot be divided by zero")
    return left / right


@transform(
    label="Equals",
    symbol="==",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[
        example("open", "open", gives=True),
        example("1", 1, gives=False),
        example(D("1.0"), 1, gives=True),
        example(None, "", gives=True),
        example(ABSENT, None, gives=False),
        example(True, 1, gives=False),
    ],
)
def equals(left: Value, right: Value) -> bool:
    """Whether two values are the same; unlike kinds never are, and an absent value equals nothing."""
    if left is ABSENT or right is ABSENT:
        return False
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    return bool(left == right) and (left.__class__ is bool) == (right.__class__ is bool)


@transform(
    label="Differs",
    symbol="!=",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[example("open", "paid", gives=True), example(ABSENT, "paid", gives=True)],
)
def differs(left: Value, right: Value) -> bool:
    """The opposite of equals."""
    return not equals(left, right)


@transform(
    label="One of",
    symbol="in",
    accepts=("any", "any..."),
    returns="condition",
    passes_on=False,
    examples=[example("paid", "posted", "paid", gives=True), example(ABSENT, "paid", gives=False)],
)
def one_of(value: Value, *choices: Value) -> bool:
    """Whether a value is one of several."""
    return any(equals(value, choice) for choice in choices)


@transform(
    label="Not",
    symbol="not",
    accepts=("condition",),
    returns="condition",
    passes_on=False,
    examples=[example(True, gives=False), example(None, gives=True), example(ABSENT, gives=True)],
)
def negation(value: Value) -> bool:
    """The opposite; absent and empty count as no."""
    return not (value is not ABSENT and value)


@transform(
    label="Less",
    symbol="<",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[
        example("2", 10, gives=True),
        example("2026-01-31", "2026-02-01", gives=True),
        example(None, 1, gives=False),
    ],
)
def less(left: Value, right: Value) -> bool:
    """Whether a number or an ISO date comes before another; with nothing to compare the answer is no."""
    pair = _comparable(left, right)
    return pair is not None and bool(pair[0] < pair[1])


@transform(
    label="Less or equal",
    symbol="<=",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[example("2.0", 2, gives=True), example(ABSENT, 1, gives=False)],
)
def at_most(left: Value, right: Value) -> bool:
    """Less or the same."""
    pair = _comparable(left, right)
    return pair is not None and bool(pair[0] <= pair[1])


@transform(
    label="Greater",
    symbol=">",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[example("10", "9.99", gives=True), example("abc", 1, refused="not a number")],
)
def greater(left: Value, right: Value) -> bool:
    """Whether a number or an ISO date comes after another."""
    return less(right, left)


@transform(
    label="Greater or equal",
    symbol=">=",
    accepts=("any", "any"),
    returns="condition",
    passes_on=False,
    examples=[example("10", 10, gives=True), example([], 1, gives=False)],
)
def at_least(left: Value, right: Value) -> bool:
    """Greater or the same."""
    return at_most(right, left)


def _comparable(left: Value, right: Value) -> tuple[Value, Value] | None:
    if left is ABSENT or right is ABSENT or is_empty(left) or is_empty(right):
        return None
    if _is_day(left) and _is_day(right):
        return left, right
    for value in (left, right):
        if value.__class__ not in (str, int, Decimal):
            raise Refused(f"numbers or dates can be compared, not {kind_of(value)}")
    return to_number(left), to_number(right)


def _is_day(value: Value) -> bool:
    return value.__class__ is str and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-"
