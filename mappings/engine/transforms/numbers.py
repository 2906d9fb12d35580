"""Numbers. Always Decimal; rounding is half up, away from zero, as on documents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from finance.money import minor_units
from mappings.engine.faults import Refused
from mappings.engine.registry import example, to_number, transform
from mappings.engine.values import WRITTEN

D = Decimal
SHORT = 3  # small quantities and rates come again and again; a larger table would cost more than it saves


@transform(
    label="As number",
    accepts=("number",),
    returns="number",
    remembers=SHORT,
    examples=[
        example("1234.50", gives=D("1234.50")),
        example("-3", gives=D("-3")),
        example("3 ", refused="trim()"),
        example("1,234.50", refused="not a number"),
        example("1e999999999", refused="more than"),
        example("NaN", refused="calculated with"),
        example(True, refused="a number is expected"),
        example("", gives=None),
    ],
)
def decimal(value: Decimal) -> Decimal:
    """Reads a number with a decimal point; use local_number() for other ways of writing."""
    return value


@transform(
    label="Number as written locally",
    accepts=("text", "word", "word?"),
    returns="number",
    examples=[
        example("1.234,50", ",", ".", gives=D("1234.50")),
        example("1 234,5", ",", " ", gives=D("1234.5")),
        example("12-", ",", ".", gives=D("-12")),
        example("abc", ",", ".", refused="not a number"),
    ],
)
def local_number(value: str, point: str, thousands: str = "") -> Decimal:
    """Reads a number with its own decimal point and thousands mark; a minus may stand behind."""
    text = value.replace(thousands, "") if thousands else value
    text = (text.replace(point, ".") if point else text).strip()
    return to_number("-" + text[:-1].strip() if text.endswith("-") else text)


@transform(
    label="Round",
    accepts=("number", "places"),
    returns="number",
    name="round",
    examples=[
        example("2.345", 2, gives=D("2.35")),
        example("-2.345", 2, gives=D("-2.35")),
        example("2", 2, gives=D("2.00")),
    ],
)
def round_to(value: Decimal, places: int) -> Decimal:
    """Rounds half up to a number of decimals, and shows that many."""
    return value.quantize(quantum(places), ROUND_HALF_UP, WRITTEN)


@transform(
    label="Round to the currency",
    accepts=("number", "text"),
    returns="number",
    examples=[
        example("12.345", "EUR", gives=D("12.35")),
        example("1234.5", "JPY", gives=D("1235")),
        example("1.2345", "KWD", gives=D("1.235")),
        example("1", "XXZ", refused="currency"),
    ],
)
def round_money(value: Decimal, currency: str) -> Decimal:
    """Rounds half up to the minor units of a currency (yen 0, euro 2, dinar 3)."""
    return value.quantize(currency_quantum(currency), ROUND_HALF_UP, WRITTEN)


@transform(
    label="Change the sign",
    accepts=("number",),
    returns="number",
    symbol="-",
    examples=[example("12.50", gives=D("-12.50")), example("0", gives=D("0"))],
)
def negate(value: Decimal) -> Decimal:
    """The number with the other sign."""
    return -value


@transform(
    label="Without sign",
    accepts=("number",),
    returns="number",
    name="abs",
    examples=[example("-12.50", gives=D("12.50"))],
)
def absolute(value: Decimal) -> Decimal:
    """The number without its sign."""
    return abs(value)


@transform(
    label="Whole number",
    accepts=("number",),
    returns="integer",
    remembers=12,
    examples=[example("17", gives=17), example("17.00", gives=17), example("1.5", refused="whole")],
)
def integer(value: Decimal) -> int:
    """A whole number, for systems that want ids and counts as such; refuses to lose a digit."""
    if value != value.to_integral_value():
        raise Refused(f"{value} is not a whole number")
    return int(value)


@transform(
    label="Smallest",
    accepts=("number", "number..."),
    returns="number",
    name="least",
    examples=[example("3", "2", gives=D("2"))],
)
def least(*values: Decimal) -> Decimal:
    """The smallest of several numbers."""
    return min(values)


@transform(
    label="Greatest",
    accepts=("number", "number..."),
    returns="number",
    name="greatest",
    examples=[example("3", "2", gives=D("3"))],
)
def greatest(*values: Decimal) -> Decimal:
    """The greatest of several numbers."""
    return max(values)


@lru_cache(64)
def quantum(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


@lru_cache(512)
def currency_quantum(currency: str) -> Decimal:
    try:
        return quantum(minor_units(currency))
    except (KeyError, ValueError):
        raise Refused(f"“{currency[:20]}” is not a currency code like EUR") from None
