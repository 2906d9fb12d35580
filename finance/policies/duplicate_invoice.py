"""No invoice is paid twice, and no series, rent or next number is stopped for looking alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from finance.identity import CREDIT_NOTES, same_invoice_number, series_gap, similar_invoice_number
from finance.money import spoken
from finance.policies.base import Example, Finding, policy
from finance.policies.facts import InvoiceCandidate, PaymentStatus, PolicyFacts, PolicyOptions
from finance.policies.pairs import invoice_face, pair_key, shared_payee
from finance.policies.samples import sample_invoice
from finance.records import Invoice, decode_as

_OTHER_VENDOR = {"object": "vendor", "natural_key": "V-200"}
_WORDS: dict[PaymentStatus, str] = {
    "open": "not paid yet",
    "partly_paid": "partly paid",
    "paid": "already paid",
    "unknown": "payment status unknown",
}


def _known(status: PaymentStatus = "open", **changes: Any) -> InvoiceCandidate:
    invoice = decode_as(Invoice, sample_invoice(**changes))
    return InvoiceCandidate.of(invoice, system="ERP", external_id="77", payment_status=status)


def _facts(*candidates: InvoiceCandidate, released: frozenset[str] = frozenset()) -> PolicyFacts:
    return {"invoice_candidates": candidates, "released_pairs": released}


def _pair(ours: InvoiceCandidate, known: InvoiceCandidate) -> str:
    """The name of the pair: the two documents of one payee, so that a release is good for nobody else's."""
    payee = shared_payee(ours.payees, known.payees)
    faces = [invoice_face(payee, one.invoice_number, one.issue_date, one.gross, one.currency) for one in (ours, known)]
    return pair_key(*faces)


_RELEASED = frozenset({_pair(_known(), _known(issue_date="2026-02-20"))})


@policy(
    code="duplicate_invoice",
    objects=("invoice",),
    needs=("invoice_candidates", "released_pairs"),
    label="The invoice is there already",
    examples=[
        Example("same number, already paid", sample_invoice(), _facts(_known("paid")), ("block",)),
        Example(
            "same number in another spelling, keyed in the ERP",
            sample_invoice(),
            _facts(_known(invoice_number="inv 01001", origin="erp_keyed", tax_inclusive_amount="120.00")),
            ("block",),
        ),
        Example("a digit misread", sample_invoice(), _facts(_known(invoice_number="INV-1007")), ("hold",)),
        Example("a letter for a digit", sample_invoice(), _facts(_known(invoice_number="INV-1O01")), ("hold",)),
        Example("the next number", sample_invoice(), _facts(_known(invoice_number="INV-1002"))),
        Example(
            "a few further in a series that is there",
            sample_invoice(),
            _facts(*(_known(invoice_number=f"INV-100{n}") for n in (2, 3, 4))),
        ),
        Example(
            "last month's rent",
            sample_invoice(invoice_number="RENT-0326"),
            _facts(_known(invoice_number="RENT-0226", issue_date="2026-02-02")),
        ),
        Example(
            "weekly service, as every week",
            sample_invoice(invoice_number="W3-09", issue_date="2026-03-16"),
            _facts(
                _known(invoice_number="W3-02", issue_date="2026-03-09"),
                _known(invoice_number="W2-23", issue_date="2026-03-02"),
            ),
        ),
        Example(
            "another billing period",
            sample_invoice(invoice_number="A-3117", period_start="2026-03-01", period_end="2026-03-15"),
            _facts(_known(invoice_number="A-3111", period_start="2026-02-16", period_end="2026-02-28")),
        ),
        Example(
            "alike, but another amount",
            sample_invoice(),
            _facts(_known(invoice_number="INV-1007", tax_inclusive_amount="80")),
        ),
        Example("credit note under the same number", sample_invoice(), _facts(_known(invoice_type_code="381"))),
        Example("the first one was made void", sample_invoice(), _facts(_known("void"))),
        Example(
            "another vendor",
            sample_invoice(),
            _facts(_known(vendor=_OTHER_VENDOR)),
        ),
        Example("released before", sample_invoice(), _facts(_known(issue_date="2026-02-20"), released=_RELEASED)),
        Example(
            "released before, of another vendor",
            sample_invoice(vendor=_OTHER_VENDOR),
            _facts(_known(issue_date="2026-02-20", vendor=_OTHER_VENDOR), released=_RELEASED),
            ("block",),
        ),
    ],
)
def duplicate_invoice(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Blocks the same number of the same payee; holds a similar number with the same gross amount and a near date.

    Consecutive numbers, series that are there, regular services and other billing periods pass. Invoices keyed in the
    ERP and paid ones count; what was made void does not.
    """
    options = facts.get("options", PolicyOptions())
    ours = InvoiceCandidate.of(invoice, system="", external_id="", payees=facts.get("payees", frozenset()))
    if not ours.invoice_number:
        return
    same_payee = [known for known in facts["invoice_candidates"] if _comparable(ours, known)]
    for known in same_payee:
        pair = _pair(ours, known)
        if pair in facts["released_pairs"]:
            continue
        if same_invoice_number(ours.invoice_number, known.invoice_number):
            yield _finding(ours, known, pair, same_number=True)
        elif _suspicious(ours, known, same_payee, options.near_days):
            yield _finding(ours, known, pair, same_number=False)


def _comparable(ours: InvoiceCandidate, known: InvoiceCandidate) -> bool:
    """Same payee, both invoices or both credits, and the other not void."""
    return (
        known.payment_status != "void"
        and (ours.type_code in CREDIT_NOTES) == (known.type_code in CREDIT_NOTES)
        and bool(ours.payees & known.payees)
    )


def _suspicious(
    ours: InvoiceCandidate, known: InvoiceCandidate, same_payee: Sequence[InvoiceCandidate], near_days: int
) -> bool:
    return (
        similar_invoice_number(ours.invoice_number, known.invoice_number)
        and ours.gross is not None
        and (ours.gross, ours.currency) == (known.gross, known.currency)
        and _near(ours.issue_date, known.issue_date, near_days)
        and not _in_series(ours, known, same_payee)
        and not _other_period(ours, known)
        and not _regular(ours, same_payee)
    )


# ------------------------------------------------------------------------------------------------ what looks alike
def _near(one: date | None, other: date | None, days: int) -> bool:
    """Close together, or one with day and month of the other swapped; an unknown date is near everything."""
    if one is None or other is None:
        return True
    swapped = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return swapped or abs(one - other) <= timedelta(days=days)


# -------------------------------------------------------------------------------------------- and why it may be so
def _in_series(ours: InvoiceCandidate, known: InvoiceCandidate, same_payee: Sequence[InvoiceCandidate]) -> bool:
    """The next number, or one further on where all numbers in between are there."""
    gap = series_gap(ours.invoice_number, known.invoice_number)
    if gap is None or gap > 20:
        return False
    between = {
        near
        for other in same_payee
        if (near := series_gap(ours.invoice_number, other.invoice_number)) is not None
        and near + (series_gap(other.invoice_number, known.invoice_number) or 0) == gap
    }
    return between >= set(range(1, gap))


def _other_period(ours: InvoiceCandidate, known: InvoiceCandidate) -> bool:
    """Both say what time they are for, and the times do not overlap."""
    if ours.period is None or known.period is None:
        return False
    return ours.period[1] < known.period[0] or known.period[1] < ours.period[0]


def _regular(ours: InvoiceCandidate, same_payee: Sequence[InvoiceCandidate]) -> bool:
    """One more of a service of one price that comes at even intervals of five days or more."""
    days = {
        known.issue_date
        for known in (ours, *same_payee)
        if known.issue_date and (known.gross, known.currency) == (ours.gross, ours.currency)
    }
    gaps = [(later - earlier).days for earlier, later in pairwise(sorted(days))]
    return len(gaps) >= 2 and min(gaps) >= 5 and max(gaps) - min(gaps) <= 3


# ----------------------------------------------------------------------------------------------------------- words
def _finding(ours: InvoiceCandidate, known: InvoiceCandidate, pair: str, *, same_number: bool) -> Finding:
    amount = f"{spoken(known.gross, known.currency)} {known.currency}" if known.gross is not None else "no total"
    twin = (
        f"{known.invoice_number} of {known.issue_date or 'an unknown date'}, {amount}, {_WORDS[known.payment_status]}"
    )
    keyed = ", keyed there by hand" if known.origin == "erp_keyed" else ""
    what = (
        f"Invoice {ours.invoice_number} is already in {known.system}{keyed}: {twin}."
        if same_number
        else f"Invoice {ours.invoice_number} looks like one in {known.system}{keyed}: {twin}. "
        "Only the number differs a little."
    )
    stake = f"{spoken(ours.gross or Decimal(0), ours.currency)} {ours.currency}"
    return Finding(
        severity="block" if same_number else "hold",
        fields=("invoice_number",),
        message=f"{what} Posting both would pay {stake} twice. "
        "Compare the two documents; reject this one, or release the pair if the supplier means both.",
        cause_key=f"duplicate_invoice:{known.system}:{known.external_id}",
        detail={
            "pair": pair,
            "system": known.system,
            "external_id": known.external_id,
            "invoice_number": known.invoice_number,
            "document_number": known.document_number,
            "issue_date": known.issue_date.isoformat() if known.issue_date else None,
            "gross": None if known.gross is None else str(known.gross),
            "currency": known.currency,
            "payment_status": known.payment_status,
            "origin": known.origin,
        },
    )
