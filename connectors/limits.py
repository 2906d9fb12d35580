"""The calls a vendor allows, shared by all workers: a token bucket in PostgreSQL, by PostgreSQL's clock.

Whoever takes a token too many is told how long to wait for it, so that waiting needs no polling and keeps its order.
Fast limits hand out a handful at a time, used up within a moment; slow ones one by one.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from connectors import side
from connectors.base import Limit
from connectors.errors import RateLimited
from tenancy.base import new_id

PATIENCE_SECONDS = 4.0  # longer waits are given back to the caller as RateLimited
_HANDFUL_SECONDS = 0.1  # of the rate, taken at once
_STALE_SECONDS = 0.1  # a handful not used up by then is let go

_TAKE = """
UPDATE {table} SET
    tokens = LEAST(%(burst)s, tokens + %(rate)s * GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - refilled_at)))
             - %(count)s,
    refilled_at = clock_timestamp()
WHERE key = %(key)s AND (blocked_until IS NULL OR blocked_until <= clock_timestamp())
    AND tokens + %(rate)s * EXTRACT(EPOCH FROM clock_timestamp() - refilled_at) - %(count)s >= -%(rate)s * %(patience)s
RETURNING GREATEST(0, -tokens / %(rate)s)::float
"""
_WHY_NOT = """
SELECT COALESCE(EXTRACT(EPOCH FROM blocked_until - clock_timestamp()), 0)::float,
    ((%(count)s - tokens) / %(rate)s - EXTRACT(EPOCH FROM clock_timestamp() - refilled_at))::float
FROM {table} WHERE key = %(key)s
"""
_BLOCKED = """
SELECT EXTRACT(EPOCH FROM blocked_until - clock_timestamp())::float FROM {table}
WHERE key = %(key)s AND blocked_until > clock_timestamp()
"""
_MAKE = """
INSERT INTO {table} (id, created_at, key, tokens, refilled_at)
VALUES (%(id)s, clock_timestamp(), %(key)s, %(burst)s, clock_timestamp()) ON CONFLICT (key) DO NOTHING
"""
_BLOCK = """
UPDATE {table} SET blocked_until = GREATEST(
    COALESCE(blocked_until, clock_timestamp()), clock_timestamp() + make_interval(secs => %(seconds)s)
), tokens = LEAST(tokens, 0) WHERE key = %(key)s
"""


class Bucket:
    """One vendor account's allowance, as one opened connector uses it. Safe to share between threads."""

    def __init__(self, schema: str, key: str, limit: Limit, name: str = "") -> None:
        self.name = name or key
        self._table = side.table(schema, "limitbucket")
        handful = min(int(limit.rate_per_second * _HANDFUL_SECONDS), limit.burst // 4)
        self._values: dict[str, Any] = {
            "key": key,
            "rate": limit.rate_per_second,
            "burst": limit.burst,
            "count": max(1, handful),
            "patience": PATIENCE_SECONDS,
        }
        self._lock = threading.Lock()
        self._left, self._from, self._until = 0, 0.0, 0.0  # the handful, and when it may be used

    def take(self) -> bool:
        """Waits for leave to send one request; raises RateLimited where the wait is long.

        True where the database was asked, False where the request came out of the handful.
        """
        with self._lock:
            asked = not self._left or time.monotonic() > self._until
            if asked:
                self._from = time.monotonic() + self._handful()
                self._until, self._left = self._from + _STALE_SECONDS, self._values["count"]
            self._left -= 1
            wait = self._from - time.monotonic()
        if wait > 0:
            time.sleep(wait)
            self._refuse_if_blocked()
        return asked

    def block(self, seconds: float) -> None:
        """The vendor asked for a pause: nobody takes a token before it is over."""
        with self._lock:
            self._left = 0
        self._run(_BLOCK, seconds=seconds)

    def _handful(self) -> float:
        """Takes tokens and says in how many seconds they may be used."""
        while not (taken := self._run(_TAKE)):
            for blocked, wait in self._run(_WHY_NOT):
                if blocked > 0 or wait > PATIENCE_SECONDS:
                    raise self._later(max(blocked, wait))
            self._run(_MAKE, id=new_id())
        return float(taken[0][0])

    def _refuse_if_blocked(self) -> None:
        if blocked := self._run(_BLOCKED):
            raise self._later(float(blocked[0][0]))

    def _later(self, seconds: float) -> RateLimited:
        seconds = max(seconds, 0.05)
        sentence = f"{self.name} allows the next request in {seconds:.0f} seconds."
        return RateLimited(sentence, after_seconds=seconds)

    def _run(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return side.run(sql.format(table=self._table), {**self._values, **more})
