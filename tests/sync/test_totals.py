"""Nothing is posted whose totals, sign or currency are not what was approved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Totals
from connectors.catalog.tryton.contents import totals as tryton_totals
from finance.policies.samples import sample_invoice
from sync.runs.work.finish import totals_differ

NET, TAX, PAYABLE = Decimal("100"), Decimal("19"), Decimal("119")


def approved(**changes: Any) -> dict[str, Any]:
    amounts = {"tax_exclusive_amount": "100", "tax_amount": "19", "tax_inclusive_amount": "119", "currency_code": "EUR"}
    return sample_invoice(**{**amounts, "payable_amount": "119", **changes})


def in_tryton(sign: int) -> Totals:
    """What the ERP's invoice says; a credit note is negative there."""
    amounts = {"untaxed_amount": NET, "tax_amount": TAX, "total_amount": PAYABLE}
    return tryton_totals({"currency": {"code": "EUR"}, **{k: str(sign * v) for k, v in amounts.items()}})


@pytest.mark.parametrize("changes", [{}, {"tax_amount": "19.00"}])
def test_totals_that_agree_to_the_cent_pass(changes: dict[str, str]) -> None:
    assert totals_differ(approved(**changes), Totals("EUR", NET, TAX, PAYABLE)) is None


@pytest.mark.parametrize(
    ("theirs", "word"),
    [
        (Totals("USD", NET, TAX, PAYABLE), "Currency"),
        (Totals("EUR", NET, TAX, -PAYABLE), "-119"),
        (Totals("EUR", Decimal("99.99"), TAX, PAYABLE), "99.99"),
        (Totals("EUR", NET, Decimal("19.01"), PAYABLE), "19.01"),
        (Totals("EUR", NET, TAX, Decimal("119.01")), "119.01"),
    ],
)
def test_another_currency_sign_net_tax_or_total_is_not_posted(theirs: Totals, word: str) -> None:
    said = totals_differ(approved(), theirs)
    assert said is not None and word in said and said.endswith("Correct the document or its tax code.")


def test_an_invoice_that_became_a_credit_note_is_not_posted() -> None:
    assert totals_differ(approved(), in_tryton(1)) is None
    assert totals_differ(approved(invoice_type_code="381"), in_tryton(-1)) is None
    assert totals_differ(approved(), in_tryton(-1)) is not None
    assert totals_differ(approved(invoice_type_code="381"), in_tryton(1)) is not None


def test_a_negative_invoice_agrees_with_the_credit_the_erp_makes_of_it() -> None:
    negative = approved(
        tax_exclusive_amount="-100", tax_amount="-19", tax_inclusive_amount="-119", payable_amount="-119"
    )
    assert totals_differ(negative, in_tryton(-1)) is None
    assert totals_differ(negative, in_tryton(1)) is not None


def test_what_the_approved_document_does_not_state_is_not_compared_but_the_total_always_is() -> None:
    bare = {"currency_code": "EUR", "payable_amount": "119"}
    assert totals_differ(bare, Totals("EUR", NET, TAX, PAYABLE)) is None
    assert totals_differ({"currency_code": "EUR"}, Totals("EUR", NET, TAX, PAYABLE)) is not None
