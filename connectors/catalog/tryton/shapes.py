"""What is read of each object: the ERP's model, the fields, the traces of its changes, and what belongs to a company.

The raw bodies these make are described, with examples, in the package's docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.catalog.tryton.changes import Trace, traces
from connectors.catalog.tryton.rest import Domain

Scope = Callable[[Mapping[str, str], int], Domain]
_CHANGED = "last_modified_at"
_CODED = ("root.id", "root.code", "root.name", "account.id", "account.code", "account.name")


@dataclass(frozen=True)
class Part:
    """How one canonical object is read from one of the ERP's models. `scope`: settings, company → conditions."""

    model: str
    fields: tuple[str, ...]
    traces: tuple[Trace, ...]
    scope: Scope


def _under(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


def _suppliers(values: Mapping[str, str], company: int) -> Domain:
    """Vendors are shared by all companies; a category tells them from customers, banks and employees."""
    category = values.get("vendor_category", "Supplier")
    return [["categories.name", "=", category]] if category else []


def _own(*conditions: list[Any]) -> Scope:
    return lambda values, company: [["company", "=", company], *conditions]


VENDOR = Part(
    "party.party",
    (
        _CHANGED, "name", "code", "active", "replaced_by.id", "lang.code", "categories.name",
        *_under("identifiers", _CHANGED, "type", "code", "active"),
        *_under("addresses", _CHANGED, "street", "city", "postal_code", "country.code", "subdivision.code",
                "subdivision.name", "party_name", "active", "invoice", "delivery"),
        *_under("contact_mechanisms", _CHANGED, "type", "value", "name", "active"),
        *_under("bank_accounts", _CHANGED, "active", "currency.code", "bank.bic", "bank.party.name"),
        *_under("bank_accounts.numbers", _CHANGED, "type", "number", "active"),
        "supplier_payment_term.name", "supplier_currency.code", "account_payable.code",
    ),
    traces(
        "party.party",
        ("party.address", "party"),
        ("party.identifier", "party"),
        ("party.contact_mechanism", "party"),
        ("bank.account", "owners"),
        ("bank.account.number", "account.owners"),
    ),
    _suppliers,
)  # fmt: skip

ACCOUNT = Part(  # those a supplier invoice may be coded to
    "account.account",
    (
        _CHANGED, "code", "name", "closed", "start_date", "end_date", "parent.code", "party_required",
        *_under("type", "name", "expense", "debt"),
    ),
    traces("account.account"),
    _own(["OR", ["type.expense", "=", True], ["type.debt", "=", True]]),
)  # fmt: skip

DIMENSION = Part(
    "analytic_account.account",
    (_CHANGED, "code", "name", "active", "state"),
    (
        *traces("analytic_account.account"),
        Trace("analytic_account.account", "analytic_account.account", "root", only=("type", "=", "normal")),
    ),
    _own(["type", "=", "root"]),
)

TAX_CODE = Part(
    "account.tax",
    (
        _CHANGED, "name", "description", "type", "rate", "amount", "active", "start_date", "end_date",
        "group.code", "parent.id", "unece_code", "unece_category_code",
    ),
    traces("account.tax"),
    _own(),
)  # fmt: skip

PAYMENT_TERM = Part(
    "account.invoice.payment_term",
    (
        _CHANGED, "name", "description", "active",
        *_under("lines", _CHANGED, "sequence", "type", "ratio", "amount"),
        *_under("lines.relativedeltas", _CHANGED, "days", "weeks", "months", "day"),
    ),
    traces(
        "account.invoice.payment_term",
        ("account.invoice.payment_term.line", "payment"),
        ("account.invoice.payment_term.line.delta", "line.payment"),
    ),
    lambda values, company: [],
)  # fmt: skip

PURCHASE_ORDER = Part(
    "purchase.purchase",
    (
        _CHANGED, "number", "revision", "reference", "description", "comment", "state", "purchase_date",
        "delivery_date", "currency.code", "untaxed_amount", "tax_amount", "total_amount", "invoice_method",
        "invoice_state", "shipment_state", "payment_term.name", "company.id",
        *_under("party", "code", "name"),
        *_under("lines", _CHANGED, "sequence", "type", "description", "quantity", "unit_price", "amount",
                "delivery_date"),
        *_under("lines.product", "code", "name", "type"),
        *_under("lines.unit", "symbol", "unece_code"),
        *_under("lines.taxes", "name", "rate"),
        *_under("lines.analytic_accounts", *_CODED),
        *_under("lines.moves", _CHANGED, "state", "quantity", "from_location.type"),
        *_under("lines.invoice_lines", "quantity", "invoice.state", f"invoice.{_CHANGED}"),
    ),
    traces(
        "purchase.purchase",
        ("purchase.line", "purchase"),
        ("stock.move", "purchase"),
        ("account.invoice", "purchases"),
    ),
    _own(["number", "!=", None]),
)  # fmt: skip

_SHIPMENT = (
    _CHANGED, "number", "reference", "state", "effective_date", "company.id", "supplier.code", "supplier.name",
)  # fmt: skip
_MOVED = (
    _CHANGED, "state", "quantity", "unit_price", "origin", "effective_date", "currency.code", "product.code",
    "product.name", "unit.symbol", "unit.unece_code", "from_location.type", "to_location.type",
)  # fmt: skip
_moved = _own(["state", "in", ["received", "done", "cancelled"]])
_received = ("from_location.type", "=", "supplier")
RECEIPT = Part(
    "stock.shipment.in",
    (*_SHIPMENT, *_under("incoming_moves", *_MOVED)),
    (
        *traces("stock.shipment.in"),
        Trace("stock.shipment.in", "stock.move", "shipment", reference=True, only=_received),
    ),
    _moved,
)
RETURN = Part(
    "stock.shipment.in.return",
    (*_SHIPMENT, *_under("moves", *_MOVED)),
    (*traces("stock.shipment.in.return"), Trace("stock.shipment.in.return", "stock.move", "shipment", reference=True)),
    _moved,
)

INVOICE = Part(
    "account.invoice",
    (
        _CHANGED, "type", "number", "reference", "description", "state", "invoice_date", "accounting_date",
        "currency.code", "untaxed_amount", "tax_amount", "total_amount", "amount_to_pay", "reconciled",
        "payment_term.name", "company.id", "journal.code", "account.code", "cancel_move.id",
        *_under("party", "code", "name"),
        *_under("move", "number", "date"),
        *_under("lines", _CHANGED, "sequence", "type", "description", "quantity", "unit_price", "amount", "origin",
                "product.code", "account.code", "account.name", "unit.symbol"),
        *_under("lines.taxes", "name", "rate"),
        *_under("lines.analytic_accounts", *_CODED),
        *_under("taxes", "base", "amount", "tax.name"),
        *_under("lines_to_pay", _CHANGED, "maturity_date", "payment_blocked", "reconciliation.id"),
        f"payment_lines.{_CHANGED}",
    ),
    (
        *traces("account.invoice", ("account.invoice.line", "invoice")),
        Trace(
            "account.invoice",
            "account.move.line",
            "move.origin",
            reference=True,
            only=("account.type.payable", "=", True),
        ),
    ),
    _own(["type", "=", "in"]),
)  # fmt: skip

_SETTLED = ("debit", "credit", "amount_second_currency", "move.origin", "invoice_payments.id")
BOOKED_PAYMENT = Part(
    "account.move.line",
    (
        _CHANGED, "date", "debit", "credit", "amount_second_currency", "second_currency.code",
        *_under("party", "code", "name"),
        *_under("move", "number", "description", "journal.code", "company.id", "company.currency.code"),
        *_under("invoice_payments", "number", "reference"),
        *_under("reconciliation.lines", *_SETTLED),
    ),
    traces("account.move.line"),
    lambda values, company: [["move.company", "=", company], ["invoice_payments.type", "=", "in"]],
)  # fmt: skip
RUN_PAYMENT = Part(
    "account.payment",
    (
        _CHANGED, "number", "date", "state", "amount", "reference", "currency.code", "journal.name",
        "company.id", *_under("party", "code", "name"), "line.move.origin",
    ),
    traces("account.payment"),
    _own(["kind", "=", "payable"], ["state", "!=", "draft"]),
)  # fmt: skip

PARTS: dict[str, tuple[Part, ...]] = {
    "vendor": (VENDOR,),
    "account": (ACCOUNT,),
    "dimension": (DIMENSION,),
    "tax_code": (TAX_CODE,),
    "payment_term": (PAYMENT_TERM,),
    "purchase_order": (PURCHASE_ORDER,),
    "receipt": (RECEIPT, RETURN),
    "invoice": (INVOICE,),
    "payment": (BOOKED_PAYMENT, RUN_PAYMENT),
}
