"""A company with its chart of accounts, years, taxes, dimensions and ways to pay."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard  # type: ignore[import-not-found]

from demo.erp import world
from demo.erp.inside.build import TODAY, Build, one, save


def entity(build: Build, entity: world.Entity) -> None:
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
    build.companies[entity.key] = company
    admin = Model.get("res.user")(build.config.user)
    admin.companies.append(Model.get("company.company")(company.id))
    admin.save()
    build.note("companies", entity.key, company.id)
    with build.company(entity.key):
        chart(build, company)
        book(build, entity, company)
        for number in (TODAY.year - 1, TODAY.year, TODAY.year + 1):
            fiscal_year(build, company, number)


def chart(build: Build, company: Any) -> None:
    wizard = Wizard("account.create_chart")
    wizard.execute("account")
    chart = Model.get("ir.model.data").get_id("account.account_template_root_en", build.config.context)
    wizard.form.account_template = Model.get("account.account.template")(chart)
    wizard.form.company = company
    wizard.execute("create_account")
    here = ("company", "=", company.id)
    wizard.form.account_receivable = one("account.account", ("code", "=", "1.2.1"), here)
    wizard.form.account_payable = one("account.account", ("code", "=", "2.1.1"), here)
    wizard.execute("create_properties")


def fiscal_year(build: Build, company: Any, year: int) -> None:
    year_record = Model.get("account.fiscalyear")(
        name=str(year), company=company, start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31)
    )
    code = company.currency.code
    year_record.move_sequence = sequence(
        "Account Move", f"Journal entries {year}", company, prefix=f"J{code}{year}-", padding=5
    )
    numbers = sequence("Invoice", f"Invoices {year}", company, prefix=f"{code}{year}-", padding=5)
    line = year_record.invoice_sequences[0]
    for direction in ("out_invoice", "in_invoice", "out_credit_note", "in_credit_note"):
        setattr(line, f"{direction}_sequence", numbers)
    year_record.click("create_period")


def sequence(kind: str, name: str, company: Any, **values: Any) -> Any:
    return save(
        "ir.sequence.strict",
        name=name,
        sequence_type=one("ir.sequence.type", ("name", "=", kind)),
        company=company,
        **values,
    )


def book(build: Build, entity: world.Entity, company: Any) -> None:
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
        build.note("taxes", f"{entity.key}.{key}", taxes[key].id)
    build.books[entity.key] = {
        "accounts": codes,
        "payable": payable,
        "taxes": taxes,
        "dimensions": dimensions(build, entity, company),
    }
    pay_ways(build, entity, company, account["1.1.1"], clearing, account["6.1.1"], account["6.1.2"])
    build.note("accounts", entity.key, {"payable": payable.id, **{code: a.id for code, a in codes.items()}})
    build.books[entity.key]["revenue"] = account["4.1.1"]
    exchange(build, account["6.1.1"], account["6.1.2"])


def exchange(build: Build, gain: Any, loss: Any) -> None:
    """Where differences of invoices in a foreign currency go."""
    config = Model.get("account.configuration")(1)
    config.currency_exchange_journal = one("account.journal", ("code", "=", "EXC"))
    config.currency_exchange_credit_account = gain
    config.currency_exchange_debit_account = loss
    config.save()


def dimensions(build: Build, entity: world.Entity, company: Any) -> dict[str, Any]:
    """The analytic roots with their values; returns {dimension key: root} and {dimension.code: value}."""
    made: dict[str, Any] = {}
    for key, (name, values) in world.DIMENSIONS.items():
        made[key] = root = save("analytic_account.account", type="root", name=name, code=key.upper(), company=company)
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
    build.note("dimensions", entity.key, {key: record.id for key, record in made.items()})
    return made


def pay_ways(build: Build, entity: world.Entity, company: Any, cash: Any, clearing: Any, gain: Any, loss: Any) -> None:
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
    build.books[entity.key]["method"] = method
    build.note("payment_methods", entity.key, method.id)
    build.note("discounts", entity.key, write_off.id)
    build.note("payment_journals", entity.key, run.id)
