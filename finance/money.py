"""Amounts that always know their currency, never pass through a float and never lose a digit unnoticed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, Inexact, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Any

from babel.numbers import list_currencies

from finance.records import within_bounds

# ISO 4217 minor units other than 2. Not taken from CLDR (babel), which shows e.g. dinars of Iraq and Serbia without
# decimals: right for a price tag, wrong for a ledger.
_MINOR_UNITS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),  # noqa: SIM905
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),  # noqa: SIM905
    **dict.fromkeys("CLF UYW".split(), 4),  # noqa: SIM905
}
_exact = Context(prec=40, traps=[Inexact, InvalidOperation])
_MAX_TEXT = 60


class MoneyFault(ValueError):
    """An amount or currency that cannot be taken as it is; the text is a sentence for a person."""


@cache
def minor_units(currency: str) -> int:
    """Digits after the point in ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD; raises MoneyFault where unknown."""
    if currency not in list_currencies():
        raise MoneyFault(f"{currency!r} is not a currency; use a code of ISO 4217 such as EUR")
    return _MINOR_UNITS.get(currency, 2)


def smallest_unit(currency: str) -> Decimal:
    """Decimal('0.01') for EUR, Decimal('1') for JPY."""
    return Decimal(1).scaleb(-minor_units(currency))


def parse_decimal(value: Any) -> Decimal:
    """A finite decimal from text, an int or a Decimal; floats and what is out of bounds are refused."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise MoneyFault(f"{value!r} is a {type(value).__name__}; send amounts as text, for example '12.50'")
    try:
        number = Decimal(value if not isinstance(value, str) else _plain(value))
    except DecimalException:
        raise MoneyFault(f"{value!r} is not a number; write it as 1234.50") from None
    if not within_bounds(number):
        raise MoneyFault(f"{str(value)[:_MAX_TEXT]} is out of bounds: at most 18 digits before the point, 28 in all")
    return number


def _plain(text: str) -> str:
    """Text a person would call a number; Decimal itself would also take '1_000'."""
    text = text.strip()
    if len(text) > _MAX_TEXT or "_" in text:
        raise MoneyFault(f"{text[:_MAX_TEXT]!r} is not a number; write it as 1234.50")
    return text


def quantize(amount: Decimal, currency: str) -> Decimal:
    """The amount with exactly the digits of its currency; raises MoneyFault where one would be lost."""
    try:
        return amount.quantize(smallest_unit(currency), context=_exact)
    except DecimalException:
        raise MoneyFault(
            f"{amount} has more digits than {currency} has ({minor_units(currency)}); it cannot be posted exactly"
        ) from None


def round_half_up(amount: Decimal, currency: str) -> Decimal:
    """Commercial rounding to the currency, for what we compute ourselves (tax, shares), never for what we were told."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Adding two currencies is refused."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Checked: a known currency, and no more digits than it has."""
        return cls(quantize(parse_decimal(amount), currency), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        """`1,234.50 EUR`, with the digits of the currency or more where the amount has more."""
        return f"{spoken(self.amount, self.currency)} {self.currency}"

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MoneyFault(f"{self.currency} and {other.currency} cannot be added or compared")
        return other.amount


def spoken(amount: Decimal, currency: str) -> str:
    """Grouped digits for a sentence; an unknown currency keeps the digits it came with."""
    try:
        return f"{quantize(amount, currency):,f}"
    except MoneyFault:
        return f"{amount:,f}"


def allocate(total: Money, weights: Sequence[Decimal | int]) -> list[Money]:
    """Splits by weight to the smallest unit; the shares always sum to the total (largest remainder first)."""
    whole = sum(map(Decimal, weights), Decimal(0))
    if not weights or any(weight < 0 for weight in weights) or whole == 0:
        raise MoneyFault("an amount is shared out by weights that are not negative and not all zero")
    unit = smallest_unit(total.currency)
    units = int(quantize(total.amount, total.currency) / unit)
    sign = -1 if units < 0 else 1
    exact = [abs(units) * Fraction(weight) / Fraction(whole) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: shares[i] - exact[i])
    for i in by_remainder[: abs(units) - sum(shares)]:
        shares[i] += 1
    return [Money(quantize(sign * share * unit, total.currency), total.currency) for share in shares]


def sums(amounts: Iterable[Money]) -> dict[str, Decimal]:
    """Total per currency; currencies are never added together."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        totals[money.currency] += money.amount
    return dict(totals)
