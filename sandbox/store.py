"""The service's memory: one SQLite database (file with WAL, or in memory), one writer at a time.

Records are kept as the JSON text that is answered, so that a page is joined, not serialised. Times grow strictly,
also across restarts. The request log and the records have separate lives: see `sandbox.control`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import clock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, id TEXT NOT NULL, company TEXT, updated_at TEXT NOT NULL, version INTEGER NOT NULL,
    reference TEXT, number TEXT, parent TEXT, status TEXT, approved INTEGER NOT NULL DEFAULT 0,
    searched_from TEXT NOT NULL DEFAULT '', listed_from TEXT NOT NULL DEFAULT '', body TEXT NOT NULL,
    UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS by_time ON objects (kind, updated_at, id);
CREATE INDEX IF NOT EXISTS by_reference ON objects (kind, reference) WHERE reference IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_number ON objects (kind, number);
CREATE INDEX IF NOT EXISTS by_parent ON objects (kind, parent) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS lookups (kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (kind, key, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lookups_by_id ON lookups (kind, id);
CREATE TABLE IF NOT EXISTS files (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS versions (bill TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (bill, version));
CREATE TABLE IF NOT EXISTS counters (kind TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, client TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, digest TEXT NOT NULL, status INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS request_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, reference TEXT, idempotency_key TEXT, digest TEXT NOT NULL, status INTEGER NOT NULL,
    answered TEXT NOT NULL, applied INTEGER NOT NULL, fault TEXT, operation TEXT, kind TEXT, object_id TEXT,
    late_of INTEGER);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, event_id TEXT NOT NULL, endpoint TEXT NOT NULL,
    type TEXT NOT NULL, object_id TEXT NOT NULL, attempt INTEGER NOT NULL, outcome TEXT NOT NULL);
"""
RECORD_TABLES = ("objects", "lookups", "files", "versions", "counters", "tokens", "idempotency")
LOG_TABLES = ("request_log", "deliveries")


class Store:
    """Opens the database at `path`, or one in memory for None."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._last: str = self._db.execute("SELECT coalesce(max(updated_at), '') FROM objects").fetchone()[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, alone, until the block ends; an exception undoes everything."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def stamp(self) -> str:
        """A time later than every one given before; call it inside a transaction."""
        following = clock.later(self._last, 0.000001) if self._last else ""
        self._last = max(clock.now(), following)
        return self._last

    def wipe(self, tables: Sequence[str]) -> None:
        """Empties the tables."""
        with self.transaction() as db:
            for table in tables:
                db.execute(f"DELETE FROM {table}")


def next_id(db: sqlite3.Connection, kind: str, prefix: str) -> str:
    """`sup-000001`, `sup-000002`, …"""
    row = db.execute(
        "INSERT INTO counters (kind, n) VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET n = n + 1 RETURNING n", (kind,)
    ).fetchone()
    return f"{prefix}-{row[0]:06d}"


def rows(db: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
    """All rows of a query."""
    return db.execute(sql, values).fetchall()
