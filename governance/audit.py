"""Checks the audit chain, and keeps its head where someone who can rewrite the database cannot reach it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from governance.chain import START, KeyMissing, active_key_id, mac_of, same
from governance.models import AuditEntry
from tenancy.clock import db_now
from tenancy.context import require_tenant

_UNDIGESTED = "mac"


@dataclass(frozen=True)
class Fault:
    """Something that does not fit, in a sentence."""

    seq: int
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What a check of one tenant's chain found. `heads` were compared with the exported file."""

    entries: int
    heads: int
    faults: tuple[Fault, ...]

    @property
    def sound(self) -> bool:
        """Nothing was edited, deleted, swapped or cut off."""
        return not self.faults


def content_of(entry: AuditEntry, previous_mac: str) -> dict[str, Any]:
    """Everything the digest of an entry covers: all its columns but the digest, and the digest before."""
    columns = {field.attname: getattr(entry, field.attname) for field in entry._meta.concrete_fields}
    return {name: value for name, value in columns.items() if name != _UNDIGESTED} | {"previous": previous_mac}


def verify() -> Verdict:
    """Walks the current tenant's whole chain and compares it with every exported head."""
    schema = require_tenant()
    macs: dict[int, str] = {}
    faults = list(_walk(schema, macs))
    heads = _exported(schema)
    for number, head in enumerate(heads, start=1):
        faults.extend(_head_faults(number, head, schema, macs))
    return Verdict(len(macs), len(heads), tuple(faults))


def _walk(schema: str, macs: dict[int, str]) -> Iterator[Fault]:
    last, previous = 0, START
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != last + 1:
            yield Fault(entry.seq, f"Between entries {last} and {entry.seq} something is missing.")
        if fault := _entry_fault(entry, previous, schema):
            yield fault
        last, previous = entry.seq, entry.mac
        macs[entry.seq] = entry.mac


def _entry_fault(entry: AuditEntry, previous: str, schema: str) -> Fault | None:
    try:
        expected = mac_of(content_of(entry, previous), key_id=entry.key_id, schema=schema)
    except KeyMissing as missing:
        return Fault(entry.seq, str(missing))
    except TypeError:  # a value that this chain never holds
        expected = ""
    if same(entry.mac, expected):
        return None
    return Fault(entry.seq, f"Entry {entry.seq} was changed, or the one before it was.")


# ------------------------------------------------------------------------------------- the head, outside the database
def export_head() -> Path | None:
    """Appends the newest entry's number and digest, signed, to the tenant's file; None where there is no entry."""
    schema = require_tenant()
    head = AuditEntry.objects.order_by("-seq").first()
    if head is None:
        return None
    line = {"schema": schema, "seq": head.seq, "mac": head.mac, "at": db_now().isoformat(), "key_id": active_key_id()}
    path = _head_file(schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"signature": _sign(line, schema)}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _head_file(schema: str) -> Path:
    return Path(settings.AUDIT_HEADS_DIR) / f"{schema}.jsonl"


def _sign(line: Mapping[str, Any], schema: str) -> str:
    return mac_of(line, key_id=line["key_id"], schema=schema, purpose="head")


def _exported(schema: str) -> list[str]:
    path = _head_file(schema)
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _head_faults(number: int, text: str, schema: str, macs: Mapping[int, str]) -> Iterator[Fault]:
    try:
        line = json.loads(text)
        signature = line.pop("signature")
        genuine = same(signature, _sign(line, schema))
    except (ValueError, KeyError, TypeError, AttributeError, KeyMissing):
        genuine = False
    if not genuine:
        yield Fault(0, f"Line {number} of the exported heads was not written by this installation.")
    elif macs.get(line["seq"]) != line["mac"]:
        yield Fault(line["seq"], f"Entry {line['seq']} was exported on {line['at'][:10]} and is not there as it was.")
