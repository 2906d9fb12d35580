"""No line without an account and the dimensions its account asks for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finance.policies.base import Example, Finding, policy
from finance.policies.coding import SAMPLE_ACCOUNTS, SAMPLE_DIMENSIONS, Cause, gather, sample_lines, shares
from finance.policies.facts import PolicyFacts
from finance.policies.samples import sample_coded, sample_invoice
from finance.records import Dimension, Invoice, decode_as

_FACTS: PolicyFacts = {"accounts": SAMPLE_ACCOUNTS, "dimensions": SAMPLE_DIMENSIONS}
_PROJECT = {"PROJECT": decode_as(Dimension, {"code": "PROJECT", "name": "Project", "required": True})}


@policy(
    code="coding_missing",
    objects=("invoice",),
    needs=("accounts", "dimensions"),
    label="Coding is missing",
    examples=[
        Example("coded as its account asks", sample_invoice(), _FACTS),
        Example("an account that asks for nothing", sample_coded("4100"), _FACTS),
        Example("no coding at all", sample_invoice(**sample_lines()), _FACTS, ("hold",)),
        Example("no account", sample_invoice(**sample_lines({"id": "1", "amount": "100.00"})), _FACTS, ("hold",)),
        Example("the department its account asks for", sample_coded("4000"), _FACTS, ("hold",)),
        Example(
            "a dimension every coding must carry",
            sample_coded("4100"),
            {"accounts": SAMPLE_ACCOUNTS, "dimensions": {**SAMPLE_DIMENSIONS, **_PROJECT}},
            ("hold",),
        ),
        Example(
            "a line of text without money",
            sample_invoice(lines=[{"id": "1", "line_extension_amount": "0.00", "note": "Thank you"}]),
            _FACTS,
        ),
    ],
)
def coding_missing(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Holds an invoice with a line that lacks its account, or a dimension that its account or everybody must carry."""
    yield from gather(_missing(invoice, facts), invoice, "line")


def _missing(invoice: Invoice, facts: PolicyFacts) -> Iterator[tuple[Cause, str, Decimal]]:
    for line in invoice.lines or ():
        if line.line_extension_amount != 0 and not line.splits:
            yield _no_account(), f"lines[id={line.id}].splits", line.line_extension_amount or Decimal(0)
    everybody = {code for code, dimension in facts["dimensions"].items() if dimension.required}
    for share in shares(invoice):
        account = facts["accounts"].get(share.account)
        if not share.account:
            yield _no_account(), f"{share.path}.account_code", share.amount
        asked = everybody | set((account.required_dimensions or ()) if account else ())
        for code in sorted(asked - share.values.keys()):
            yield _no_value(code, facts), f"{share.path}.dimensions[dimension_code={code}]", share.amount


def _no_account() -> Cause:
    remedy = "Choose the account it belongs to."
    return Cause("coding_missing:account", "No account is chosen", remedy)


def _no_value(code: str, facts: PolicyFacts) -> Cause:
    known = facts["dimensions"].get(code)
    name = (known.name if known else "") or code
    return Cause(f"coding_missing:{code}", f"{name} is missing", f"Choose a value of {name}.")
