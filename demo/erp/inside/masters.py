"""What both companies share: currencies, countries, payment terms, products, suppliers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from proteus import Model  # type: ignore[import-not-found]

from demo.erp import world
from demo.erp.inside.build import TODAY, Build, one, save


def numbers() -> None:
    """Numbers as a company would have them, so that a key is never mistaken for another one."""
    for name, prefix, padding in (
        ("Party", "V", 4),
        ("Purchase", "PO-", 5),
        ("Supplier Shipment", "GRN-", 4),
        ("Supplier Return Shipment", "RET-", 4),
    ):
        sequence = one("ir.sequence", ("sequence_type.name", "=", name))
        sequence.prefix, sequence.padding = prefix, padding
        sequence.save()


def currencies() -> None:
    for code, rate in world.RATES.items():
        currency = Model.get("currency.currency")(name=code, symbol=code, code=code)
        currency.digits = world.DIGITS.get(code, 2)
        currency.rounding = Decimal(10) ** -currency.digits
        currency.rates.new(date=dt.date(TODAY.year - 2, 1, 1), rate=rate)
        currency.save()


def countries() -> None:
    for code, (code3, name) in world.COUNTRIES.items():
        save("country.country", name=name, code=code, code3=code3)


def payment_terms(build: Build) -> None:
    for key, (name, days) in world.TERMS.items():
        term = Model.get("account.invoice.payment_term")(name=name)
        line = term.lines.new(type="remainder")
        if days:
            line.relativedeltas.new(days=days)
        term.save()
        build.terms[key] = term
        build.note("terms", key, term.id)


def catalogue(build: Build) -> None:
    """One accounting category per expense account; its account and tax are set in every company."""
    categories: dict[str, Any] = {}
    unit = one("product.uom", ("name", "=", "Unit"))
    for item in world.ITEMS:
        if item.account not in categories:
            categories[item.account] = category(build, item.account)
        template = Model.get("product.template")(
            name=item.name, code=item.code, default_uom=unit, type=item.kind, purchasable=True
        )
        template.account_category = categories[item.account]
        template.save()
        build.items[item.key] = template.products[0]
        build.note("items", item.key, template.products[0].id)


def category(build: Build, code: str) -> Any:
    category = save("product.category", name=world.ACCOUNTS[code], accounting=True)
    for key, book in build.books.items():
        with build.company(key):  # a record keeps the company it was opened in
            category = Model.get("product.category")(category.id)
            category.account_expense = book["accounts"][code]
            category.account_revenue = book["revenue"]
            category.supplier_taxes.append(Model.get("account.tax")(book["taxes"]["standard"].id))
            category.save()
    return category


def supplier(build: Build, supplier: world.Supplier, category: Any) -> None:
    party = Model.get("party.party")(name=supplier.name)
    address = party.addresses[0]
    address.street, address.city, address.postal_code = supplier.street, supplier.city, supplier.postal_code
    address.country = one("country.country", ("code", "=", supplier.country))
    party.identifiers.new(type=supplier.tax[0], code=supplier.tax[1])
    party.contact_mechanisms.new(type="email", value=supplier.email)
    party.categories.append(Model.get("party.category")(category.id))
    party.save()
    for key in build.companies:
        with build.company(key):
            party = Model.get("party.party")(party.id)
            party.supplier_payment_term = build.terms[supplier.term]
            party.supplier_currency = one("currency.currency", ("code", "=", supplier.currency))
            party.save()
    if supplier.iban:
        account = Model.get("bank.account")()
        account.owners.append(Model.get("party.party")(party.id))
        account.numbers.new(type="iban", number=supplier.iban)
        account.save()
    build.suppliers[supplier.key] = party
    build.note("suppliers", supplier.key, {"id": party.id, "code": party.code, "name": supplier.name})
