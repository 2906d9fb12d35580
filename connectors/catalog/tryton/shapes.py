"""What is read of each object: the ERP's model, the fields, the traces of its changes, and what belongs to a company.

The raw bodies these make are described, with examples, in the package's docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.catalog.tryton.changes import Trace, traces
from connectors.catalog.tryton.rest import Domain

_CODED = ("root.id", "root.code", "root.name", "account.id", "account.code", "account.name")


def _under(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


@dataclass(frozen=True)
class Shape:
    """How one canonical object is read. `fields`: model → paths; `scope`: settings, company → conditions."""

    fields: Mapping[str, tuple[str, ...]]
    traces: tuple[Trace, ...]
    scope: Callable[[Mapping[str, str], int], Domain]

    @property
    def model(self) -> str:
        return next(iter(self.fields))


def _suppliers(values: Mapping[str, str], company: int) -> Domain:
    """Vendors are shared by all companies; a category tells them from customers, banks and employees."""
    category = values.get("vendor_category", "Supplier")
    return [["categories.name", "=", category]] if category else []


def _own(*conditions: list[Any]) -> Callable[[Mapping[str, str], int], Domain]:
    return lambda values, company: [["company", "=", company], *conditions]


VENDOR = Shape(
    {
        "party.party": (
            "last_modified_at", "name", "code", "active", "replaced_by.id", "lang.code", "categories.name",
            *_under("identifiers", "last_modified_at", "type", "code", "active"),
            *_under("addresses", "last_modified_at", "street", "city", "postal_code", "country.code",
                    "subdivision.code", "subdivision.name", "party_name", "active", "invoice", "delivery"),
            *_under("contact_mechanisms", "last_modified_at", "type", "value", "name", "active"),
            *_under("bank_accounts", "last_modified_at", "active", "currency.code", "bank.bic", "bank.party.name",
                    "numbers.last_modified_at", "numbers.type", "numbers.number", "numbers.active"),
            "supplier_payment_term.name", "supplier_currency.code", "account_payable.code",
        )
    },
    traces(
        "party.party",
        ("party.address", "party"),
        ("party.identifier", "party"),
        ("party.contact_mechanism", "party"),
        ("party.party-party.category", "party"),
        ("party.party.payment_term", "party"),
        ("party.party.supplier_currency", "party"),
        ("bank.account-party.party", "owner"),
        ("bank.account", "owners"),
        ("bank.account.number", "account.owners"),
    ),
    _suppliers,
)  # fmt: skip

SHAPES: dict[str, Shape] = {"vendor": VENDOR}
