"""A person at the ERP: what its users do in the story, through the ERP's own interfaces. Plays the user, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from demo.erp.facts import ErpFacts
from demo.erp.wire import Json, Wire


@dataclass(frozen=True)
class Line:
    """A line of an order or bill: item and department are keys of the world's facts, `tax` too ("" = none)."""

    item: str
    quantity: str
    unit_price: str
    department: str = "200"
    tax: str = "standard"


@dataclass
class ErpUser:
    """One user of the ERP acting in one entity ("us" or "eu"). Ids are the ERP's integers."""

    wire: Wire
    facts: ErpFacts
    entity: str = "us"

    @classmethod
    def at(cls, base_url: str, facts: ErpFacts, login: str = "clerk", entity: str = "us") -> ErpUser:
        return cls(Wire(base_url, facts.database, login, facts.passwords[login], facts.keys[login]), facts, entity)

    @property
    def company(self) -> int:
        return self.facts.companies[self.entity]

    # ------------------------------------------------------------------------------------------ vendors
    def create_vendor(
        self,
        name: str,
        *,
        tax: tuple[str, str] | None = None,
        iban: str = "",
        street: str = "1 Main Street",
        city: str = "Boston",
        postal_code: str = "02108",
        country: str = "US",
        term: str = "net30",
        currency: str = "USD",
    ) -> int:
        """`tax` is (type, number) as in the world's suppliers. Returns the party's id."""
        where: Json = {"street": street, "city": city, "postal_code": postal_code}
        where["country"] = self._id("country.country", code=country)
        values: Json = {
            "name": name,
            "categories": [["add", [self._id("party.category", name="Supplier")]]],
            "addresses": [["create", [where]]],
            "supplier_payment_term": self.facts.data["terms"][term],
            "supplier_currency": self._id("currency.currency", code=currency),
        }
        if tax:
            values["identifiers"] = [["create", [{"type": tax[0], "code": tax[1]}]]]
        vendor = self._post("party.party", values)["id"]
        if iban:
            self.add_bank_account(vendor, iban)
        return int(vendor)

    def add_bank_account(self, vendor: int, iban: str) -> int:
        numbers = [["create", [{"type": "iban", "number": iban}]]]
        return int(self._post("bank.account", {"owners": [["add", [vendor]]], "numbers": numbers})["id"])

    def change_bank_account(self, vendor: int, iban: str) -> None:
        """Overwrites the number of the vendor's first bank account, as a fraudster would have it done."""
        found = self.read("bank.account.number", [["account.owners", "=", vendor]], "number")
        if found:
            self.wire.put("bank.account.number", found[0]["id"], {"number": iban}, company=self.company)
        else:
            self.add_bank_account(vendor, iban)

    def rename_vendor(self, vendor: int, name: str) -> None:
        self.wire.put("party.party", vendor, {"name": name}, company=self.company)

    def deactivate_vendor(self, vendor: int) -> None:
        self.wire.put("party.party", vendor, {"active": False}, company=self.company)

    # ------------------------------------------------------------------------------------------ structure
    def open_account(self, code: str, name: str, *, like: str = "6600") -> int:
        """An account that may be posted to, of the type and under the parent of another."""
        pattern = [["id", "=", self.facts.data["accounts"][self.entity][like]]]
        found = self.read("account.account", pattern, "parent.id", "type.id")[0]
        place = {"company": self.company, "parent": found["parent"]["id"], "type": found["type"]["id"]}
        return int(self._post("account.account", {"code": code, "name": name, **place})["id"])

    def open_department(self, code: str, name: str) -> int:
        """A new value of the dimension "department"."""
        root = self.facts.data["dimensions"][self.entity]["department"]
        place = {"type": "normal", "root": root, "parent": root, "company": self.company}
        return int(self._post("analytic_account.account", {"code": code, "name": name, **place})["id"])

    # ------------------------------------------------------------------------------------------ orders
    def order(
        self, vendor: int, lines: Sequence[Line], *, currency: str = "USD", invoice_method: str = "manual"
    ) -> int:
        """A confirmed purchase order; returns its id."""
        made = self._post(
            "purchase.purchase",
            {
                **self._head(vendor, currency),
                "invoice_method": invoice_method,
                "lines": [["create", [self._line(line) for line in lines]]],
            },
        )
        for button in ("quote", "confirm", "process"):
            self._post(f"purchase.purchase/{made['id']}/{button}", {})
        return int(made["id"])

    def order_lines(self, order: int) -> list[int]:
        return [line["id"] for line in self.read("purchase.line", [["purchase", "=", order]], "id")]

    def receive(self, order: int, quantities: dict[int, str], *, reference: str = "") -> int:
        """Takes goods in: order line id → quantity, at most what is still open. Returns the shipment's id."""
        moves = self.read("stock.move", [["purchase", "=", order], ["state", "=", "draft"]], "origin", "purchase")
        open_moves = {int(move["origin"].split(",")[1]): move["id"] for move in moves}
        vendor = self.read("purchase.purchase", [["id", "=", order]], "party.id")[0]["party"]["id"]
        for line, quantity in quantities.items():
            self.wire.put("stock.move", open_moves[line], {"quantity": float(quantity)}, company=self.company)
        values = self._shipment(vendor, reference) | {
            "warehouse": self._id("stock.location", code="WH"),
            "warehouse_input": self._id("stock.location", code="IN"),
            "warehouse_storage": self._id("stock.location", code="STO"),
            "incoming_moves": [["add", [open_moves[line] for line in quantities]]],
        }
        shipment = self._post("stock.shipment.in", values)
        for button in ("receive", "do"):
            self._post(f"stock.shipment.in/{shipment['id']}/{button}", {})
        return int(shipment["id"])

    def send_back(self, order: int, line: int, quantity: str, *, reference: str = "") -> int:
        """Returns goods of one order line to the vendor. Returns the return shipment's id."""
        done = [["origin", "=", f"purchase.line,{line}"], ["state", "=", "done"]]
        fields = ("product.id", "unit.id", "unit_price", "currency.id", "from_location.id", "purchase")
        move = self.read("stock.move", done, *fields)[0]
        vendor = self.read("purchase.purchase", [["id", "=", order]], "party.id")[0]["party"]["id"]
        storage = self._id("stock.location", code="STO")
        back = {
            **{name: move[name]["id"] for name in ("product", "unit", "currency")},
            "quantity": float(quantity),
            "unit_price": move["unit_price"],
            "company": self.company,
            "origin": f"purchase.line,{line}",
            "from_location": storage,
            "to_location": move["from_location"]["id"],
        }
        values = self._shipment(vendor, reference) | {
            "from_location": storage,
            "to_location": move["from_location"]["id"],
            "moves": [["create", [back]]],
        }
        shipment = self._post("stock.shipment.in.return", values)
        for button in ("wait", "assign_force", "do"):
            self._post(f"stock.shipment.in.return/{shipment['id']}/{button}", {})
        return int(shipment["id"])

    # ------------------------------------------------------------------------------------------ invoices and money
    def key_bill(
        self, vendor: int, number: str, lines: Sequence[Line], *, day: date | None = None, currency: str = "USD"
    ) -> int:
        """A supplier invoice typed into the ERP by its own clerk, posted."""
        made = self._post(
            "account.invoice",
            {
                **self._head(vendor, currency),
                "type": "in",
                "reference": number,
                "invoice_date": day or datetime.now(UTC).date(),
                "journal": self._id("account.journal", type="expense"),
                "account": self.facts.data["accounts"][self.entity]["payable"],
                "lines": [["create", [self._bill_line(line, currency) for line in lines]]],
            },
        )
        for button in ("validate_invoice", "post"):
            self._post(f"account.invoice/{made['id']}/{button}", {})
        return int(made["id"])

    def pay(self, invoice: int, amount: str, *, day: date | None = None, discount: bool = False) -> None:
        """Pays part or all; with `discount` what remains open is written off as cash discount."""
        fields = ("currency.id", "party.id", "account.id", "lines_to_pay.id", "amount_to_pay", "payment_lines.id")
        found = self.read("account.invoice", [["id", "=", invoice]], *fields)[0]
        money = Decimal(amount)
        start = {
            "payee": found["party"]["id"],
            "payees": [found["party"]["id"]],
            "amount": money,
            "currency": found["currency"]["id"],
            "description": None,
            "company": self.company,
            "invoice_account": found["account"]["id"],
            "payment_method": self.facts.data["payment_methods"][self.entity],
            "date": day or datetime.now(UTC).date(),
        }
        rest = Decimal(found["amount_to_pay"]["decimal"]) - money
        steps = ["choice", "pay"] if rest else ["choice"]
        forms = {"start": start, **({"ask": self._ask(found, money, rest, discount)} if rest else {})}
        self.wire.wizard("account.invoice.pay", "account.invoice", invoice, forms, *steps, company=self.company)

    def pay_by_run(self, invoice: int, amount: str) -> int:
        """Pays through a payment run: proposed, approved, sent and confirmed. Returns the payment's id."""
        found = self.read("account.invoice", [["id", "=", invoice]], "party.id", "lines_to_pay.id")[0]
        values = {
            "journal": self.facts.data["payment_journals"][self.entity],
            "kind": "payable",
            "party": found["party"]["id"],
            "line": found["lines_to_pay"][0]["id"],
            "amount": Decimal(amount),
            "date": datetime.now(UTC).date(),
            "company": self.company,
        }
        payment = int(self._post("account.payment", values)["id"])
        for button in ("submit", "approve"):
            self._post(f"account.payment/{payment}/{button}", {})
        self.wire.wizard("account.payment.process", "account.payment", payment, {}, "process", company=self.company)
        group = self.read("account.payment", [["id", "=", payment]], "group.id")[0]["group"]["id"]
        self._post(f"account.payment.group/{group}/succeed", {})
        return payment

    def void(self, invoice: int) -> None:
        """Cancels an invoice; a posted one is reversed by the ERP."""
        self._post(f"account.invoice/{invoice}/cancel", {})

    def read(self, model: str, domain: list[Any], *fields: str) -> list[Json]:
        """What the ERP shows, in its own dialect."""
        return self.wire.get(model, domain, *fields, company=self.company)

    # ------------------------------------------------------------------------------------------ helpers
    def _post(self, path: str, values: Json) -> Json:
        return self.wire.post(path, values, company=self.company)

    def _id(self, model: str, **equals: Any) -> int:
        found = self.read(model, [[name, "=", value] for name, value in equals.items()], "id")
        return int(found[0]["id"])

    def _head(self, vendor: int, currency: str) -> Json:
        address = self.read("party.address", [["party", "=", vendor]], "id")[0]["id"]
        term = self.read("party.party", [["id", "=", vendor]], "supplier_payment_term.id")[0]["supplier_payment_term"]
        return {
            "company": self.company,
            "party": vendor,
            "currency": self._id("currency.currency", code=currency),
            "invoice_address": address,
            "payment_term": term["id"] if term else None,
        }

    def _line(self, line: Line) -> Json:
        item = self.facts.data["items"][line.item]
        unit = self.read("product.product", [["id", "=", item]], "default_uom.id")[0]["default_uom"]["id"]
        return {
            "type": "line",
            "product": item,
            "quantity": float(line.quantity),
            "unit": unit,
            "unit_price": Decimal(line.unit_price),
            "taxes": [["add", [self.facts.data["taxes"][f"{self.entity}.{line.tax}"]]]] if line.tax else [],
            "analytic_accounts": [["create", [self._department(line)]]],
        }

    def _bill_line(self, line: Line, currency: str) -> Json:
        product = self.facts.data["items"][line.item]
        category = self.read("product.product", [["id", "=", product]], "account_category.id")[0]["account_category"]
        found = self.read("product.category", [["id", "=", category["id"]]], "account_expense.id")[0]
        head = {"company": self.company, "currency": self._id("currency.currency", code=currency), "invoice_type": "in"}
        return self._line(line) | head | {"account": found["account_expense"]["id"]}

    def _department(self, line: Line) -> Json:
        known = self.facts.data["dimensions"][self.entity]
        return {"root": known["department"], "account": known[f"department.{line.department}"]}

    def _shipment(self, vendor: int, reference: str) -> Json:
        return {"supplier": vendor, "company": self.company, "reference": reference or None}

    def _ask(self, found: Json, money: Decimal, rest: Decimal, discount: bool) -> Json:
        open_lines = [line["id"] for line in found["lines_to_pay"]]
        return {
            "type": "writeoff" if discount else "partial",
            "writeoff": self.facts.data["discounts"][self.entity] if discount else None,
            "amount": money,
            "currency": found["currency"]["id"],
            "amount_writeoff": rest if discount else Decimal(0),
            "lines_to_pay": open_lines,
            "lines": open_lines if discount else [],
            "payment_lines": [line["id"] for line in found["payment_lines"]],
            "company": self.company,
            "invoice": found["id"],
        }
