"""No difference between two systems hides: not behind a sum, not behind an explanation."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.agreement import Difference, Explanation, Line, Reason, Side, Sums, agree

Books = list[Line]


def line(key: str = "V1|INV-1", amount: str = "100.00", **changes: object) -> Line:
    base = Line(key, "DE01", "EUR", "credit", Decimal(amount), "posted", date(2026, 3, 2))
    return replace(base, **changes)  # type: ignore[arg-type]


def books(rng: random.Random, size: int) -> Books:
    return [
        Line(
            f"V{rng.randrange(40)}|INV-{n}",
            rng.choice(["DE01", "JP01"]),
            rng.choice(["EUR", "JPY", "USD"]),
            rng.choice(["credit", "credit", "debit"]),
            Decimal(rng.randrange(1, 10**7)).scaleb(-2),
            rng.choice(["open", "paid"]),
            date(2026, 3, rng.randrange(1, 29)),
        )
        for n in range(size)
    ]


# ------------------------------------------------------------------------------------------------------ what is seen
def test_equal_books_agree_whatever_their_order() -> None:
    ours = books(random.Random(1), 200)
    result = agree("invoice", ours, reversed(ours))
    assert result.agrees
    assert all(row.difference == Sums() for row in result.rows)


def test_debits_and_credits_never_cancel() -> None:
    left = [line("a", "100"), line("b", "100", side="debit")]
    (row,) = agree("invoice", left, []).rows
    assert row.difference == Sums(2, Decimal(100), Decimal(100))
    assert len(row.unexplained) == 2


def test_plus_and_minus_a_hundred_that_would_cancel_are_two_differences() -> None:
    left = [line("a", "500"), line("b", "500")]
    right = [line("a", "600"), line("b", "400")]
    (row,) = agree("invoice", left, right).rows
    assert row.difference == Sums()
    assert [part.key for part in row.unexplained] == ["a", "b"]
    assert not row.agrees


def test_the_portal_is_shown_and_not_judged() -> None:
    (row,) = agree("invoice", [line()], [line()], portal=[line(), line("b")]).rows
    assert (row.left.count, row.portal.count, row.right.count) == (1, 2, 1)
    assert row.agrees


def test_rows_are_per_company_and_currency() -> None:
    left = [line(), line("b", currency="JPY"), line("c", company="JP01")]
    rows = agree("invoice", left, []).rows
    assert [(row.company, row.currency) for row in rows] == [("DE01", "EUR"), ("DE01", "JPY"), ("JP01", "EUR")]


def test_an_unsigned_amount_is_required() -> None:
    with pytest.raises(ValueError, match="unsigned"):
        agree("invoice", [line(amount="-1")], [])


def test_a_difference_carries_what_a_person_looks_it_up_by() -> None:
    (part,) = agree("invoice", [line(amount="100.00")], [line(amount="99.99", stage="paid")]).unexplained
    assert part == Difference(
        "V1|INV-1",
        "credit",
        1,
        1,
        Decimal("100.00"),
        Decimal("99.99"),
        stages=("posted", "paid"),
        day=date(2026, 3, 2),
    )


# ---------------------------------------------------------------------------------------------- what is explained
@pytest.mark.parametrize(
    "reason", ["in_process", "in_transit", "held", "out_of_scope", "erp_keyed", "manual_journal", "cut_off"]
)
def test_a_one_sided_reason_explains_only_what_stands_on_one_side(reason: Reason) -> None:
    told = {"V1|INV-1": reason}
    assert agree("invoice", [line()], [], explanations=told).agrees
    assert not agree("invoice", [line()], [line(amount="99")], explanations=told).agrees
    assert not agree("invoice", [line()], [line(currency="USD")], explanations=told).agrees
    assert not agree("invoice", [line()], [line(side="debit")], explanations=told).agrees


@pytest.mark.parametrize(
    ("told", "explains"),
    [
        (Explanation("held", only="left", amount=Decimal(100), side="credit", company="DE01", currency="EUR"), True),
        (Explanation("held", only="right"), False),
        (Explanation("held", amount=Decimal("99.99")), False),
        (Explanation("held", side="debit"), False),
        (Explanation("held", company="JP01"), False),
        (Explanation("held", currency="USD"), False),
    ],
)
def test_what_is_told_besides_the_reason_must_be_so(told: Explanation, explains: bool) -> None:
    assert agree("invoice", [line()], [], explanations={"V1|INV-1": told}).agrees is explains


def test_an_explanation_that_explains_nothing_is_named() -> None:
    told: dict[str, Reason] = {"gone": "held", "V1|INV-1": "in_process"}
    assert agree("invoice", [line()], [], explanations=told).unused == ("gone",)
    assert agree("invoice", [line()], [line()], explanations=told).unused == ("V1|INV-1", "gone")


@pytest.mark.parametrize(
    ("currency", "other", "explains"),
    [("EUR", "100.05", True), ("EUR", "100.06", False), ("JPY", "105", True), ("JPY", "106", False)],
)
def test_rounding_is_bounded_by_the_currency(currency: str, other: str, explains: bool) -> None:
    left, right = [line(currency=currency)], [line(amount=other, currency=currency)]
    assert agree("invoice", left, right, explanations={"V1|INV-1": "rounding"}).agrees is explains


def test_revaluation_needs_the_record_on_both_sides() -> None:
    told: dict[str, Reason] = {"V1|INV-1": "revaluation"}
    assert agree("invoice", [line()], [line(amount="140")], explanations=told).agrees
    assert not agree("invoice", [line()], [], explanations=told).agrees


def test_explained_differences_are_added_up_by_reason() -> None:
    left = [line("a", "10"), line("b", "20"), line("c", "5", side="debit")]
    told: dict[str, Reason] = {"a": "held", "b": "held", "c": "in_transit"}
    (row,) = agree("invoice", left, [], explanations=told).rows
    assert row.by_reason() == {"held": Sums(2, Decimal(0), Decimal(30)), "in_transit": Sums(1, Decimal(5), Decimal(0))}


# --------------------------------------------------------------------------------------- what is injected is found
def other_side(side: Side) -> Side:
    return "debit" if side == "credit" else "credit"


def changed_amount(rng: random.Random, ledger: Books) -> set[str]:
    n = rng.randrange(len(ledger))
    ledger[n] = replace(ledger[n], amount=ledger[n].amount + Decimal(rng.choice(["0.01", "100", "9.99"])))
    return {ledger[n].key}


def dropped_line(rng: random.Random, ledger: Books) -> set[str]:
    return {ledger.pop(rng.randrange(len(ledger))).key}


def doubled_line(rng: random.Random, ledger: Books) -> set[str]:
    ledger.append(rng.choice(ledger))
    return {ledger[-1].key}


def moved_currency(rng: random.Random, ledger: Books) -> set[str]:
    n = rng.randrange(len(ledger))
    ledger[n] = replace(ledger[n], currency="GBP")
    return {ledger[n].key}


def moved_company(rng: random.Random, ledger: Books) -> set[str]:
    n = rng.randrange(len(ledger))
    ledger[n] = replace(ledger[n], company="XX01")
    return {ledger[n].key}


def swapped_side(rng: random.Random, ledger: Books) -> set[str]:
    n = rng.randrange(len(ledger))
    ledger[n] = replace(ledger[n], side=other_side(ledger[n].side))
    return {ledger[n].key}


def cancelling_hundreds(rng: random.Random, ledger: Books) -> set[str]:
    one, other = rng.sample(range(len(ledger)), 2)
    ledger[one] = replace(ledger[one], amount=ledger[one].amount + 100)
    ledger[other] = replace(ledger[other], amount=ledger[other].amount + 200)
    ledger[other] = replace(ledger[other], amount=abs(ledger[other].amount - 300))
    return {ledger[one].key, ledger[other].key}


def swapped_amounts(rng: random.Random, ledger: Books) -> set[str]:
    one, other = rng.sample(range(len(ledger)), 2)
    first, second = ledger[one], ledger[other]
    ledger[one], ledger[other] = replace(first, amount=second.amount), replace(second, amount=first.amount)
    return {first.key, second.key} if first.amount != second.amount else set()


INJECTIONS: list[Callable[[random.Random, Books], set[str]]] = [
    changed_amount,
    dropped_line,
    doubled_line,
    moved_currency,
    moved_company,
    swapped_side,
    cancelling_hundreds,
    swapped_amounts,
]


def test_a_thousand_injected_imbalances_are_all_found_and_nothing_else() -> None:
    """Among explained differences too: some keys stand on one side only, each with what is known about it."""
    rng = random.Random(20260302)
    for round_ in range(1000):
        left = books(rng, 30)
        right = list(left)
        waiting = [right.pop(rng.randrange(len(right))) for _ in range(3)]
        told = {
            gone.key: Explanation("in_process", "left", gone.amount, gone.side, gone.company, gone.currency)
            for gone in waiting
        }
        assert agree("invoice", left, right, explanations=told).agrees
        side = rng.choice([left, right])
        wrong = INJECTIONS[round_ % len(INJECTIONS)](rng, side)
        result = agree("invoice", left, right, explanations=told)
        vanished = wrong - {entry.key for entry in (*left, *right)}
        assert {part.key for part in result.unexplained} == wrong - vanished, (round_, side is left)
        assert vanished <= set(result.unused)


amounts = st.integers(min_value=0, max_value=10**15).map(lambda n: Decimal(n).scaleb(-2))
lines = st.builds(
    Line,
    st.sampled_from("abcdef"),
    st.sampled_from(["DE01", "JP01"]),
    st.sampled_from(["EUR", "JPY"]),
    st.sampled_from(["debit", "credit"]),
    amounts,
)
reasons: st.SearchStrategy[Reason] = st.sampled_from(["held", "rounding", "revaluation", "cut_off"])


@given(st.lists(lines, max_size=12), st.lists(lines, max_size=12), st.dictionaries(st.sampled_from("abcdef"), reasons))
def test_every_difference_is_split_to_the_last_digit(left: Books, right: Books, told: dict[str, Reason]) -> None:
    for row in agree("invoice", left, right, explanations=told).rows:
        here = [
            [part for part in side if (part.company, part.currency) == (row.company, row.currency)]
            for side in (left, right)
        ]
        for name, debit_or_credit in (("debit", "debit"), ("credit", "credit")):
            ours, theirs = (sum((p.amount for p in side if p.side == debit_or_credit), Decimal(0)) for side in here)
            parts = [getattr(part.sums, name) for part in (*row.explained, *row.unexplained)]
            assert getattr(row.difference, name) == ours - theirs == sum(parts, Decimal(0))


@given(st.lists(lines, max_size=12), st.lists(lines, max_size=12))
def test_two_books_agree_exactly_when_they_hold_the_same_lines(left: Books, right: Books) -> None:
    def plain(ledger: Books) -> list[tuple[object, ...]]:
        return sorted((p.key, p.company, p.currency, p.side, p.amount) for p in ledger)

    assert agree("invoice", left, right).agrees == (plain(left) == plain(right))
