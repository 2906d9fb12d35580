"""Amounts keep their digits and their currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.money import Money, MoneyFault, allocate, minor_units, parse_decimal, quantize, round_half_up, sums

currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF", "RSD", "IQD"])


@st.composite
def money(draw: st.DrawFn, limit: int = 10**12) -> Money:
    currency = draw(currencies)
    units = draw(st.integers(min_value=-limit, max_value=limit))
    return Money(Decimal(units).scaleb(-minor_units(currency)), currency)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("IQD", 3)]
)
def test_minor_units_are_those_of_the_ledger_not_of_the_price_tag(currency: str, digits: int) -> None:
    assert minor_units(currency) == digits


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "XYZ"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(MoneyFault, match="ISO 4217"):
        minor_units(currency)


@pytest.mark.parametrize(("amount", "currency"), [("12.345", "EUR"), ("1000.5", "JPY"), ("0.0001", "KWD")])
def test_quantize_refuses_to_lose_a_digit(amount: str, currency: str) -> None:
    with pytest.raises(MoneyFault, match="more digits"):
        quantize(Decimal(amount), currency)


def test_quantize_pads_and_drops_only_zeros() -> None:
    assert str(quantize(Decimal("12.5"), "EUR")) == "12.50"
    assert str(quantize(Decimal("12.5000"), "EUR")) == "12.50"
    assert str(quantize(Decimal("1E+3"), "JPY")) == "1000"


@pytest.mark.parametrize("value", [1.5, float("nan"), True, None, "", "NaN", "1e99", "1_000", "1,5", "9" * 100, b"1"])
def test_what_is_no_exact_number_is_refused(value: Any) -> None:
    with pytest.raises(MoneyFault):
        parse_decimal(value)


@given(money())
def test_an_amount_survives_text(amount: Money) -> None:
    assert Money.of(str(amount.amount), amount.currency) == amount


def test_two_currencies_are_never_added_or_compared() -> None:
    euro, yen = Money.of("1", "EUR"), Money.of("1", "JPY")
    for act in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen):
        with pytest.raises(MoneyFault, match="EUR and JPY"):
            act()


@given(money(), st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=12).filter(any))
def test_shares_sum_to_the_whole_and_none_is_a_unit_off(total: Money, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum((share.amount for share in shares), Decimal(0)) == total.amount
    unit = Decimal(1).scaleb(-minor_units(total.currency))
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.amount * sum(weights) - total.amount * weight) < unit * sum(weights)


def test_a_third_of_a_euro_leaves_no_cent_behind() -> None:
    assert [str(share.amount) for share in allocate(Money.of("1.00", "EUR"), [1, 1, 1])] == ["0.34", "0.33", "0.33"]
    assert [str(share.amount) for share in allocate(Money.of("-1.00", "EUR"), [1, 1, 1])] == [
        "-0.34",
        "-0.33",
        "-0.33",
    ]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_shares_without_a_weight_are_refused(weights: list[int]) -> None:
    with pytest.raises(MoneyFault, match="weights"):
        allocate(Money.of("1", "EUR"), weights)


@given(st.lists(money()))
def test_totals_are_kept_per_currency(amounts: list[Money]) -> None:
    totals = sums(amounts)
    assert set(totals) == {amount.currency for amount in amounts}
    for currency, total in totals.items():
        assert total == sum(amount.amount for amount in amounts if amount.currency == currency)


def test_half_a_cent_rounds_away_from_zero() -> None:
    assert round_half_up(Decimal("0.125"), "EUR") == Decimal("0.13")
    assert round_half_up(Decimal("-0.125"), "EUR") == Decimal("-0.13")


def test_an_amount_reads_as_a_person_writes_it() -> None:
    assert str(Money.of("1234567.5", "EUR")) == "1,234,567.50 EUR"
    assert str(Money.of("1234567", "JPY")) == "1,234,567 JPY"
