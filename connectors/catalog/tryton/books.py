"""The ERP's own books for the agreement. Shares nothing with reading: other fields, other queries, no shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Literal

from connectors.base import Json, LedgerLine
from connectors.catalog.tryton.dialect import day
from connectors.catalog.tryton.rest import Domain, Rest

Ledger = Callable[[Rest, Mapping[str, str], date], Iterator[LedgerLine]]
ZERO = Decimal(0)


def _counted(
    obj: str, model: str, key: str, domain: Domain, own: bool, rest: Rest, values: Mapping[str, str], as_of: date
) -> Iterator[LedgerLine]:
    """Records without an amount: one line each, to be counted."""
    scope = [["company", "=", rest.company]] if own else []
    for one in rest.walk(model, [*domain, *scope], (key,)):
        yield LedgerLine(obj, one["id"], one[key] or "", str(rest.company), "", "debit", ZERO, "active")


def vendors(rest: Rest, values: Mapping[str, str], as_of: date) -> Iterator[LedgerLine]:
    category = values.get("vendor_category", "Supplier")
    domain = [["active", "=", True], *([["categories.name", "=", category]] if category else [])]
    return _counted("vendor", "party.party", "code", domain, False, rest, values, as_of)


def orders(rest: Rest, values: Mapping[str, str], as_of: date) -> Iterator[LedgerLine]:
    """Orders with their whole amount, tax included."""
    fields = ("number", "total_amount", "currency.code", "purchase_date", "state", "reference")
    domain = [["company", "=", rest.company], ["number", "!=", None], _until("purchase_date", as_of)]
    for one in rest.walk("purchase.purchase", domain, fields):
        amount = Decimal(one["total_amount"])
        yield _line("purchase_order", one, one["number"], rest, _side(amount), amount, one["purchase_date"])


def receipts(rest: Rest, values: Mapping[str, str], as_of: date) -> Iterator[LedgerLine]:
    """Receipts and returns that were carried out; they carry no amount."""
    domain = [["company", "=", rest.company], ["state", "=", "done"], _until("effective_date", as_of)]
    for model in ("stock.shipment.in", "stock.shipment.in.return"):
        for one in rest.walk(model, domain, ("number", "effective_date", "state", "reference")):
            done = day(one["effective_date"])
            yield LedgerLine(
                "receipt", f"{model},{one['id']}", one["number"], str(rest.company), "", "debit", ZERO, "done", done
            )


def invoices(rest: Rest, values: Mapping[str, str], as_of: date) -> Iterator[LedgerLine]:
    """Supplier invoices in whatever state; credit notes stand on the debit side. `reference`: the number in the ERP."""
    fields = ("number", "reference", "party.code", "total_amount", "currency.code", "invoice_date", "state")
    domain = [["company", "=", rest.company], ["type", "=", "in"], _until("invoice_date", as_of)]
    for one in rest.walk("account.invoice", domain, fields):
        amount = Decimal(one["total_amount"])
        key = f"{one['party']['code']}|{one['reference'] or ''}"
        yield replace(
            _line("invoice", one | {"reference": one["number"]}, key, rest, _side(amount), amount, one["invoice_date"]),
            booked=one["state"] in ("posted", "paid"),
        )


def payments(rest: Rest, values: Mapping[str, str], as_of: date) -> Iterator[LedgerLine]:
    """Money that was booked against supplier invoices, and payments of a payment run that are under way or done."""
    fields = ("debit", "credit", "amount_second_currency", "second_currency.code", "date", "move.number")
    company = [["move.company", "=", rest.company], ["invoice_payments.type", "=", "in"], ["move.date", "<=", as_of]]
    for one in rest.walk("account.move.line", company, (*fields, "move.company.currency.code")):
        foreign = one["second_currency"]
        amount = Decimal(one["amount_second_currency"]) if foreign else Decimal(one["debit"]) - Decimal(one["credit"])
        shown = {"id": f"account.move.line,{one['id']}", "currency": foreign or one["move"]["company"]["currency"]}
        yield _line("payment", shown, one["move"]["number"], rest, _side(-amount), amount, one["date"])
    run = [["company", "=", rest.company], ["kind", "=", "payable"], ["state", "!=", "draft"], ["date", "<=", as_of]]
    for one in rest.walk("account.payment", run, ("number", "amount", "currency.code", "date", "state", "reference")):
        amount = Decimal(one["amount"])
        shown = one | {"id": f"account.payment,{one['id']}"}
        yield _line("payment", shown, one["number"], rest, _side(-amount), amount, one["date"])


def _line(
    obj: str,
    one: Json,
    key: str,
    rest: Rest,
    side: Literal["debit", "credit"],
    amount: Decimal,
    on: str | None,
) -> LedgerLine:
    return LedgerLine(
        obj,
        one["id"],
        key,
        str(rest.company),
        one["currency"]["code"],
        side,
        abs(amount),
        one.get("state") or "posted",
        day(on),
        one.get("reference") or "",
    )


def _side(owed: Decimal) -> Literal["debit", "credit"]:
    return "debit" if owed < 0 else "credit"


def _until(name: str, as_of: date) -> list[object]:
    """Dated up to that day, or not dated yet."""
    return ["OR", [name, "=", None], [name, "<=", as_of]]


_OPEN: Domain = [["closed", "!=", True], ["OR", ["type.expense", "=", True], ["type.debt", "=", True]]]
_ACTIVE: Domain = [["active", "=", True]]
LEDGERS: dict[str, Ledger] = {
    "vendor": vendors,
    "account": partial(_counted, "account", "account.account", "code", _OPEN, True),
    "dimension": partial(
        _counted, "dimension", "analytic_account.account", "code", [*_ACTIVE, ["type", "=", "root"]], True
    ),
    "tax_code": partial(_counted, "tax_code", "account.tax", "name", _ACTIVE, True),
    "payment_term": partial(_counted, "payment_term", "account.invoice.payment_term", "name", _ACTIVE, False),
    "purchase_order": orders,
    "receipt": receipts,
    "invoice": invoices,
    "payment": payments,
}
