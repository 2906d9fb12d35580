"""The append-only log of every call: what came, what was done, what was answered. The truth for proofs."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from sandbox import clock
from sandbox.calls import Call
from sandbox.work import Effect

_COLUMNS = (
    "at, method, path, query, reference, idempotency_key, digest, status, answered, applied, fault, operation, kind,"
    " object_id, late_of"
)


class Entry(msgspec.Struct, rename="camel"):
    """One line. `status` is what the service decided, `answered` what the caller got to see of it.

    `applied` says whether any record changed: a PATCH to the values that are there already did not.
    """

    seq: int
    at: str
    method: str
    path: str
    query: str
    external_reference: str | None
    idempotency_key: str | None
    body_digest: str
    status: int
    answered: str
    applied: bool
    fault: str | None
    operation: str | None
    kind: str | None
    object_id: str | None
    late_of: int | None


def append(
    db: sqlite3.Connection,
    call: Call,
    *,
    status: int,
    answered: str,
    effects: list[Effect],
    fault: str | None = None,
    late_of: int | None = None,
) -> int:
    """Writes one line in the transaction of what it tells of; returns its number."""
    first = effects[0] if effects else None
    query = "&".join(f"{name}={value}" for name, value in sorted(call.query.items()))
    values: tuple[Any, ...] = (
        *(clock.now(), call.method, call.path, query, call.reference(), call.headers.get("idempotency-key")),
        *(call.digest, status, answered, int(bool(effects)), fault),
        *((first.operation, first.kind, first.id) if first else (None, None, None)),
        late_of,
    )
    marks = ",".join("?" * len(values))
    cursor = db.execute(f"INSERT INTO request_log ({_COLUMNS}) VALUES ({marks})", values)
    return int(cursor.lastrowid or 0)


def entries(db: sqlite3.Connection, *, after: int, limit: int, writes: bool) -> list[Entry]:
    """Lines after a number; `writes` leaves out reads."""
    only = "AND method <> 'GET'" if writes else ""
    found = db.execute(
        f"SELECT seq, {_COLUMNS} FROM request_log WHERE seq > ? {only} ORDER BY seq LIMIT ?",
        (after, limit),
    )
    return [_entry(*row) for row in found]


def _entry(*values: Any) -> Entry:
    entry = Entry(*values)
    entry.applied = bool(entry.applied)
    return entry
