"""A bench for the real ERP: counts in its database file, acts as one of its users."""

from __future__ import annotations

import base64
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from connectors.base import Json
from connectors.testing.bench import Delivery, LedgerTotals, Refused
from demo.erp import ErpServer, ensure, start
from demo.erp.actor import ErpUser, Line
from demo.erp.ports import free_port

VAR = Path(__file__).resolve().parents[2] / "var"
COMPANY = 1
_names = itertools.count(1)
_CODABLE = (
    "FROM account_account a JOIN account_account_type t ON t.id = a.type WHERE a.company = 1 AND (t.expense OR t.debt)"
)
_PAID = (
    "FROM account_move_line l JOIN account_move m ON m.id = l.move WHERE m.company = 1 AND l.id IN"
    ' (SELECT r.line FROM "account_invoice-account_move_line" r JOIN account_invoice i ON i.id = r.invoice'
    " WHERE i.type = 'in')"
)
_IDS = {
    "vendor": 'SELECT party FROM "party_party-party_category"',
    "account": f"SELECT a.id {_CODABLE}",
    "dimension": "SELECT id FROM analytic_account_account WHERE company = 1 AND type = 'root'",
    "tax_code": "SELECT id FROM account_tax WHERE company = 1",
    "payment_term": "SELECT id FROM account_invoice_payment_term",
    "purchase_order": "SELECT id FROM purchase_purchase WHERE company = 1 AND number IS NOT NULL",
    "receipt": "SELECT 'stock.shipment.in,' || id FROM stock_shipment_in WHERE company = 1 AND state <> 'draft'"
    " UNION SELECT 'stock.shipment.in.return,' || id FROM stock_shipment_in_return"
    " WHERE company = 1 AND state = 'done'",
    "invoice": "SELECT id FROM account_invoice WHERE company = 1 AND type = 'in'",
    "payment": f"SELECT 'account.move.line,' || l.id {_PAID}"
    " UNION SELECT 'account.payment,' || id FROM account_payment WHERE company = 1 AND kind = 'payable'",
    "approval": "SELECT id FROM ir_note WHERE message LIKE '%Reference: %'",
}
_COUNTS = {
    "vendor": "SELECT count(*) FROM party_party p WHERE p.active AND EXISTS"
    ' (SELECT 1 FROM "party_party-party_category" c WHERE c.party = p.id)',
    "account": f"SELECT count(*) {_CODABLE} AND NOT coalesce(a.closed, 0)",
    "dimension": "SELECT count(*) FROM analytic_account_account WHERE company = 1 AND type = 'root' AND active",
    "tax_code": "SELECT count(*) FROM account_tax WHERE company = 1 AND active",
    "payment_term": "SELECT count(*) FROM account_invoice_payment_term WHERE active",
    "receipt": "SELECT (SELECT count(*) FROM stock_shipment_in WHERE company = 1 AND state = 'done')"
    " + (SELECT count(*) FROM stock_shipment_in_return WHERE company = 1 AND state = 'done')",
}
_ORDERS = """SELECT p.id, c.code, p.total_amount_cache
    FROM purchase_purchase p JOIN currency_currency c ON c.id = p.currency
    WHERE p.company = 1 AND p.number IS NOT NULL"""
_ORDER_PARTS = """SELECT l.purchase, l.quantity, l.unit_price, t.rate FROM purchase_line l
    LEFT JOIN "purchase_line-account_tax" x ON x.line = l.id LEFT JOIN account_tax t ON t.id = x.tax"""
_INVOICES = """SELECT i.id, c.code, c.digits FROM account_invoice i JOIN currency_currency c ON c.id = i.currency
    WHERE i.company = 1 AND i.type = 'in'"""
_INVOICE_LINES = "SELECT invoice, quantity, unit_price FROM account_invoice_line WHERE type = 'line'"
_INVOICE_TAXES = "SELECT invoice, amount FROM account_invoice_tax"


@dataclass
class TrytonBench:
    """One running ERP with its starting data."""

    erp: ErpServer
    user: ErpUser
    settings: Mapping[str, str]
    wrong_credentials: Mapping[str, str]
    company: str = str(COMPANY)

    # ------------------------------------------------------------------------------------------ what is there
    def ids(self, obj: str) -> set[str]:
        return {str(row[0]) for row in self.rows(_IDS[obj])}

    def unknown_id(self, obj: str) -> str:
        models = {"receipt": "stock.shipment.in,", "payment": "account.move.line,"}
        return f"{models.get(obj, '')}999999"

    def rows(self, query: str) -> list[tuple[object, ...]]:
        path = self.erp.directory / f"{self.erp.facts.database}.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as books:
            return books.execute(query).fetchall()

    def ledger(self, as_of: date) -> Mapping[str, LedgerTotals]:
        counted = {obj: {("", "debit"): (int(str(self.rows(q)[0][0])), Decimal())} for obj, q in _COUNTS.items()}
        return {
            **counted,
            "purchase_order": _totals(self._orders(), owed=1),
            "invoice": _totals(self._invoices(), owed=1),
            "payment": _totals(self._payments(), owed=-1),
        }

    def _orders(self) -> Iterator[tuple[str, Decimal]]:
        stated = {order: (str(code), total) for order, code, total in self.rows(_ORDERS)}
        computed: defaultdict[object, Decimal] = defaultdict(Decimal)
        for order, number, price, rate in self.rows(_ORDER_PARTS):
            computed[order] += _number(number) * _number(price) * (1 + _number(rate))
        for order, (code, total) in stated.items():
            yield code, computed[order].quantize(Decimal("0.01")) if total is None else _number(total)

    def _invoices(self) -> Iterator[tuple[str, Decimal]]:
        sums: defaultdict[object, Decimal] = defaultdict(Decimal)
        for invoice, amount in self.rows(_INVOICE_TAXES):
            sums[invoice] += _number(amount)
        lines = defaultdict(list)
        for invoice, number, price in self.rows(_INVOICE_LINES):
            lines[invoice].append(_number(number) * _number(price))
        for invoice, code, digits in self.rows(_INVOICES):
            cent = Decimal(1).scaleb(-int(str(digits)))
            yield str(code), sums[invoice] + sum((one.quantize(cent) for one in lines[invoice]), Decimal())

    def _payments(self) -> Iterator[tuple[str, Decimal]]:
        codes = {key: str(code) for key, code in self.rows("SELECT id, code FROM currency_currency")}
        for _, foreign_amount, debit, credit, foreign in self.rows(
            f"SELECT l.id, l.amount_second_currency, l.debit, l.credit, l.second_currency {_PAID}"
        ):
            home = _number(debit) - _number(credit)
            yield (codes[foreign], _number(foreign_amount)) if foreign else ("USD", home)
        for code, amount in self.rows(
            "SELECT c.code, p.amount FROM account_payment p JOIN account_payment_journal j ON j.id = p.journal"
            " JOIN currency_currency c ON c.id = j.currency WHERE p.company = 1 AND p.kind = 'payable'"
        ):
            yield str(code), _number(amount)

    # ------------------------------------------------------------------------------------------ what is done
    def touch(self, obj: str) -> str:
        """One of the ERP's users changes a record, or makes one."""
        data, text = self.erp.facts.data, f"touched {next(_names)}"
        vendor = self.erp.facts.supplier("granite")
        match obj:
            case "vendor":
                self.user.rename_vendor(vendor, f"Granite Facilities Group {text}")
                return str(vendor)
            case "invoice":
                return str(self.user.key_bill(vendor, text, [Line("cleaning", "1", "10.00")]))
            case "payment":
                return self._touched_payment(vendor, text)
            case "receipt":
                return self._put("stock.shipment.in", 1, {"reference": text}, f"stock.shipment.in,{1}")
            case "dimension":
                value = data["dimensions"]["us"]["department.100"]
                return self._put(
                    "analytic_account.account", value, {"name": text}, str(data["dimensions"]["us"]["department"])
                )
        model, record, field = {
            "account": ("account.account", data["accounts"]["us"]["6100"], "name"),
            "tax_code": ("account.tax", data["taxes"]["us.zero"], "description"),
            "payment_term": ("account.invoice.payment_term", data["terms"]["net14"], "description"),
            "purchase_order": ("purchase.purchase", data["orders"]["granite"]["id"], "comment"),
        }[obj]
        return self._put(model, record, {field: text}, str(record))

    def _put(self, model: str, record: int, values: Json, external_id: str) -> str:
        self.user.wire.put(model, record, values, company=COMPANY)
        return external_id

    def _touched_payment(self, vendor: int, number: str) -> str:
        self.user.pay(self.user.key_bill(vendor, number, [Line("cleaning", "1", "10.00")]), "5.00")
        return max(self.ids("payment"), key=lambda key: (key.startswith("account.move"), int(key.rpartition(",")[2])))

    def create_body(self, obj: str) -> Json:
        n = next(_names)
        if obj == "approval":
            return {"invoice": str(self.erp.facts.data["bills"]["cobalt_open"]["id"]), "trail": f"approved {n}"}
        return invoice_body(
            party=str(self.erp.facts.supplier("cobalt")),
            invoice_number=f"B-{n}",
            lines=[
                {"account": "6300", "amount": "100.10", "taxes": [str(self.erp.facts.data["taxes"]["us.standard"])]},
                {"account": "6400", "amount": "33.33", "quantity": "7", "unit_price": None, "taxes": []},
            ],
            files=[{"name": f"B-{n}.xml", "content": base64.b64encode(b"<Invoice/>").decode()}],
            trail=f"1. approved {n}",
        )

    def update_body(self, obj: str, external_id: str) -> Json:
        raise AssertionError(f"nothing is updated in {obj}")

    def refused(self, obj: str) -> Refused | None:
        if obj == "approval":
            return Refused({"invoice": "999999", "trail": "approved"}, "invoice")
        body = self.create_body(obj)
        return Refused({**body, "lines": [{"account": "0000", "amount": "1.00"}]}, "lines.account")

    def blockable_vendor(self) -> str:
        return str(self.erp.facts.supplier("cobalt"))

    def document(self) -> tuple[str, str, bytes] | None:
        invoice, content = self.erp.facts.data["bills"]["granite_open"]["id"], b"%PDF-1.7 \x00\xff"
        data = {"__class__": "bytes", "base64": base64.b64encode(content).decode()}
        values = {"resource": f"account.invoice,{invoice}", "type": "data", "name": f"{next(_names)}.pdf", "data": data}
        self.user.wire.post("ir.attachment", values, company=COMPANY)
        return "invoice", str(invoice), content

    def notification(self, *, secret: str, at: datetime) -> Delivery:
        raise AssertionError("the ERP sends no notifications")


def invoice_body(**changed: object) -> Json:
    """An invoice in US dollars of today."""
    today = datetime.now(UTC).date().isoformat()
    return {"type_code": "380", "invoice_date": today, "currency": "USD", "posting_date": None, **changed}


def _number(value: object) -> Decimal:
    """SQLite holds the ERP's decimals as bytes."""
    return Decimal(value.decode() if isinstance(value, bytes) else str(value or 0))


def _totals(amounts: Iterable[tuple[str, Decimal]], *, owed: int) -> LedgerTotals:
    sums: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for code, amount in amounts:
        sums[code, "credit" if amount * owed >= 0 else "debit"].append(abs(amount))
    return {key: (len(parts), sum(parts, Decimal())) for key, parts in sums.items()}


@contextmanager
def tryton_bench() -> Iterator[TrytonBench]:
    server = start(ensure(VAR), free_port(), name="conformance", fresh=True)
    key = server.facts.keys["portal"]
    settings = {"base_url": server.base_url, "database": server.facts.database, "api_key": key}
    try:
        yield TrytonBench(server, ErpUser.at(server.base_url, server.facts), settings, {"api_key": "wrong"})
    finally:
        server.stop()
