"""What the numbers of an invoice say about one another: EN 16931 BR-CO-10 to 17, breakdown, lines and splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from finance.records import AllowanceCharge, Invoice, InvoiceLine, TaxSubtotal

NO_TAX = frozenset({"Z", "E", "AE", "K", "G", "O"})  # categories under which the document itself carries no tax
TOTALS = (
    "line_extension_amount",
    "allowance_total_amount",
    "charge_total_amount",
    "tax_exclusive_amount",
    "tax_amount",
    "tax_inclusive_amount",
    "prepaid_amount",
    "payable_rounding_amount",
    "payable_amount",
)
_RULE = {"K": "IC"}  # the standard names the rules of one category by another letter
_LINES_THAT_ROUND = 20  # no more lines than this may each add half a unit of rounding
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Claim:
    """A number the document states, what its parts come to, and how far rounding may set the two apart."""

    rule: str
    field: str
    what: str
    stated: Decimal
    computed: Decimal
    slack: Decimal = _ZERO
    severity: Literal["hold", "warn"] = "hold"

    @property
    def holds(self) -> bool:
        """Whether the two agree."""
        return abs(self.stated - self.computed) <= self.slack


def claims(invoice: Invoice, unit: Decimal) -> Iterator[Claim]:
    """Every relation whose numbers are stated; `unit` is the smallest of the currency."""
    yield from _sums(invoice, unit)
    for subtotal in invoice.tax_subtotals or ():
        yield from _tax(invoice, subtotal, unit)
    for line in invoice.lines or ():
        yield from _line(line, unit)


# -------------------------------------------------------------------------------------------------------- the sums
def _sums(invoice: Invoice, unit: Decimal) -> Iterator[Claim]:
    lines = [value(line.line_extension_amount) for line in invoice.lines or ()]
    allowances, charges = split_adjustments(invoice.allowance_charges or ())
    taxes = [value(subtotal.tax_amount) for subtotal in invoice.tax_subtotals or ()]
    net = invoice.line_extension_amount if stated(invoice.line_extension_amount) else sum(lines, _ZERO)
    less = _either(invoice.allowance_total_amount, allowances)
    more = _either(invoice.charge_total_amount, charges)
    tax = _either(invoice.tax_amount, taxes)

    def claim(rule: str, field: str, what: str, parts: Sequence[Any], given: bool) -> Iterator[Claim]:
        total = getattr(invoice, field)
        if given and stated(total):
            yield Claim(rule, field, what, total, sum(map(value, parts), _ZERO), loose(parts, unit))

    yield from claim("BR-CO-10", "line_extension_amount", "sum of the lines", lines, bool(lines))
    yield from claim("BR-CO-11", "allowance_total_amount", "sum of the allowances", allowances, bool(allowances))
    yield from claim("BR-CO-12", "charge_total_amount", "sum of the charges", charges, bool(charges))
    known = stated(invoice.line_extension_amount) or bool(lines)
    yield from claim("BR-CO-13", "tax_exclusive_amount", "total without tax", [net, -less, more], known)
    yield from claim("BR-CO-14", "tax_amount", "tax", taxes, bool(taxes))
    gross = [invoice.tax_exclusive_amount, tax]
    yield from claim("BR-CO-15", "tax_inclusive_amount", "total with tax", gross, stated(gross[0]))
    due = [invoice.tax_inclusive_amount, -value(invoice.prepaid_amount), invoice.payable_rounding_amount]
    yield from claim("BR-CO-16", "payable_amount", "amount due", due, stated(due[0]))


# --------------------------------------------------------------------------------------------------------- the tax
def _tax(invoice: Invoice, subtotal: TaxSubtotal, unit: Decimal) -> Iterator[Claim]:
    where = f"tax_subtotals[id={subtotal.id}]"
    category = subtotal.category_code or ""
    kind = _kind(category, subtotal.rate)
    lines = [line for line in invoice.lines or () if _kind(line.tax_category_code or "", line.tax_rate) == kind]
    taxable, tax = subtotal.taxable_amount, subtotal.tax_amount
    if stated(tax) and category in NO_TAX:
        yield Claim(
            f"BR-{_RULE.get(category, category)}-09",
            f"{where}.tax_amount",
            f"tax of category {category}",
            value(tax),
            _ZERO,
        )
    elif stated(tax) and stated(taxable) and stated(subtotal.rate):
        rounding = unit * (1 + min(max(len(lines), 1), _LINES_THAT_ROUND)) / 2
        due = value(taxable) * value(subtotal.rate) / 100
        words = f"tax at {value(subtotal.rate).normalize():f} %"
        yield Claim("BR-CO-17", f"{where}.tax_amount", words, value(tax), due, rounding)
    if stated(taxable) and _all_categorised(invoice):
        allowances, charges = split_adjustments(
            entry
            for entry in invoice.allowance_charges or ()
            if _kind(entry.tax_category_code or "", entry.tax_rate) == kind
        )
        parts = [*(value(line.line_extension_amount) for line in lines), *charges, *(-part for part in allowances)]
        what = f"base of the tax {category} {value(subtotal.rate).normalize():f} %"
        yield Claim("BR-S-08", f"{where}.taxable_amount", what, value(taxable), sum(parts, _ZERO), loose(parts, unit))


def _kind(category: str, rate: Any) -> tuple[str, Decimal]:
    """What belongs together in the breakdown; categories without tax have one rate."""
    return category, _ZERO if category in NO_TAX else value(rate)


def _all_categorised(invoice: Invoice) -> bool:
    parts: list[InvoiceLine | AllowanceCharge] = [*(invoice.lines or ()), *(invoice.allowance_charges or ())]
    return bool(invoice.lines) and all(part.tax_category_code for part in parts)


# -------------------------------------------------------------------------------------------------------- the lines
def _line(line: InvoiceLine, unit: Decimal) -> Iterator[Claim]:
    where, amount = f"lines[id={line.id}]", line.line_extension_amount
    if not stated(amount):
        return
    shares = [split.amount for split in line.splits or ()]
    if shares and all(map(stated, shares)):
        what = f"amount of line {line.id}"
        total = sum(map(value, shares), _ZERO)
        yield Claim("splits", f"{where}.splits", what, value(amount), total, loose(shares, unit))
    if stated(line.quantity) and stated(line.price_amount):
        quantity, price = value(line.quantity) / (value(line.base_quantity) or 1), value(line.price_amount)
        allowances, charges = split_adjustments(line.allowance_charges or ())
        due = quantity * price + sum(charges, _ZERO) - sum(allowances, _ZERO)
        rounding = 2 * unit + abs(quantity) * min(unit, last_digit(price)) / 2
        what = f"amount of line {line.id} (quantity times price)"
        yield Claim("line", f"{where}.line_extension_amount", what, value(amount), due, rounding, "warn")


# ------------------------------------------------------------------------------------------------------------ parts
def stated(number: Any) -> bool:
    """Whether the field has a value; zero is one."""
    return isinstance(number, Decimal)


def value(number: Any) -> Decimal:
    """The number, zero where there is none."""
    return number if isinstance(number, Decimal) else _ZERO


def loose(parts: Iterable[Any], unit: Decimal) -> Decimal:
    """Half a unit for every part that has more digits than the currency; sums of rounded parts are exact."""
    return sum((unit / 2 for part in parts if stated(part) and last_digit(part) < unit), _ZERO)


def last_digit(number: Decimal) -> Decimal:
    """The size of the last digit that counts: 0.001 for 1.2340."""
    exponent = number.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and number else Decimal(1)


def split_adjustments(entries: Iterable[AllowanceCharge]) -> tuple[list[Decimal], list[Decimal]]:
    """(allowances, charges) as amounts."""
    sides: tuple[list[Decimal], list[Decimal]] = ([], [])
    for entry in entries:
        sides[entry.charge_indicator].append(value(entry.amount))
    return sides


def _either(total: Any, parts: Iterable[Decimal]) -> Decimal:
    """The stated total, or what its parts come to."""
    return value(total) if stated(total) else sum(parts, _ZERO)
