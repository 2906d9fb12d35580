"""Suppliers, orders with what arrived, payments, and the coding data: to look at, as the ERP sent them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from flask import Blueprint, request

from sandbox.money import total
from sandbox.shapes import (
    Company,
    Dimension,
    GoodsReceipt,
    LedgerAccount,
    Payment,
    PaymentTerm,
    PurchaseOrder,
    Supplier,
    TaxCode,
)
from sandbox.shapes.scalars import Record
from sandbox.store import rows
from sandbox.web.pages import Pages
from sandbox.work import KINDS, Work

Shown = dict[str, Any]
_PAGE = 50


def add_list_pages(web: Blueprint, pages: Pages) -> None:
    """`/suppliers`, `/orders`, `/payments`, `/coding-data`, `/about`."""

    @web.get("/suppliers")
    def suppliers() -> str:
        return pages.show("suppliers.html", lambda work: _newest(work, "suppliers", Supplier, "displayName"))

    @web.get("/suppliers/<supplier_id>")
    def supplier(supplier_id: str) -> str:
        return pages.show("supplier.html", lambda work: _supplier(work, supplier_id))

    @web.get("/orders")
    def orders() -> str:
        return pages.show("orders.html", _orders)

    @web.get("/orders/<order_id>")
    def order(order_id: str) -> str:
        return pages.show("order.html", lambda work: _order(work, order_id))

    @web.get("/payments")
    def payments() -> str:
        return pages.show("payments.html", _payments)

    @web.get("/coding-data")
    def coding_data() -> str:
        return pages.show("coding_data.html", _coding_data)

    @web.get("/about")
    def about() -> str:
        return pages.show("about.html", lambda _: {})


def _supplier(work: Work, supplier_id: str) -> Shown:
    return {
        "supplier": work.get(Supplier, supplier_id),
        "terms": {term.id: term.name for term in work.of_company(PaymentTerm, None)},
        "bills": _of_supplier(work, "bills", supplier_id),
        "orders": _of_supplier(work, "purchase-orders", supplier_id),
        "companies": _companies(work),
    }


def _orders(work: Work) -> Shown:
    shown = _newest(work, "orders", PurchaseOrder, "orderNumber")
    return {**shown, "names": _names(work, shown["orders"]), "companies": _companies(work)}


def _order(work: Work, order_id: str) -> Shown:
    found = work.get(PurchaseOrder, order_id)
    receipts = _receipts(work, order_id)
    return {
        "order": found,
        "supplier": work.get(Supplier, found.supplier_id),
        "receipts": receipts,
        "arrived": _arrived(receipts),
        "companies": _companies(work),
    }


def _payments(work: Work) -> Shown:
    shown = _newest(work, "payments", Payment, "paymentNumber")
    settled = {part.bill_id for payment in shown["payments"] for part in payment.allocations}
    bills = {bill_id: _bill_number(work, bill_id) for bill_id in settled}
    return {**shown, "names": _names(work, shown["payments"]), "bills": bills}


def _coding_data(work: Work) -> Shown:
    companies = work.of_company(Company, None)
    chosen = request.args.get("company") or (companies[0].id if companies else "")
    return {
        "companies": companies,
        "chosen": chosen,
        "accounts": sorted(work.of_company(LedgerAccount, chosen), key=lambda item: item.code),
        "dimensions": work.of_company(Dimension, chosen),
        "tax_codes": work.of_company(TaxCode, chosen),
        "terms": work.of_company(PaymentTerm, chosen),
    }


def _newest(work: Work, name: str, shape: type[Record], searched: str) -> Shown:
    """A page, newest first, filtered by `?q=`, under `name`, and in `older` where the next one starts."""
    words, before = request.args.get("q", "").strip(), request.args.get("before", "")
    found = rows(
        work.db,
        f"SELECT id, body FROM objects WHERE kind = ? AND (? = '' OR id < ?) AND (? = '' OR number LIKE ?"
        f" OR json_extract(body, '$.{searched}') LIKE ?) ORDER BY id DESC LIMIT {_PAGE + 1}",
        (KINDS[shape], before, before, words, f"%{words}%", f"%{words}%"),
    )
    records = [msgspec.json.decode(row["body"], type=shape) for row in found[:_PAGE]]
    return {name: records, "older": found[_PAGE - 1]["id"] if len(found) > _PAGE else None}


def _companies(work: Work) -> dict[str, str]:
    return {company.id: company.name for company in work.of_company(Company, None)}


def _names(work: Work, found: Sequence[PurchaseOrder | Payment]) -> dict[str, str]:
    return {item.supplier_id: work.get(Supplier, item.supplier_id).display_name for item in found}


def _of_supplier(work: Work, kind: str, supplier_id: str) -> list[dict[str, str]]:
    query = (
        "SELECT body FROM objects WHERE kind = ? AND json_extract(body, '$.supplierId') = ? ORDER BY id DESC LIMIT 20"
    )
    return [msgspec.json.decode(row[0]) for row in work.db.execute(query, (kind, supplier_id))]


def _receipts(work: Work, order_id: str) -> list[GoodsReceipt]:
    query = (
        "SELECT body FROM objects WHERE kind = 'goods-receipts' AND (parent = ?"
        " OR EXISTS (SELECT 1 FROM json_each(body, '$.lines') AS line"
        " WHERE json_extract(line.value, '$.purchaseOrderId') = ?)) ORDER BY id"
    )
    return [msgspec.json.decode(row[0], type=GoodsReceipt) for row in work.db.execute(query, (order_id, order_id))]


def _arrived(receipts: list[GoodsReceipt]) -> dict[str, Decimal]:
    """Quantity per order line, returns taken off; reversed receipts count nothing."""
    lines = [line for receipt in receipts if receipt.status == "posted" for line in receipt.lines]
    numbers = {line.purchase_order_line_number or "" for line in lines}
    return {
        number: total(line.quantity for line in lines if line.purchase_order_line_number == number)
        for number in numbers
    }


def _bill_number(work: Work, bill_id: str) -> str:
    row = work.db.execute("SELECT number FROM objects WHERE kind = 'bills' AND id = ?", (bill_id,)).fetchone()
    return str(row[0]) if row else bill_id
