"""Nothing is booked into a period that the books have closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from finance.policies.base import Example, Finding, policy
from finance.policies.coding import posting_day
from finance.policies.facts import Period, PolicyFacts
from finance.policies.samples import sample_invoice
from finance.records import Invoice


def _facts(**states: Literal["open", "soft_closed", "closed"]) -> PolicyFacts:
    months = {"february": (date(2026, 2, 1), date(2026, 2, 28)), "march": (date(2026, 3, 1), date(2026, 3, 31))}
    return {"periods": [Period(name.title(), *months[name], state) for name, state in states.items()]}


_OPEN = _facts(february="closed", march="open")
_SOFT = _facts(february="soft_closed", march="open")


@policy(
    code="period_closed",
    objects=("invoice",),
    needs=("periods",),
    label="The period is closed",
    examples=[
        Example("posted into an open period", sample_invoice(), _OPEN),
        Example("dated in a closed period", sample_invoice(issue_date="2026-02-27"), _OPEN, ("hold",)),
        Example(
            "dated before, posted into the open one",
            sample_invoice(issue_date="2026-02-27", posting_date="2026-03-02"),
            _OPEN,
        ),
        Example("a soft-closed period", sample_invoice(issue_date="2026-02-27"), _SOFT, ("hold",)),
        Example("a day no period covers", sample_invoice(posting_date="2027-01-05"), _OPEN, ("hold",)),
        Example("no date at all", {"invoice_number": "INV-1001"}, _OPEN, ("hold",)),
    ],
)
def period_closed(invoice: Invoice, facts: PolicyFacts) -> Iterator[Finding]:
    """Holds an invoice whose posting date, else its own date, lies in a period that is not open for payables."""
    day = posting_day(invoice)
    entity = (invoice.entity.natural_key or invoice.entity.external_id) if invoice.entity else ""
    field = "posting_date" if invoice.posting_date else "issue_date"
    period = _period(day, facts["periods"])
    if period and period.state == "open":
        return
    yield Finding(
        "hold",
        (field,),
        f"{_words(day, period)} The invoice stays out of the books until then, and its payment waits. "
        f"{_remedy(period, day, facts['periods'])}",
        f"period_closed:{entity}:{period.name if period else day}",
        {"day": day.isoformat() if day else None, "period": period.name if period else None},
    )


def _period(day: date | None, periods: Sequence[Period]) -> Period | None:
    return next((period for period in periods if day and period.start <= day <= period.end), None)


def _words(day: date | None, period: Period | None) -> str:
    if day is None:
        return "The invoice states no date to post it by."
    if period is None:
        return f"No posting period covers {day}."
    how = "closed" if period.state == "closed" else "being closed: only the controller may post into it"
    return f"{day} lies in {period.name}, which is {how}."


def _remedy(period: Period | None, day: date | None, periods: Sequence[Period]) -> str:
    """Points to the next open period, or to whoever opens one."""
    otherwise = f"have {period.name} opened again" if period else "have a period opened in the ERP"
    coming = [other for other in periods if other.state == "open" and (day is None or other.end >= day)]
    if not coming:
        return f"{otherwise[0].upper()}{otherwise[1:]}."
    best = min(coming, key=lambda other: other.start)
    return f"Post it with a date from {best.start} ({best.name}), or {otherwise}."
