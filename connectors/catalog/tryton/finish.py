"""What a record needs beside its own fields: sums shown only on the ERP's screens, and the far end of references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from connectors.base import Json
from connectors.catalog.tryton.dialect import quantity
from connectors.catalog.tryton.rest import Rest

Bodies = Mapping[tuple[str, str], Json]  # (model, id) → body
_VALUE = ("last_modified_at", "code", "name", "active", "state", "parent.id", "root.id")
_COUNTED = ("validated", "posted", "paid")  # invoice states that use up an order's quantity


def finish(obj: str, rest: Rest, bodies: Bodies) -> None:
    """Completes the bodies in place."""
    if obj in _FINISHERS and bodies:
        _FINISHERS[obj](rest, bodies)


def _dimensions(rest: Rest, bodies: Bodies) -> None:
    roots = {body["id"]: body for body in bodies.values()}
    for body in roots.values():
        body["values"] = []
    values = [["root", "in", [int(one) for one in roots]], ["type", "=", "normal"]]
    for value in rest.walk("analytic_account.account", values, _VALUE):
        roots[value.pop("root")["id"]]["values"].append(value)


def _orders(rest: Rest, bodies: Bodies) -> None:
    for body in bodies.values():
        for line in body["lines"]:
            moves, billed = line.pop("moves"), line.pop("invoice_lines")
            line["received_quantity"] = _sum(_direction(move) * Decimal(move["quantity"]) for move in moves)
            line["invoiced_quantity"] = _sum(
                Decimal(one["quantity"] or 0) for one in billed if (one["invoice"] or {}).get("state") in _COUNTED
            )


def _direction(move: Json) -> int:
    """1 for goods that came in, -1 for goods sent back, 0 for what has not moved."""
    if move["state"] != "done":
        return 0
    return 1 if move["from_location"]["type"] == "supplier" else -1


def _receipts(rest: Rest, bodies: Bodies) -> None:
    for (model, _), body in bodies.items():
        body["kind"] = "return" if model.endswith("return") else "receipt"
        body["lines"] = body.pop("incoming_moves") if "incoming_moves" in body else body.pop("moves")
    lines = [line for body in bodies.values() for line in body["lines"]]
    order_lines = _order_lines(rest, lines)
    for line in lines:
        line["order_line"] = order_lines.get(line.pop("origin") or "")
        line["signed_quantity"] = quantity(Decimal(line["quantity"]) * _way(line))
    for body in bodies.values():
        orders = {
            line["order_line"]["purchase"]["id"]: line["order_line"]["purchase"]
            for line in body["lines"]
            if line["order_line"]
        }
        body["orders"] = list(orders.values())


def _way(line: Json) -> int:
    """1 for what came from the vendor, -1 for what went back."""
    line.pop("from_location")
    return -1 if line.pop("to_location")["type"] == "supplier" else 1


def _invoices(rest: Rest, bodies: Bodies) -> None:
    lines = [line for body in bodies.values() for line in body["lines"]]
    order_lines = _order_lines(rest, lines)
    for line in lines:
        line["order_line"] = order_lines.get(line.pop("origin") or "")
    for body in bodies.values():
        payable = body["lines_to_pay"]
        body.pop("payment_lines")
        body["is_credit_note"] = Decimal(body["total_amount"]) < 0
        body["is_own_draft"] = _drafted_by_erp(body)
        body["payment_blocked"] = any(line["payment_blocked"] for line in payable)
        body["due_date"] = max((line["maturity_date"] for line in payable if line["maturity_date"]), default=None)


def _drafted_by_erp(body: Json) -> bool:
    """A draft nobody keyed: made from an order, without a supplier's number and without our reference."""
    ordered = any(line["order_line"] for line in body["lines"])
    return body["state"] == "draft" and ordered and not body["reference"] and not body["description"]


def _order_lines(rest: Rest, lines: Iterable[Json]) -> dict[str, Json]:
    """The order lines that receipt or invoice lines come from, by the ERP's reference."""
    origins = {line["origin"] for line in lines if (line["origin"] or "").startswith("purchase.line,")}
    found = rest.by_ids(
        "purchase.line", [origin.partition(",")[2] for origin in origins], ("purchase.number", "sequence")
    )
    return {f"purchase.line,{key}": line for key, line in found.items()}


def _payments(rest: Rest, bodies: Bodies) -> None:
    runs = [body for (model, _), body in bodies.items() if model == "account.payment"]
    origins = [_origin_id(body["line"]) for body in runs]
    invoices = rest.by_ids("account.invoice", [one for one in origins if one], ("number", "reference"))
    for body, origin in zip(runs, origins, strict=True):
        _from_run(body, invoices.get(origin))
    for (model, key), body in bodies.items():
        if model == "account.move.line":
            _from_journal(body, key)


def _origin_id(line: Json | None) -> str:
    """The id of the invoice that a payable line belongs to."""
    model, _, key = str((line or {}).get("move", {}).get("origin") or "").partition(",")
    return key if model == "account.invoice" else ""


def _from_run(body: Json, invoice: Json | None) -> None:
    """A payment of a payment run."""
    body.pop("line")
    body["source"] = "run"
    body["method"] = body.pop("journal")["name"]
    body["discount_amount"] = "0"
    body["allocations"] = [{"invoice": invoice, "amount": body["amount"], "discount": "0"}] if invoice else []


def _from_journal(body: Json, key: str) -> None:
    """A payment booked on the invoice itself; what its last payment left open was written off as discount."""
    settled = (body.pop("reconciliation") or {}).get("lines", [])
    move, foreign = body.pop("move"), body.pop("second_currency")
    invoices = body.pop("invoice_payments")
    amount = _worth(body, foreign)
    last = max((int(one["id"]) for one in settled if one["invoice_payments"]), default=0)
    written_off = [one for one in settled if not one["invoice_payments"] and not one["move"]["origin"]]
    discount = sum((_worth(one, foreign) for one in written_off), Decimal(0)) if str(last) == key else Decimal(0)
    reversed_by = f"account.move,{move['id']}"
    for name in ("debit", "credit", "amount_second_currency"):
        body.pop(name)
    body |= {
        "source": "journal",
        "number": move["number"],
        "state": "reversed" if any(one["move"]["origin"] == reversed_by for one in settled) else "posted",
        "reference": move["description"] or None,
        "method": move["journal"]["code"],
        "company": {"id": move["company"]["id"]},
        "currency": foreign or move["company"]["currency"],
        "amount": format(amount, "f"),
        "discount_amount": format(discount, "f"),
        "allocations": [
            {"invoice": invoice, "amount": format(amount, "f"), "discount": format(discount, "f")}
            for invoice in invoices[:1]
        ],
    }


def _worth(line: Json, foreign: Any) -> Decimal:
    """A payable line's amount in the invoice's currency: what it takes off the debt."""
    if foreign:
        return Decimal(line["amount_second_currency"] or 0)
    return Decimal(line["debit"]) - Decimal(line["credit"])


def _sum(values: Iterable[Decimal]) -> str:
    return quantity(sum(values, Decimal(0)))


_FINISHERS: dict[str, Callable[[Rest, Bodies], None]] = {
    "dimension": _dimensions,
    "purchase_order": _orders,
    "receipt": _receipts,
    "invoice": _invoices,
    "payment": _payments,
}
