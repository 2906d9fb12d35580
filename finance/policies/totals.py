"""The document must agree with itself before anybody books or pays it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from finance.money import MoneyFault, minor_units, smallest_unit, spoken
from finance.policies.arithmetic import TOTALS, Claim, claims, last_digit, stated
from finance.policies.base import Example, Finding, policy
from finance.policies.facts import PolicyFacts
from finance.policies.samples import sample_invoice
from finance.records import Invoice, Payload


def _line(amount: str, category: str = "S", rate: str = "19", **more: Any) -> Payload:
    return {"id": "1", "line_extension_amount": amount, "tax_category_code": category, "tax_rate": rate, **more}


def _document(
    net: str, tax: str, gross: str, category: str = "S", rate: str = "19", base: str = "", **changes: Any
) -> Payload:
    subtotal = {"id": "1", "category_code": category, "rate": rate, "taxable_amount": base or net, "tax_amount": tax}
    totals = {
        "line_extension_amount": net,
        "tax_exclusive_amount": net,
        "tax_amount": tax,
        "tax_inclusive_amount": gross,
        "payable_amount": gross,
    }
    lines = [_line(net, category, rate)]
    return sample_invoice(**{**totals, "tax_subtotals": [subtotal], "lines": lines, **changes})


def _adjustment(number: str, charge: bool) -> Payload:
    return {"id": number, "charge_indicator": charge, "amount": "10.00", "tax_category_code": "S", "tax_rate": "19"}


_HALVES = [{"id": "1", "amount": "60.00"}, {"id": "2", "amount": "39.00"}]


@policy(
    code="totals",
    objects=("invoice",),
    label="Totals and tax do not add up",
    examples=[
        Example("all adds up", sample_invoice(), {}),
        Example("payable a cent off", sample_invoice(payable_amount="119.01"), {}, ("hold",)),
        Example("lines do not sum to the total", sample_invoice(lines=[_line("90.00")]), {}, ("hold", "hold")),
        Example("tax is not the rate of its base", _document("100.00", "19.50", "119.50"), {}, ("hold",)),
        Example("tax a cent off, as rounding goes", _document("100.00", "19.01", "119.01"), {}),
        Example(
            "partly prepaid, the rest rounded",
            sample_invoice(prepaid_amount="50.00", payable_rounding_amount="0.02", payable_amount="69.02"),
            {},
        ),
        Example(
            "an allowance and a charge",
            sample_invoice(
                allowance_charges=[_adjustment("1", False), _adjustment("2", True)],
                allowance_total_amount="10.00",
                charge_total_amount="10.00",
            ),
            {},
        ),
        Example(
            "an allowance that was not taken off",
            sample_invoice(allowance_charges=[_adjustment("1", False)], allowance_total_amount="10.00"),
            {},
            ("hold", "hold"),
        ),
        Example("yen", _document("1000", "100", "1100", rate="10", currency_code="JPY"), {}),
        Example(
            "yen with a fraction",
            _document("1000", "100", "1100", rate="10", currency_code="JPY", payable_amount="1100.5"),
            {},
            ("hold", "hold"),
        ),
        Example(
            "reverse charge: the tax is the buyer's, none on the document",
            _document("100.00", "0.00", "100.00", "AE", "0", self_assessed_tax_amount="19.00"),
            {},
        ),
        Example("reverse charge with tax all the same", _document("100.00", "19.00", "119.00", "AE"), {}, ("hold",)),
        Example("credit note, amounts as printed", sample_invoice(invoice_type_code="381"), {}),
        Example(
            "splits do not sum to the line", sample_invoice(lines=[_line("100.00", splits=_HALVES)]), {}, ("hold",)
        ),
        Example(
            "a line is not quantity times price",
            sample_invoice(lines=[_line("100.00", quantity="9", price_amount="10.00")]),
            {},
            ("warn",),
        ),
        Example("no such currency", sample_invoice(currency_code="EURO"), {}, ("block",)),
    ],
)
def totals(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Holds an invoice whose sums, allowances, tax, prepaid and payable amounts do not agree with one another.

    Sums are exact in the digits of the currency; tax may be off by the rounding of its lines, and no more.
    """
    currency = invoice.currency_code or ""
    vendor = (invoice.vendor.natural_key or invoice.vendor.external_id) if invoice.vendor else ""
    try:
        unit = smallest_unit(currency)
    except MoneyFault as fault:
        message = f"{fault}. Without a currency no amount can be booked or paid; correct it from the document."
        yield Finding("block", ("currency_code",), message, f"totals:currency:{currency}")
        return
    for name in TOTALS:
        amount = getattr(invoice, name)
        if stated(amount) and last_digit(amount) < unit:
            message = (
                f"{amount} {currency} has more digits than {currency} has ({minor_units(currency)}); it cannot be "
                "paid exactly. Correct the amount or the currency from the document."
            )
            yield Finding("hold", (name,), message, f"totals:digits:{vendor}", {"stated": str(amount)})
    yield from (_finding(claim, currency, vendor) for claim in claims(invoice, unit) if not claim.holds)


def _finding(claim: Claim, currency: str, vendor: str) -> Finding:
    off = claim.stated - claim.computed
    message = (
        f"The document states {spoken(claim.stated, currency)} {currency} as {claim.what}, but its parts come to "
        f"{spoken(claim.computed, currency)} {currency}: {spoken(abs(off), currency)} {currency} "
        f"{'too much' if off > 0 else 'too little'}. Correct what was misread, or send it back to the supplier."
    )
    detail = {"rule": claim.rule, "stated": str(claim.stated), "computed": str(claim.computed)}
    return Finding(claim.severity, (claim.field,), message, f"totals:{claim.rule}:{vendor}", detail)
