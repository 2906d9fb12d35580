"""Sums that should hold on a document. A bill that fails is taken in all the same, with a flag for the clerk."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox.einvoice.reading import Found
from sandbox.money import rounded, text, total
from sandbox.shapes import Bill
from sandbox.shapes.bill_parts import Flag


def flags(found: Found) -> Iterator[Flag]:
    """One flag per sum that does not hold, with both amounts."""
    bill = found.bill
    lines = total(line.net_amount for line in bill.lines)
    stated = Decimal(found.line_total) if found.line_total is not None else lines
    charges = total(item.amount for item in bill.allowances_charges if item.kind == "charge")
    allowances = total(item.amount for item in bill.allowances_charges if item.kind == "allowance")
    net, tax, gross = Decimal(bill.net_amount), Decimal(bill.tax_amount), Decimal(bill.gross_amount)
    payable = gross - Decimal(bill.prepaid_amount) + Decimal(bill.rounding_amount)
    sums = (
        ("the lines", lines, "the sum of lines", stated),
        ("lines, allowances and charges", stated - allowances + charges, "the total without tax", net),
        ("net and tax", net + tax, "the total with tax", gross),
        ("total less prepaid plus rounding", payable, "the amount due", Decimal(bill.payable_amount)),
    )
    for left, have, right, want in sums:
        if have != want:
            yield _flag(bill, f"{left} come to {text(have)}, {right} says {text(want)}")
    yield from _tax_flags(bill, tax)


def _tax_flags(bill: Bill, tax: Decimal) -> Iterator[Flag]:
    if not bill.tax_breakdown:
        return
    stated = total(row.tax_amount for row in bill.tax_breakdown)
    if stated != tax:
        yield _flag(bill, f"the tax rows come to {text(stated)}, the tax total says {text(tax)}")
    for row in bill.tax_breakdown:
        rate = Decimal(row.rate_percent or "0")
        expected = rounded(Decimal(row.taxable_amount) * rate / 100, bill.currency_code)
        if abs(expected - Decimal(row.tax_amount)) > 1:
            yield _flag(
                bill, f"tax of {text(rate)} % on {row.taxable_amount} is {text(expected)}, not {row.tax_amount}"
            )


def _flag(bill: Bill, words: str) -> Flag:
    return Flag(code="totalsDoNotAddUp", text=f"{words[0].upper()}{words[1:]} {bill.currency_code}.")
