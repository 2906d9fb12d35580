"""De-duplication by the Idempotency-Key header; off unless the settings turn it on."""

from __future__ import annotations

import sqlite3

from sandbox.calls import Call, Result
from sandbox.errors import ApiError


def remembered(db: sqlite3.Connection, call: Call) -> Result | None:
    """The first answer given under the call's key; raises 422 where the body was another one."""
    key = call.headers.get("idempotency-key")
    if not key or call.method != "POST":
        return None
    row = db.execute("SELECT digest, status, body FROM idempotency WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if row["digest"] != call.digest:
        raise ApiError(422, "idempotencyKeyReused", "This Idempotency-Key came with another body before.")
    return Result(row["status"], row["body"], headers={"Idempotent-Replayed": "true"})


def remember(db: sqlite3.Connection, call: Call, result: Result) -> None:
    """Keeps an answer under the call's key."""
    key = call.headers.get("idempotency-key")
    if key and call.method == "POST":
        values = (key, call.digest, result.status, result.body)
        db.execute("INSERT OR IGNORE INTO idempotency (key, digest, status, body) VALUES (?, ?, ?, ?)", values)
