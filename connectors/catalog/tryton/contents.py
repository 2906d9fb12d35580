"""What an approved invoice looks like in the ERP, and whether an invoice there still looks like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from connectors.base import Json, Totals
from connectors.catalog.tryton.coding import Codes
from connectors.catalog.tryton.dialect import day
from connectors.catalog.tryton.rest import Rest
from connectors.errors import DataRejected

MODEL = "account.invoice"
PRICE_DIGITS = Decimal("0.0001")
CREDIT_NOTES = ("381", "396")
_HEAD = ("party.id", "currency.id", "reference", "invoice_date", "accounting_date")
_LINE = ("type", "account.id", "quantity", "unit_price", "origin", "taxes.id")
_ENTRY = ("analytic_accounts.root.id", "analytic_accounts.account.id")


def build(codes: Codes, body: Json, reference: str, order_lines: Mapping[str, Json]) -> tuple[Json, list[Json]]:
    """The head and the lines as the ERP wants them; raises DataRejected by field."""
    head = _head(codes, body, reference)
    return head, _lines(codes, body, head["currency"], order_lines)


def ordered_lines(codes: Codes, body: Json) -> dict[str, Json]:
    """The order lines the body refers to."""
    lines = body.get("lines") or []
    if not lines:
        raise DataRejected("The invoice has no lines. Code it before it is sent.", field="lines")
    return codes.order_lines([one["order_line"] for one in lines if one.get("order_line")])


def same(rest: Rest, invoice: str, head: Json, lines: list[Json]) -> bool:
    """Whether the invoice in the ERP says what was approved: payee, number, dates, money, coding."""
    fields = (*_HEAD, *(f"lines.{name}" for name in (*_LINE, *_ENTRY)))
    held = rest.by_ids(MODEL, [invoice], fields).get(invoice)
    if held is None:
        return False
    mine = [head["party"], head["currency"], head["reference"], *(_iso(head[n]) for n in _HEAD[3:])]
    theirs = [int(held["party"]["id"]), int(held["currency"]["id"]), *(held[name] for name in _HEAD[2:])]
    shown = [_shown(line) for line in held["lines"] if line["type"] == "line"]
    return mine == theirs and Counter(map(_wanted, lines)) == Counter(shown)


def totals(body: Json) -> Totals:
    """As on the document: a credit note is negative in the ERP."""
    credit = Decimal(body["total_amount"]) < 0
    sign = -1 if credit else 1
    net, tax, gross = (sign * Decimal(body[name]) for name in ("untaxed_amount", "tax_amount", "total_amount"))
    return Totals(body["currency"]["code"], net, tax, gross, credit)


def _wanted(line: Json) -> tuple[Any, ...]:
    entries = [(one["root"], one["account"]) for one in line["analytic_accounts"][0][1]]
    return _key(line["account"], line["quantity"], line["unit_price"], line.get("origin"), line["taxes"][0][1], entries)


def _shown(line: Json) -> tuple[Any, ...]:
    entries = [
        (int(one["root"]["id"]), int(one["account"]["id"])) for one in line["analytic_accounts"] if one["account"]
    ]
    taxes = [int(one["id"]) for one in line["taxes"]]
    account = int(line["account"]["id"]) if line["account"] else 0
    number, price = Decimal(line["quantity"] or 0), Decimal(line["unit_price"] or 0)
    return _key(account, number, price, line["origin"], taxes, entries)


def _key(
    account: int, number: Decimal, price: Decimal, origin: str | None, taxes: list[int], entries: list[tuple[int, int]]
) -> tuple[Any, ...]:
    return account, number, price, origin or None, tuple(sorted(taxes)), tuple(sorted(entries))


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _head(codes: Codes, body: Json, reference: str) -> Json:
    payee = codes.payee(str(body.get("party") or ""))
    issued = _date(body, "invoice_date")
    return {
        "party": int(body["party"]),
        "invoice_address": payee.address,
        "account": payee.payable,
        "journal": codes.journal(),
        "currency": codes.currency(body.get("currency") or ""),
        "reference": body.get("invoice_number") or "",
        "description": " ".join(filter(None, (reference, body.get("description")))),
        "invoice_date": issued,
        "accounting_date": _date(body, "posting_date"),
        "payment_term": int(body["payment_term"]) if body.get("payment_term") else payee.term,
        "comment": body.get("note") or None,
    }


def _date(body: Json, name: str) -> date | None:
    try:
        return day(body.get(name))
    except (TypeError, ValueError) as fault:
        raise DataRejected(f"{body[name]!r} is not a date. Write it like 2026-01-31.", field=name) from fault


def _lines(codes: Codes, body: Json, currency: int, order_lines: Mapping[str, Json]) -> list[Json]:
    credit = body.get("type_code") in CREDIT_NOTES
    accounts = codes.accounts(str(line.get("account") or "") for line in body["lines"])
    dimensions = codes.dimensions(_pair(one) for line in body["lines"] for one in line.get("dimensions") or ())
    digits, made = codes.digits(currency), []
    for line in _shares(body["lines"]):
        fixed = {
            "type": "line",
            "invoice_type": "in",
            "company": codes.company,
            "currency": currency,
            "account": accounts[str(line["account"])],
            "description": line.get("description") or None,
            "taxes": [["add", [int(one) for one in line.get("taxes") or ()]]],
            "analytic_accounts": [["create", [dimensions[_pair(one)] for one in line.get("dimensions") or ()]]],
        }
        for place, (number, price) in enumerate(priced(line, digits)):
            tied = _tied(line, order_lines) if place == 0 else {}
            made.append({**fixed, **tied, "quantity": -number if credit else number, "unit_price": price})
    return made


def _shares(lines: Iterable[Json]) -> Iterator[Json]:
    """Of the coding splits of one line only the first stands for its quantity and its order line."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        key = str(line.get("order_line") or ""), str(line.get("line") or "")
        if line.get("quantity") or not key[0]:
            yield line
        elif key in seen:
            yield {**line, "order_line": None}
        else:
            yield {**line, "quantity": line.get("line_quantity")}
        seen.add(key)


def _tied(line: Json, order_lines: Mapping[str, Json]) -> Json:
    """What ties an invoice line to its order line.

    The product is named only where the taxes are those of the order: with others the ERP would ask its user whether
    that is meant, and nobody could answer.
    """
    if not line.get("order_line"):
        return {}
    known = order_lines[line["order_line"]]
    usual = {one["id"] for one in known["taxes"]} == {str(one) for one in line.get("taxes") or ()}
    names = [name for name in ("product", "unit") if known[name] and (usual or name == "unit")]
    return {"origin": f"purchase.line,{line['order_line']}", **{name: int(known[name]["id"]) for name in names}}


def priced(line: Json, digits: int) -> list[tuple[Decimal, Decimal]]:
    """(quantity, unit price) pairs that make exactly the line's net amount, which the ERP computes and we do not.

    A price has four digits at most. Where no such price makes the amount, a second pair carries the difference.
    """
    amount = _decimal(line, "amount")
    number = _decimal(line, "quantity") if line.get("quantity") else Decimal(1)
    if not number:
        raise DataRejected("A line of the invoice has the quantity zero. Correct the quantity.", field="lines.quantity")
    cent, price = Decimal(1).scaleb(-digits), _decimal(line, "unit_price") if line.get("unit_price") else None
    if price is None or price != price.quantize(PRICE_DIGITS) or _rounded(number * price, cent) != amount:
        price = (amount / number).quantize(PRICE_DIGITS, ROUND_HALF_EVEN)
    rest = amount - _rounded(number * price, cent)
    return [(number, price), (Decimal(1), rest)] if rest else [(number, price)]


def _rounded(value: Decimal, cent: Decimal) -> Decimal:
    return value.quantize(cent, ROUND_HALF_EVEN)


def _decimal(line: Json, name: str) -> Decimal:
    try:
        return Decimal(str(line[name]))
    except (KeyError, ArithmeticError) as fault:
        raise DataRejected(f"A line of the invoice has no readable {name}.", field=f"lines.{name}") from fault


def _pair(dimension: Json) -> tuple[str, str]:
    return str(dimension.get("dimension") or ""), str(dimension.get("value") or "")
