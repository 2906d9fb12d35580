"""Fills a fresh ERP database. Runs inside the ERP's own virtual environment, never in the product's.

    python -m demo.erp.inside <trytond.conf> <database> <facts.json>

Everything a user of the ERP would have set up by hand: companies, chart, years, taxes, suppliers, orders, bills, users.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from proteus import Model, Wizard  # type: ignore[import-not-found]
from proteus import config as proteus_config

from demo.erp import world

TODAY = dt.datetime.now(dt.UTC).date()
PASSWORD = "{}-Passw0rd!"


def one(model: str, *domain: Any) -> Any:
    """The first record that matches."""
    return Model.get(model).find(list(domain), limit=1)[0]


def save(model: str, **values: Any) -> Any:
    record = Model.get(model)(**values)
    record.save()
    return record


class Builder:
    """Builds the world step by step and notes the ids it was given."""

    def __init__(self, conf: str, database: str) -> None:
        self.config = proteus_config.set_trytond(database=database, user="admin", config_file=conf)
        self.facts: dict[str, Any] = {"database": database, "built_on": TODAY.isoformat()}
        self.companies: dict[str, Any] = {}
        self.suppliers: dict[str, Any] = {}
        self.books: dict[str, dict[str, Any]] = {}  # per entity: accounts, taxes, dimensions, items, methods
        self.items: dict[str, Any] = {}
        self.terms: dict[str, Any] = {}

    def note(self, group: str, key: str, value: Any) -> None:
        self.facts.setdefault(group, {})[key] = value

    @contextmanager
    def company(self, key: str) -> Iterator[None]:
        """Acts as the administrator in one company."""
        admin = Model.get("res.user")(self.config.user)
        admin.company = self.companies[key]
        admin.save()
        self.config._context = Model.get("res.user").get_preferences(True, {})
        yield

    # ------------------------------------------------------------------------------------------ the frame
    def currencies(self) -> None:
        for code, rate in world.RATES.items():
            currency = Model.get("currency.currency")(name=code, symbol=code, code=code)
            currency.digits = world.DIGITS.get(code, 2)
            currency.rounding = Decimal(10) ** -currency.digits
            currency.rates.new(date=dt.date(TODAY.year - 2, 1, 1), rate=rate)
            currency.save()

    def countries(self) -> None:
        for code, (code3, name) in world.COUNTRIES.items():
            save("country.country", name=name, code=code, code3=code3)

    def entity(self, entity: world.Entity) -> None:
        party = Model.get("party.party")(name=entity.name)
        party.addresses[0].city = entity.city
        party.addresses[0].country = one("country.country", ("code", "=", entity.country))
        party.save()
        company = save(
            "company.company",
            party=party,
            currency=one("currency.currency", ("code", "=", entity.currency)),
            timezone="UTC",
        )
        self.companies[entity.key] = company
        admin = Model.get("res.user")(self.config.user)
        admin.companies.append(Model.get("company.company")(company.id))
        admin.save()
        self.note("companies", entity.key, company.id)
        with self.company(entity.key):
            self.chart(company)
            self.book(entity, company)
            for year in (TODAY.year - 1, TODAY.year, TODAY.year + 1):
                self.year(company, year)

    def chart(self, company: Any) -> None:
        wizard = Wizard("account.create_chart")
        wizard.execute("account")
        chart = Model.get("ir.model.data").get_id("account.account_template_root_en", self.config.context)
        wizard.form.account_template = Model.get("account.account.template")(chart)
        wizard.form.company = company
        wizard.execute("create_account")
        here = ("company", "=", company.id)
        wizard.form.account_receivable = one("account.account", ("code", "=", "1.2.1"), here)
        wizard.form.account_payable = one("account.account", ("code", "=", "2.1.1"), here)
        wizard.execute("create_properties")

    def year(self, company: Any, year: int) -> None:
        year_record = Model.get("account.fiscalyear")(
            name=str(year), company=company, start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31)
        )
        year_record.move_sequence = self.sequence("Account Move", f"Journal entries {year}", company)
        numbers = self.sequence(
            "Invoice", f"Invoices {year}", company, prefix=f"{company.currency.code}{year}-", padding=5
        )
        line = year_record.invoice_sequences[0]
        for direction in ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note"):
            setattr(line, f"{direction}_sequence", numbers)
        year_record.click("create_period")

    def sequence(self, kind: str, name: str, company: Any, **values: Any) -> Any:
        return save(
            "ir.sequence.strict",
            name=name,
            sequence_type=one("ir.sequence.type", ("name", "=", kind)),
            company=company,
            **values,
        )

    def book(self, entity: world.Entity, company: Any) -> None:
        """Accounts, taxes, dimensions and ways to pay of one company."""
        account = {
            code: one("account.account", ("code", "=", code), ("company", "=", company.id))
            for code in ("5.1.0", "5.1.3", "1.1.0", "1.1.1", "1.2.0", "1.2.2", "2.1.1", "6.1.1", "6.1.2", "4.1.1")
        }
        cash, expense = account["1.1.1"].type, account["5.1.3"].type
        payable = account["2.1.1"]
        codes = {
            code: save("account.account", company=company, code=code, name=name, parent=account["5.1.0"], type=expense)
            for code, name in world.ACCOUNTS.items()
        }
        input_tax = save(
            "account.account",
            company=company,
            code="1.2.8",
            name="Input VAT",
            parent=account["1.2.0"],
            type=one("account.account", ("code", "=", "6.3.6"), ("company", "=", company.id)).type,
            deferral=True,
        )
        clearing = save(
            "account.account",
            company=company,
            code="1.1.9",
            name="Payments under way",
            parent=account["1.1.0"],
            type=cash,
            reconcile=True,
            deferral=True,
        )
        taxes = {}
        for key, name, percent in entity.taxes:
            taxes[key] = save(
                "account.tax",
                name=name,
                description=name,
                type="percentage",
                rate=Decimal(percent) / 100,
                company=company,
                invoice_account=input_tax,
                credit_note_account=input_tax,
            )
            self.note("taxes", f"{entity.key}.{key}", taxes[key].id)
        self.books[entity.key] = {
            "accounts": codes,
            "payable": payable,
            "taxes": taxes,
            "dimensions": self.dimensions(entity, company),
        }
        self.pay_ways(entity, company, account["1.1.1"], clearing, account["6.1.1"], account["6.1.2"])
        self.note("accounts", entity.key, {"payable": payable.id, **{code: a.id for code, a in codes.items()}})
        self.books[entity.key]["revenue"] = account["4.1.1"]
        self.exchange(account["6.1.1"], account["6.1.2"])

    def exchange(self, gain: Any, loss: Any) -> None:
        """Where differences of invoices in a foreign currency go."""
        config = Model.get("account.configuration")(1)
        config.currency_exchange_journal = one("account.journal", ("code", "=", "EXC"))
        config.currency_exchange_credit_account = gain
        config.currency_exchange_debit_account = loss
        config.save()

    def dimensions(self, entity: world.Entity, company: Any) -> dict[str, Any]:
        """The analytic roots with their values; returns {dimension key: root} and {dimension.code: value}."""
        made: dict[str, Any] = {}
        for key, (name, values) in world.DIMENSIONS.items():
            made[key] = root = save(
                "analytic_account.account", type="root", name=name, code=key.upper(), company=company
            )
            for code, label in values.items():
                made[f"{key}.{code}"] = save(
                    "analytic_account.account",
                    type="normal",
                    name=label,
                    code=code,
                    root=root,
                    parent=root,
                    company=company,
                )
        self.note("dimensions", entity.key, {key: record.id for key, record in made.items()})
        return made

    def pay_ways(self, entity: world.Entity, company: Any, cash: Any, clearing: Any, gain: Any, loss: Any) -> None:
        journal = one("account.journal", ("type", "=", "cash"))
        method = save(
            "account.invoice.payment.method",
            name="Bank transfer",
            company=company,
            journal=journal,
            debit_account=cash,
            credit_account=cash,
        )
        write_off = save(
            "account.move.reconcile.write_off",
            name="Cash discount",
            company=company,
            journal=one("account.journal", ("type", "=", "write-off")),
            credit_account=gain,
            debit_account=loss,
        )
        run = save(
            "account.payment.journal",
            name=f"Payment run {entity.currency}",
            company=company,
            currency=company.currency,
            process_method="manual",
            clearing_journal=journal,
            clearing_account=clearing,
        )
        self.books[entity.key]["method"] = method
        self.note("payment_methods", entity.key, method.id)
        self.note("discounts", entity.key, write_off.id)
        self.note("payment_journals", entity.key, run.id)

    # ------------------------------------------------------------------------------------------ shared records
    def numbers(self) -> None:
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

    def payment_terms(self) -> None:
        for key, (name, days) in world.TERMS.items():
            term = Model.get("account.invoice.payment_term")(name=name)
            line = term.lines.new(type="remainder")
            if days:
                line.relativedeltas.new(days=days)
            term.save()
            self.terms[key] = term
            self.note("terms", key, term.id)

    def catalogue(self) -> None:
        """One accounting category per expense account; its account and tax are set in every company."""
        categories: dict[str, Any] = {}
        unit = one("product.uom", ("name", "=", "Unit"))
        for item in world.ITEMS:
            if item.account not in categories:
                categories[item.account] = self.category(item.account)
            template = Model.get("product.template")(
                name=item.name, code=item.code, default_uom=unit, type=item.kind, purchasable=True
            )
            template.account_category = categories[item.account]
            template.save()
            self.items[item.key] = template.products[0]
            self.note("items", item.key, template.products[0].id)

    def category(self, code: str) -> Any:
        category = save("product.category", name=world.ACCOUNTS[code], accounting=True)
        for key, book in self.books.items():
            with self.company(key):  # a record keeps the company it was opened in
                category = Model.get("product.category")(category.id)
                category.account_expense = book["accounts"][code]
                category.account_revenue = book["revenue"]
                category.supplier_taxes.append(Model.get("account.tax")(book["taxes"]["standard"].id))
                category.save()
        return category

    def supplier(self, supplier: world.Supplier, category: Any) -> None:
        party = Model.get("party.party")(name=supplier.name)
        address = party.addresses[0]
        address.street, address.city, address.postal_code = supplier.street, supplier.city, supplier.postal_code
        address.country = one("country.country", ("code", "=", supplier.country))
        party.identifiers.new(type=supplier.tax[0], code=supplier.tax[1])
        party.contact_mechanisms.new(type="email", value=supplier.email)
        party.categories.append(Model.get("party.category")(category.id))
        party.save()
        for key in self.companies:
            with self.company(key):
                party = Model.get("party.party")(party.id)
                party.supplier_payment_term = self.terms[supplier.term]
                party.supplier_currency = one("currency.currency", ("code", "=", supplier.currency))
                party.save()
        if supplier.iban:
            account = Model.get("bank.account")()
            account.owners.append(Model.get("party.party")(party.id))
            account.numbers.new(type="iban", number=supplier.iban)
            account.save()
        self.suppliers[supplier.key] = party
        self.note("suppliers", supplier.key, {"id": party.id, "code": party.code, "name": supplier.name})

    # ------------------------------------------------------------------------------------------ documents
    def order(self, order: world.Order) -> None:
        book, party = self.books[order.entity], self.suppliers[order.supplier]
        purchase = Model.get("purchase.purchase")(
            party=Model.get("party.party")(party.id), invoice_method=order.invoice_method, description=order.note
        )
        currency = order.currency or self.companies[order.entity].currency.code
        purchase.currency = one("currency.currency", ("code", "=", currency))
        for item, quantity, price, department in order.lines:
            line = purchase.lines.new()
            line.product = self.items[item]
            line.quantity, line.unit_price = float(quantity), Decimal(price)
            self.code_line(line, book, department)
        purchase.click("quote")
        if order.confirmed:
            purchase.click("confirm")
        if order.received:
            self.receive(purchase, float(order.received))
        self.note(
            "orders",
            order.key,
            {
                "id": purchase.id,
                "number": purchase.number,
                "company": order.entity,
                "lines": [line.id for line in purchase.lines],
            },
        )

    def code_line(self, line: Any, book: dict[str, Any], department: str) -> None:
        for entry in line.analytic_accounts:
            if entry.root.id == book["dimensions"]["department"].id:
                entry.account = book["dimensions"][f"department.{department}"]

    def receive(self, purchase: Any, quantity: float) -> None:
        shipment = Model.get("stock.shipment.in")(supplier=purchase.party, reference=f"DN-{purchase.number}")
        shipment.incoming_moves.append(Model.get("stock.move")(purchase.moves[0].id))
        shipment.save()
        shipment.incoming_moves[0].quantity = quantity
        shipment.save()
        shipment.click("receive")
        shipment.click("do")

    def bill(self, bill: world.Bill) -> None:
        book, day = self.books[bill.entity], TODAY - dt.timedelta(days=bill.days)
        party = Model.get("party.party")(self.suppliers[bill.supplier].id)
        invoice = Model.get("account.invoice")(type="in", party=party, invoice_date=day, reference=bill.number)
        invoice.currency = self.companies[bill.entity].currency
        line = invoice.lines.new(product=self.items[bill.item], quantity=float(bill.quantity))
        line.unit_price = Decimal(bill.unit_price)
        self.code_line(line, book, bill.department)
        if bill.state == "draft":
            invoice.save()
        else:
            invoice.click("validate_invoice")
            invoice.click("post")
        if bill.state == "paid":
            self.pay(invoice, day + dt.timedelta(days=5), book["method"])
        self.note(
            "bills",
            bill.key,
            {"id": invoice.id, "number": invoice.number, "reference": bill.number, "company": bill.entity},
        )

    def pay(self, invoice: Any, day: dt.date, method: Any) -> None:
        wizard = Wizard("account.invoice.pay", [invoice])
        wizard.form.payment_method = method
        wizard.form.date = day
        wizard.execute("choice")

    def closed_period(self) -> None:
        """Closes January of the previous year, so that a document dated there is refused."""
        for key, company in self.companies.items():
            with self.company(key):
                period = one(
                    "account.period",
                    ("start_date", "=", dt.date(TODAY.year - 1, 1, 1)),
                    ("fiscalyear.company", "=", company.id),
                )
                period.click("close")
        self.facts["closed_day"] = dt.date(TODAY.year - 1, 1, 15).isoformat()

    # ------------------------------------------------------------------------------------------ people
    def users(self) -> None:
        for login, (name, groups) in world.USERS.items():
            user = Model.get("res.user")(login=login, name=name, email=f"{login}@erp.example")
            user.password = PASSWORD.format(login)
            for group in groups:
                user.groups.append(Model.get("res.group")(one("res.group", ("name", "=", group)).id))
            for company in self.companies.values():
                user.companies.append(Model.get("company.company")(company.id))
            user.company = Model.get("company.company")(self.companies["us"].id)
            party = save("party.party", name=name)
            for company in self.companies.values():
                employee = save("company.employee", party=party, company=Model.get("company.company")(company.id))
                user.employees.append(Model.get("company.employee")(employee.id))
            user.employee = user.employees[0]
            user.company_filter = "all"  # with "one" a request sees only the company the user last worked in
            user.save()
            self.note("keys", login, self.key(user))
            self.note("passwords", login, PASSWORD.format(login))

    def key(self, user: Any) -> str:
        application = save("res.user.application", user=user, application="rest")
        return str(application.key)

    def build(self) -> dict[str, Any]:
        self.numbers()
        self.currencies()
        self.countries()
        self.payment_terms()
        for entity in world.ENTITIES:
            self.entity(entity)
        self.catalogue()
        category = save("party.category", name="Supplier")
        for supplier in world.SUPPLIERS:
            self.supplier(supplier, category)
        for key in self.companies:
            with self.company(key):
                for order in (o for o in world.ORDERS if o.entity == key):
                    self.order(order)
                for bill in (b for b in world.BILLS if b.entity == key):
                    self.bill(bill)
        self.users()
        self.closed_period()
        return self.facts


def main(conf: str, database: str, target: str) -> None:
    facts = Builder(conf, database).build()
    Path(target).write_text(json.dumps(facts, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
