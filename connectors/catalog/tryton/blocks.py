"""Payment blocks on a vendor's open items, and the notes that tell our blocks from those the ERP's users have set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from connectors.base import Json, LedgerLine
from connectors.catalog.tryton.attachments import NOTE, add_note
from connectors.catalog.tryton.dialect import day
from connectors.catalog.tryton.rest import Domain, Rest

LINE = "account.move.line"
BLOCKED, RELEASED = "Payment blocked:", "Payment released."
_FIELDS = (
    "credit", "amount_second_currency", "second_currency.code", "move.company.currency.code", "payment_blocked",
    "maturity_date", "party.code", "move.origin",
)  # fmt: skip


def block(rest: Rest, vendor: str, reason: str) -> Sequence[LedgerLine]:
    """Blocks what is open and not blocked; answers with all that is blocked now."""
    lines = _open_items(rest, vendor)
    for line in lines:
        if not line["payment_blocked"]:
            add_note(rest, f"{LINE},{line['id']}", f"{BLOCKED} {reason}")  # first, so that a release finds it
            rest.act(LINE, line["id"], "payment_block")
    return _shown(rest, lines, "blocked")


def release(rest: Rest, vendor: str) -> Sequence[LedgerLine]:
    """Lifts the blocks that were set here; answers with what was lifted."""
    lines = {f"{LINE},{line['id']}": line for line in _open_items(rest, vendor)}
    ours = {resource: lines[resource] for resource in _blocked_here(rest, lines)}
    for resource, line in ours.items():
        if line["payment_blocked"]:
            rest.act(LINE, line["id"], "payment_unblock")
        add_note(rest, resource, RELEASED)
    return _shown(rest, list(ours.values()), "open")


def _blocked_here(rest: Rest, resources: Iterable[str]) -> list[str]:
    """The items whose last note of ours is a block; the ERP lets nobody change or remove a note."""
    domain: Domain = [
        ["resource", "in", list(resources)],
        ["OR", ["message", "like", f"{BLOCKED}%"], ["message", "=", RELEASED]],
    ]
    last = {note["resource"]: note["message"] for note in rest.find(NOTE, domain, ("resource", "message"))}
    return [resource for resource, message in last.items() if message != RELEASED]


def _open_items(rest: Rest, vendor: str) -> list[Json]:
    domain: Domain = [
        ["move.company", "=", rest.company],
        ["party", "=", int(vendor)],
        ["account.type.payable", "=", True],
        ["credit", ">", 0],
        ["reconciliation", "=", None],
        ["move_state", "=", "posted"],
    ]
    return rest.find(LINE, domain, _FIELDS)


def _shown(rest: Rest, lines: Sequence[Json], stage: str) -> list[LedgerLine]:
    """The items as documents; one whose move is no invoice keeps the id of its line."""
    origins = {line["id"]: (line["move"]["origin"] or "").partition(",") for line in lines}
    ids = [key for model, _, key in origins.values() if model == "account.invoice"]
    invoices = rest.by_ids("account.invoice", ids, ("number", "reference"))
    return [_item(rest, line, invoices.get(origins[line["id"]][2]), stage) for line in lines]


def _item(rest: Rest, line: Json, invoice: Json | None, stage: str) -> LedgerLine:
    foreign = line["second_currency"]
    amount = Decimal(line["amount_second_currency"] if foreign else line["credit"])
    due: date | None = day(line["maturity_date"])
    return LedgerLine(
        object="invoice",
        external_id=invoice["id"] if invoice else f"{LINE},{line['id']}",
        key=f"{line['party']['code']}|{(invoice or {}).get('reference') or ''}",
        company=str(rest.company),
        currency=(foreign or line["move"]["company"]["currency"])["code"],
        side="credit",
        amount=abs(amount),
        stage=stage,
        day=due,
        reference=(invoice or {}).get("number") or "",
    )
