"""What each step of a write does to the system in memory, and the read that shows that it has been done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal

from connectors.base import Json, LedgerLine, RawRecord, Written
from connectors.errors import DataRejected
from connectors.testing.twin_system import Row, TwinSystem

Action = Callable[[TwinSystem, str, str, Json, str, str], Row]  # (system, object, company, body, reference, id)
ORDER = ("draft", "validated", "posted")


def _create(system: TwinSystem, obj: str, company: str, body: Json, reference: str, _: str) -> Row:
    system.check(obj, company, body)
    computed = {"state": "draft", "amount": system.lines_total(body)} if body.get("lines") else {}
    return system.put(obj, body | computed, company=company, reference=reference)


def _put(system: TwinSystem, obj: str, company: str, body: Json, reference: str, external_id: str) -> Row:
    """Creates, or finds by our reference and overwrites."""
    system.check(obj, company, body)
    known = (row.id for row in system.rows(obj, company) if row.reference == reference)
    return system.put(obj, body, company=company, external_id=external_id or next(known, ""), reference=reference)


def _change(system: TwinSystem, obj: str, company: str, changes: Json, external_id: str) -> Row:
    if external_id not in system.table(obj):
        raise DataRejected(f"There is no {obj} {external_id}.", field="id", status=404)
    return system.put(obj, changes, company=company, external_id=external_id)


def _update(system: TwinSystem, obj: str, company: str, body: Json, _: str, external_id: str) -> Row:
    return _change(system, obj, company, body, external_id)


def _retire(system: TwinSystem, obj: str, company: str, body: Json, _: str, external_id: str) -> Row:
    return _change(system, obj, company, {"active": False}, external_id)


def _advance(state: str) -> Action:
    def apply(system: TwinSystem, obj: str, company: str, body: Json, _: str, external_id: str) -> Row:
        row = _change(system, obj, company, {}, external_id)
        if ORDER.index(state) > ORDER.index(row.body["state"]) + 1:
            raise DataRejected(f"The {obj} must be validated first.", field="state", status=400)
        row.body["state"] = max(state, row.body["state"], key=ORDER.index)
        return row

    return apply


def _acknowledge(system: TwinSystem, obj: str, company: str, body: Json, _: str, external_id: str) -> Row:
    return _change(system, obj, company, {"acknowledged": deepcopy(body)}, external_id)


STEPS: Mapping[str, Action] = {
    "create": _create,
    "put": _put,
    "update": _update,
    "retire": _retire,
    "validate": _advance("validated"),
    "post": _advance("posted"),
    "acknowledge": _acknowledge,
}
PROOFS: Mapping[str, Callable[[Row, Json], bool]] = {
    "create": lambda row, body: True,
    "put": lambda row, body: body.items() <= row.body.items(),
    "update": lambda row, body: body.items() <= row.body.items(),
    "retire": lambda row, body: row.body.get("active") is False,
    "validate": lambda row, body: row.body.get("state") in ORDER[1:],
    "post": lambda row, body: row.body.get("state") == "posted",
    "acknowledge": lambda row, body: row.body.get("acknowledged") == body,
}


def raw(row: Row) -> RawRecord:
    """The row as a read returns it."""
    body = {**deepcopy(row.body), "id": row.id, "reference": row.reference}
    return RawRecord(row.id, body, str(row.version), row.modified_at)


def written(row: Row) -> Written:
    """The row as a step returns it."""
    return Written(row.id, raw(row).body)


def line(obj: str, row: Row) -> LedgerLine:
    """The row as the system's own books show it: what we owe is credit, what we paid debit, and a minus turns it."""
    body, amount = row.body, Decimal(str(row.body["amount"]))
    return LedgerLine(
        object=obj,
        external_id=row.id,
        key=f"{body['vendor']}|{body['number']}",
        company=row.company,
        currency=body["currency"],
        side="credit" if (obj == "invoice") == (amount >= 0) else "debit",
        amount=abs(amount),
        stage=body.get("state", ""),
        day=date.fromisoformat(body["date"]) if body.get("date") else None,
        reference=row.reference,
    )
