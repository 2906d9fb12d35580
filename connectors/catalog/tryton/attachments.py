"""Files and notes that hang on a record of the ERP: the original of an invoice, the trail of its approval."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence

from connectors.base import FileContent, Json
from connectors.catalog.tryton.rest import Rest

FILE, NOTE = "ir.attachment", "ir.note"


def attach(rest: Rest, resource: str, body: Json) -> None:
    """Adds the files of `body["files"]` and the note `body["trail"]` that are not there yet."""
    held = _names(rest, resource)
    for file in body.get("files") or ():
        if file["name"] not in held:
            data = {"__class__": "bytes", "base64": file["content"]}
            rest.create(FILE, {"resource": resource, "type": "data", "name": file["name"], "data": data}, ("id",))
    if body.get("trail") and not note_ids(rest, resource, body["trail"]):
        add_note(rest, resource, body["trail"])


def attached(rest: Rest, resource: str, body: Json) -> bool:
    """Whether all of it is there."""
    wanted = {file["name"] for file in body.get("files") or ()}
    noted = not body.get("trail") or bool(note_ids(rest, resource, body["trail"]))
    return noted and wanted <= (_names(rest, resource) if wanted else set())


def files(rest: Rest, resource: str) -> Sequence[FileContent]:
    found = rest.find(FILE, [["resource", "=", resource], ["type", "=", "data"]], ("name", "data"))
    return [FileContent(one["name"], _media_type(one["name"]), base64.b64decode(one["data"] or "")) for one in found]


def add_note(rest: Rest, resource: str, message: str) -> str:
    return str(rest.create(NOTE, {"resource": resource, "message": message}, ("id",))["id"])


def note_ids(rest: Rest, resource: str, message: str) -> list[str]:
    """The notes of a record with exactly this text."""
    found = rest.find(NOTE, [["resource", "=", resource]], ("message",))
    return [one["id"] for one in found if (one["message"] or "").strip() == message.strip()]


def _names(rest: Rest, resource: str) -> set[str]:
    return {one["name"] for one in rest.find(FILE, [["resource", "=", resource]], ("name",))}


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
