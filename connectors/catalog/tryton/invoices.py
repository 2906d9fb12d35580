"""A supplier invoice on its way into the books: draft, validated, posted, with its file and its approval trail.

The ERP has no idempotency of its own: our reference stands at the beginning of the invoice's description and is
searched before anything is sent again. Where the ERP has drafted an invoice for the same order lines itself, that
draft is completed instead of a second one being made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from connectors.base import Json, Totals
from connectors.catalog.tryton.coding import Codes
from connectors.catalog.tryton.dialect import day
from connectors.catalog.tryton.rest import Domain, Rest
from connectors.errors import DataRejected

MODEL = "account.invoice"
PRICE_DIGITS = Decimal("0.0001")
CREDIT_NOTES = ("381", "396")
_DRAFT = ("lines.origin", "lines.stock_moves.id", "currency.id")


def create(rest: Rest, body: Json, reference: str) -> str:
    """Makes the draft, or completes the ERP's own; returns its id."""
    codes = Codes(rest)
    lines = body.get("lines") or []
    if not lines:
        raise DataRejected("The invoice has no lines. Code it before it is sent.", field="lines")
    order_lines = codes.order_lines([one["order_line"] for one in lines if one.get("order_line")])
    values = _head(codes, body, reference)
    drafts = _own_drafts(rest, body["party"], order_lines)
    values["lines"] = [["create", _lines(codes, body, values["currency"], order_lines, _moves(drafts))]]
    if not drafts:
        return str(rest.create(MODEL, {**values, "type": "in", "company": codes.company}, ("id",))["id"])
    return _complete(rest, drafts, values, set(order_lines))


def press(rest: Rest, invoice: str, button: str, reached: Iterable[str]) -> None:
    """Validates or posts; does nothing where that has been done."""
    if state(rest, invoice) not in reached:
        rest.act(MODEL, invoice, button)


def state(rest: Rest, invoice: str) -> str:
    """The ERP's word for where the invoice stands; "" where there is none."""
    found = rest.by_ids(MODEL, [invoice], ("state",)).get(invoice)
    return str(found["state"]) if found else ""


def find(rest: Rest, reference: str) -> list[str]:
    """The invoices whose description begins with our reference."""
    domain = [["type", "=", "in"], ["company", "=", rest.company], ["description", "like", f"{_literal(reference)}%"]]
    found = rest.find(MODEL, domain, ("description",))
    return [one["id"] for one in found if one["description"].partition(" ")[0] == reference]


# ------------------------------------------------------------------------------------------------ the draft
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


def _lines(
    codes: Codes, body: Json, currency: int, order_lines: Mapping[str, Json], moves: Mapping[str, list[int]]
) -> list[Json]:
    """The lines as the ERP wants them; the first line of an order line takes over its goods movements."""
    credit = body.get("type_code") in CREDIT_NOTES
    accounts = codes.accounts(str(line.get("account") or "") for line in body["lines"])
    dimensions = codes.dimensions(_pair(one) for line in body["lines"] for one in line.get("dimensions") or ())
    left, made = dict(moves), []
    for line in body["lines"]:
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
        for place, (number, price) in enumerate(_priced(line, codes.digits(currency))):
            ordered = line.get("order_line") if place == 0 else None
            values = {**fixed, "quantity": -number if credit else number, "unit_price": price}
            made.append(values | _ordered(ordered, order_lines, left))
    return made


def _ordered(order_line: str | None, order_lines: Mapping[str, Json], moves: dict[str, list[int]]) -> Json:
    """What ties an invoice line to its order line."""
    if not order_line:
        return {}
    known = order_lines[order_line]
    tied: Json = {"origin": f"purchase.line,{order_line}"}
    tied |= {name: int(known[name]["id"]) for name in ("product", "unit") if known[name]}
    if order_line in moves:
        tied["stock_moves"] = [["add", moves.pop(order_line)]]
    return tied


def _priced(line: Json, digits: int) -> list[tuple[Decimal, Decimal]]:
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


# ------------------------------------------------------------------------------------------------ the ERP's own draft
@dataclass
class _Draft:
    """An invoice the ERP drafted by itself."""

    id: str
    lines: dict[str, list[int]] = field(default_factory=dict)  # order line id → invoice line ids
    moves: dict[str, list[int]] = field(default_factory=dict)  # order line id → stock move ids
    others: list[int] = field(default_factory=list)  # lines of no order


def _own_drafts(rest: Rest, party: str, order_lines: Mapping[str, Json]) -> list[_Draft]:
    """Drafts nobody keyed that hold any of these order lines."""
    wanted = [int(one) for one, line in order_lines.items() if line["purchase"]["invoice_method"] != "manual"]
    if not wanted:
        return []
    domain: Domain = [
        ["type", "=", "in"],
        ["state", "=", "draft"],
        ["party", "=", int(party)],
        ["reference", "in", [None, ""]],
        ["description", "in", [None, ""]],
        ["lines.origin.id", "in", wanted, "purchase.line"],
    ]
    return [_draft(one) for one in rest.find(MODEL, domain, _DRAFT)]


def _draft(body: Json) -> _Draft:
    draft = _Draft(body["id"])
    for line in body["lines"]:
        model, _, order_line = (line["origin"] or "").partition(",")
        if model != "purchase.line":
            draft.others.append(int(line["id"]))
            continue
        draft.lines.setdefault(order_line, []).append(int(line["id"]))
        draft.moves.setdefault(order_line, []).extend(int(move["id"]) for move in line["stock_moves"])
    return draft


def _moves(drafts: Iterable[_Draft]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for draft in drafts:
        for order_line, moves in draft.moves.items():
            if moves:
                found.setdefault(order_line, []).extend(moves)
    return found


def _complete(rest: Rest, drafts: list[_Draft], values: Json, ours: set[str]) -> str:
    """Puts our invoice in the place of the first draft and takes our order lines out of the others, in one request.

    What the first draft held beside our lines the ERP drafts anew by itself.
    """
    first, *others = drafts
    gone = [line for lines in first.lines.values() for line in lines] + first.others
    gone += [line for draft in others for one in ours for line in draft.lines.get(one, ())]
    values["lines"] = [["delete", gone], *values["lines"]]
    rest.write(MODEL, first.id, values, ("id",))
    for draft in others:
        if not draft.others and draft.lines.keys() <= ours:
            rest.delete(MODEL, draft.id)
    return first.id


def _literal(text: str) -> str:
    """A reference in a `like` pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def totals(body: Json) -> Totals:
    """As on the document: a credit note is negative in the ERP."""
    sign = -1 if Decimal(body["total_amount"]) < 0 else 1
    net, tax, gross = (sign * Decimal(body[name]) for name in ("untaxed_amount", "tax_amount", "total_amount"))
    return Totals(body["currency"]["code"], net, tax, gross)
