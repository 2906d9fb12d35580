"""An approval trail as a note on the invoice it belongs to; our reference closes the note."""

from __future__ import annotations

from itertools import islice

from connectors.base import Json, RawRecord
from connectors.catalog.tryton.attachments import NOTE, add_note
from connectors.catalog.tryton.changes import latest, version
from connectors.catalog.tryton.contents import MODEL
from connectors.catalog.tryton.dialect import moment
from connectors.catalog.tryton.rest import BATCH, Rest
from connectors.errors import DataRejected

_MARK = "Reference: "


def create(rest: Rest, body: Json, reference: str) -> str:
    """`body`: {"invoice": id, "trail": text}."""
    invoice = str(body.get("invoice") or "")
    if not invoice.isdigit() or not rest.by_ids(MODEL, [invoice], ("id",)):
        raise DataRejected("The invoice this approval belongs to is not in the ERP. Send it first.", field="invoice")
    return add_note(rest, f"{MODEL},{invoice}", f"{body.get('trail') or ''}\n{_MARK}{reference}")


def fetch(rest: Rest, external_id: str) -> RawRecord | None:
    if not external_id.isdigit():
        return None
    note = rest.get(NOTE, external_id, ("resource", "message", "last_modified_at"))
    return _record(note) if note else None


def find(rest: Rest, reference: str) -> list[str]:
    """Notes can only be searched record by record, so all supplier invoices are gone through in batches."""
    found, invoices = [], rest.walk(MODEL, [["type", "=", "in"], ["company", "=", rest.company]], ("id",))
    while some := [f"{MODEL},{one['id']}" for one in islice(invoices, BATCH)]:
        domain = [["resource", "in", some], ["message", "like", f"%{_MARK}{reference}"]]
        found += [one["id"] for one in rest.find(NOTE, domain, ("id",))]
    return found


def _record(note: Json) -> RawRecord:
    changed_at = latest(note)
    return RawRecord(note["id"], note, version(note), moment(changed_at))
