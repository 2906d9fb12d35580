"""Orders, receipts and bills that are there when the ERP is first started."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard  # type: ignore[import-not-found]

from demo.erp import world
from demo.erp.inside.build import TODAY, Build, one


def order(build: Build, order: world.Order) -> None:
    book, party = build.books[order.entity], build.suppliers[order.supplier]
    purchase = Model.get("purchase.purchase")(
        party=Model.get("party.party")(party.id), invoice_method=order.invoice_method, description=order.note
    )
    currency = order.currency or build.companies[order.entity].currency.code
    purchase.currency = one("currency.currency", ("code", "=", currency))
    for item, quantity, price, department in order.lines:
        line = purchase.lines.new()
        line.product = build.items[item]
        line.quantity, line.unit_price = float(quantity), Decimal(price)
        code_line(build, line, book, department)
    purchase.click("quote")
    if order.confirmed:
        purchase.click("confirm")
    if order.received:
        receive(build, purchase, float(order.received))
    build.note(
        "orders",
        order.key,
        {
            "id": purchase.id,
            "number": purchase.number,
            "company": order.entity,
            "lines": [line.id for line in purchase.lines],
        },
    )


def code_line(build: Build, line: Any, book: dict[str, Any], department: str) -> None:
    for entry in line.analytic_accounts:
        if entry.root.id == book["dimensions"]["department"].id:
            entry.account = book["dimensions"][f"department.{department}"]


def receive(build: Build, purchase: Any, quantity: float) -> None:
    shipment = Model.get("stock.shipment.in")(supplier=purchase.party, reference=f"DN-{purchase.number}")
    shipment.incoming_moves.append(Model.get("stock.move")(purchase.moves[0].id))
    shipment.save()
    shipment.incoming_moves[0].quantity = quantity
    shipment.save()
    shipment.click("receive")
    shipment.click("do")


def bill(build: Build, bill: world.Bill) -> None:
    book, day = build.books[bill.entity], TODAY - dt.timedelta(days=bill.days)
    party = Model.get("party.party")(build.suppliers[bill.supplier].id)
    invoice = Model.get("account.invoice")(type="in", party=party, invoice_date=day, reference=bill.number)
    invoice.currency = build.companies[bill.entity].currency
    line = invoice.lines.new(product=build.items[bill.item], quantity=float(bill.quantity))
    line.unit_price = Decimal(bill.unit_price)
    code_line(build, line, book, bill.department)
    if bill.state == "draft":
        invoice.save()
    else:
        invoice.click("validate_invoice")
        invoice.click("post")
    if bill.state == "paid":
        pay(build, invoice, day + dt.timedelta(days=5), book["method"])
    build.note(
        "bills",
        bill.key,
        {"id": invoice.id, "number": invoice.number, "reference": bill.number, "company": bill.entity},
    )


def pay(build: Build, invoice: Any, day: dt.date, method: Any) -> None:
    wizard = Wizard("account.invoice.pay", [invoice])
    wizard.form.payment_method = method
    wizard.form.date = day
    wizard.execute("choice")


def closed_period(build: Build) -> None:
    """Closes January of the previous year, so that a document dated there is refused."""
    for key, company in build.companies.items():
        with build.company(key):
            period = one(
                "account.period",
                ("start_date", "=", dt.date(TODAY.year - 1, 1, 1)),
                ("fiscalyear.company", "=", company.id),
            )
            period.click("close")
    build.facts["closed_day"] = dt.date(TODAY.year - 1, 1, 15).isoformat()
