"""A supplier invoice on its way into the books: draft, validated, posted.

The ERP has no idempotency of its own: our reference stands at the beginning of the invoice's description and is
searched before a draft is made. Where the ERP has drafted an invoice for the same order lines itself, that draft is
completed instead of a second one being made. What is validated and posted is compared with what was approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.base import Json
from connectors.catalog.tryton.coding import Codes
from connectors.catalog.tryton.contents import MODEL, build, ordered_lines, same
from connectors.catalog.tryton.rest import Domain, Rest
from connectors.errors import DataRejected

REACHED = {"validate": ("validated", "posted", "paid"), "post": ("posted", "paid")}
_DRAFT = ("lines.origin", "lines.stock_moves.id")


def create(rest: Rest, body: Json, reference: str) -> str:
    """Makes the draft, or completes the ERP's own; returns its id. A draft that carries our reference is kept."""
    held = find(rest, reference)
    if len(held) > 1:
        raise DataRejected(f"The ERP holds this invoice {len(held)} times. Keep one there and cancel the others.")
    codes = Codes(rest)
    order_lines = ordered_lines(codes, body)
    head, lines = build(codes, body, reference, order_lines)
    if held:
        return _corrected(rest, held[0], head, lines)
    drafts = _own_drafts(rest, head["party"], order_lines)
    if drafts:
        return _complete(rest, drafts, head, lines, set(order_lines))
    values = {**head, "type": "in", "company": codes.company, "lines": [["create", lines]]}
    return str(rest.create(MODEL, values, ("id",))["id"])


def validate(rest: Rest, invoice: str, body: Json, reference: str) -> None:
    """Validates the draft, after putting back whatever differs from what was approved."""
    if state(rest, invoice) in REACHED["validate"]:
        return
    codes = Codes(rest)
    head, lines = build(codes, body, reference, ordered_lines(codes, body))
    _corrected(rest, invoice, head, lines)
    rest.act(MODEL, invoice, "validate_invoice")


def post(rest: Rest, invoice: str, body: Json, reference: str) -> None:
    """Posts exactly what was approved, or nothing."""
    if state(rest, invoice) in REACHED["post"]:
        return
    codes = Codes(rest)
    if not same(rest, invoice, *build(codes, body, reference, ordered_lines(codes, body))):
        raise DataRejected(
            "The invoice was changed in the ERP after it was sent there, so it is no longer what was approved. "
            "Undo the change in the ERP, or set the invoice back to draft there and try again."
        )
    rest.act(MODEL, invoice, "post")


def state(rest: Rest, invoice: str) -> str:
    """The ERP's word for where the invoice stands; "" where there is none."""
    found = rest.by_ids(MODEL, [invoice], ("state",)).get(invoice)
    return str(found["state"]) if found else ""


def find(rest: Rest, reference: str) -> list[str]:
    """The invoices whose description begins with our reference, those cancelled left out."""
    domain: Domain = [
        ["type", "=", "in"],
        ["company", "=", rest.company],
        ["state", "!=", "cancelled"],
        ["description", "like", f"{_literal(reference)}%"],
    ]
    found = rest.find(MODEL, domain, ("description",))
    return [one["id"] for one in found if one["description"].partition(" ")[0] == reference]


def _literal(text: str) -> str:
    """A reference in a `like` pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _corrected(rest: Rest, invoice: str, head: Json, lines: list[Json]) -> str:
    """Makes a draft say what was approved; an invoice that is further along is left for its next step to judge."""
    if state(rest, invoice) == "draft" and not same(rest, invoice, head, lines):
        held = rest.find("account.invoice.line", [["invoice", "=", int(invoice)]], ("id",))
        gone = [int(line["id"]) for line in held]
        rest.write(MODEL, invoice, {**head, "lines": [["delete", gone], ["create", lines]]}, ("id",))
    return invoice


# ------------------------------------------------------------------------------------------------ the ERP's own draft
@dataclass
class _Draft:
    """An invoice the ERP drafted by itself."""

    id: str
    lines: dict[str, list[int]] = field(default_factory=dict)  # order line id → invoice line ids
    moves: dict[str, list[int]] = field(default_factory=dict)  # order line id → stock move ids
    others: list[int] = field(default_factory=list)  # lines of no order


def _own_drafts(rest: Rest, party: int, order_lines: Mapping[str, Json]) -> list[_Draft]:
    """Drafts nobody keyed that hold any of these order lines."""
    wanted = [int(one) for one, line in order_lines.items() if line["purchase"]["invoice_method"] != "manual"]
    if not wanted:
        return []
    domain: Domain = [
        ["type", "=", "in"],
        ["state", "=", "draft"],
        ["party", "=", party],
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


def _hand_over(drafts: Iterable[_Draft], lines: list[Json]) -> None:
    """The first line of each order line takes over the goods movements its draft stood for."""
    left: dict[str, list[int]] = {}
    for draft in drafts:
        for order_line, moves in draft.moves.items():
            left.setdefault(f"purchase.line,{order_line}", []).extend(moves)
    for line in lines:
        if moves := left.pop(line.get("origin", ""), []):
            line["stock_moves"] = [["add", moves]]


def _complete(rest: Rest, drafts: list[_Draft], head: Json, lines: list[Json], ours: set[str]) -> str:
    """Puts our invoice in the place of the first draft and takes our order lines out of the others, in one request.

    What the first draft held beside our lines the ERP drafts anew by itself.
    """
    first, *others = drafts
    _hand_over(drafts, lines)
    gone = [line for some in first.lines.values() for line in some] + first.others
    gone += [line for draft in others for one in ours for line in draft.lines.get(one, ())]
    rest.write(MODEL, first.id, {**head, "lines": [["delete", gone], ["create", lines]]}, ("id",))
    for draft in others:
        if not draft.others and draft.lines.keys() <= ours:
            rest.delete(MODEL, draft.id)
    return first.id
