"""Coding: every line split over accounts and dimensions of the reference data; splits sum to their line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sandbox.errors import invalid
from sandbox.money import rounded, text, total
from sandbox.shapes import Bill, BillLine, Coding, Dimension, LedgerAccount, PurchaseOrder, TaxCode
from sandbox.shapes.orders import OrderLine
from sandbox.work import Work

_HUNDRED = Decimal(100)


class Books:
    """The reference data of one company, each record looked up once."""

    def __init__(self, work: Work, company_id: str | None) -> None:
        self._work = work
        self._company = company_id
        self._accounts: dict[str, LedgerAccount] = {}
        self._tax_codes: dict[str, TaxCode] = {}
        self._orders: dict[str, PurchaseOrder] = {}
        self._values: dict[str, set[str]] | None = None

    def account(self, record_id: str) -> LedgerAccount:
        """Raises 404."""
        if record_id not in self._accounts:
            self._accounts[record_id] = self._work.get(LedgerAccount, record_id)
        return self._accounts[record_id]

    def tax_code(self, record_id: str) -> TaxCode:
        """Raises 404."""
        if record_id not in self._tax_codes:
            self._tax_codes[record_id] = self._work.get(TaxCode, record_id)
        return self._tax_codes[record_id]

    def order(self, record_id: str) -> PurchaseOrder:
        """Raises 404."""
        if record_id not in self._orders:
            self._orders[record_id] = self._work.get(PurchaseOrder, record_id)
        return self._orders[record_id]

    def has_value(self, dimension: str, value: str) -> bool:
        """Whether the company has this active value of this dimension."""
        if self._values is None:
            found = self._work.of_company(Dimension, self._company)
            self._values = {
                item.code: {entry.code for entry in item.values if entry.status == "active"}
                for item in found
                if item.status == "active"
            }
        return value in self._values.get(dimension, set())


def complete(work: Work, before: Bill | None, bill: Bill) -> None:
    """Fills in codes, order numbers and the other of percent and amount; raises 422 naming the line.

    Lines that are as they were are left alone, also where an account was closed since.
    """
    books = Books(work, bill.company_id)
    old = {line.line_number: line for line in before.lines} if before is not None else {}
    for index, line in enumerate(bill.lines):
        if line == old.get(line.line_number):
            continue
        where = f"lines[{index}]"
        if line.match is not None:
            _match(books, bill, line, f"{where}.match")
        if line.codings:
            _share_out(bill, line, f"{where}.codings")
        for position, coding in enumerate(line.codings):
            coding.split_number = position + 1
            _name(books, bill, coding, f"{where}.codings[{position}]")


def problems(work: Work, bill: Bill) -> Iterator[str]:
    """What keeps the coding from being submitted, in sentences."""
    books = Books(work, bill.company_id)
    for line in bill.lines:
        if not line.codings and Decimal(line.net_amount):
            yield f"Line {line.line_number} is not coded. Choose an account for it."
        for coding in line.codings:
            account = books.account(coding.account_id)
            given = {item.dimension_code for item in coding.dimensions}
            for code in account.required_dimensions:
                if code not in given:
                    yield f"Line {line.line_number}: account {account.code} needs a value of {code}."


def order_line(order: PurchaseOrder, line_number: str) -> OrderLine | None:
    """The line of an order by its number."""
    return next((line for line in order.lines if line.line_number == line_number), None)


def _match(books: Books, bill: Bill, line: BillLine, where: str) -> None:
    assert line.match is not None
    order = books.order(line.match.purchase_order_id)
    ordered = order_line(order, line.match.line_number)
    if ordered is None:
        raise invalid(f"Order {order.order_number} has no line {line.match.line_number}.", field=where)
    if order.company_id != bill.company_id:
        raise invalid(f"Order {order.order_number} belongs to another company.", field=where)
    if bill.supplier_id is not None and order.supplier_id != bill.supplier_id:
        raise invalid(f"Order {order.order_number} was placed with another supplier.", field=where)
    line.match.order_number, line.match.line_key = order.order_number, ordered.key
    if not line.codings:
        line.codings = [
            Coding(account_id=c.account_id, percent=c.percent, tax_code_id=c.tax_code_id, dimensions=c.dimensions)
            for c in ordered.codings
        ]


def _share_out(bill: Bill, line: BillLine, where: str) -> None:
    net = Decimal(line.net_amount)
    if all(coding.amount is None and coding.percent is not None for coding in line.codings):
        if total(coding.percent for coding in line.codings) != _HUNDRED:
            raise invalid(f"The percents of line {line.line_number} do not add up to 100.", field=where)
        _by_percent(line.codings, net, bill.currency_code)
    for coding in line.codings:
        if coding.amount is None and coding.percent is None and len(line.codings) > 1:
            raise invalid(f"A split of line {line.line_number} has neither percent nor amount.", field=where)
        if coding.amount is None:
            share = _HUNDRED if coding.percent is None else Decimal(coding.percent)
            coding.amount = text(rounded(net * share / _HUNDRED, bill.currency_code)) if share != 100 else text(net)
        if coding.percent is None:
            coding.percent = text((Decimal(coding.amount) / net * _HUNDRED).quantize(Decimal("0.0001"))) if net else "0"
    split = total(coding.amount for coding in line.codings)
    if split != net:
        sentence = f"The splits of line {line.line_number} add up to {text(split)}, the line is {line.net_amount}."
        raise invalid(sentence, field=where)


def _by_percent(codings: list[Coding], net: Decimal, currency: str) -> None:
    left = net
    for coding in codings[:-1]:
        share = rounded(net * Decimal(coding.percent or "0") / _HUNDRED, currency)
        coding.amount, left = text(share), left - share
    codings[-1].amount = text(left)


def _name(books: Books, bill: Bill, coding: Coding, where: str) -> None:
    account = books.account(coding.account_id)
    coding.account_code = account.code
    if account.company_id not in (None, bill.company_id):
        raise invalid(f"Account {account.code} belongs to another company.", field=f"{where}.accountId")
    if not account.postable or account.status != "active":
        raise invalid(f"Account {account.code} is closed or cannot be posted to.", field=f"{where}.accountId")
    if coding.tax_code_id is not None:
        coding.tax_code = books.tax_code(coding.tax_code_id).code
    for item in coding.dimensions:
        if not books.has_value(item.dimension_code, item.value_code):
            sentence = f"{item.dimension_code} has no value {item.value_code} in this company."
            raise invalid(sentence, field=f"{where}.dimensions")
