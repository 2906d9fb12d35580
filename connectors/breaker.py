"""Keeps all workers off a system that keeps failing, and lets one of them try whether it is back."""

from __future__ import annotations

from connectors import side
from connectors.errors import Retryable
from connectors.states import BreakerState
from tenancy.base import new_id

THRESHOLD = 5  # failures in a row
FIRST_PAUSE_SECONDS = 15.0  # doubles with every failed try ...
LONGEST_PAUSE_SECONDS = 300.0  # ... up to this
PROBE_SECONDS = 40.0  # a try that has not reported by then is taken for dead

_LOOK = """
SELECT state, failures, EXTRACT(EPOCH FROM open_until - clock_timestamp())::float FROM {table} WHERE key = %(key)s
"""
_PROBE = """
UPDATE {table} SET state = %(half_open)s, open_until = clock_timestamp() + make_interval(secs => %(probe)s)
WHERE key = %(key)s AND state <> %(closed)s AND open_until <= clock_timestamp() RETURNING failures
"""
_FAILED = """
INSERT INTO {table} AS b (id, created_at, key, state, failures)
VALUES (%(id)s, clock_timestamp(), %(key)s, %(closed)s, 1)
ON CONFLICT (key) DO UPDATE SET failures = b.failures + 1,
    state = CASE WHEN b.failures + 1 >= %(threshold)s THEN %(open)s ELSE b.state END,
    open_until = CASE WHEN b.failures + 1 >= %(threshold)s THEN clock_timestamp() + make_interval(
        secs => LEAST(%(longest)s, %(first)s * 2 ^ LEAST(b.failures + 1 - %(threshold)s, 20))
    ) END
"""
_INVITE = "UPDATE {table} SET open_until = clock_timestamp() WHERE key = %(key)s AND state = %(open)s"
_WORKED = """
UPDATE {table} SET state = %(closed)s, failures = 0, open_until = NULL
WHERE key = %(key)s AND (failures > 0 OR state <> %(closed)s)
"""


class SharedBreaker:
    """The breaker of one limit key. Safe to share between threads."""

    def __init__(self, schema: str, key: str, name: str = "") -> None:
        self.name = name or key
        self._table = side.table(schema, "breaker")
        self._values = {
            "key": key,
            "threshold": THRESHOLD,
            "first": FIRST_PAUSE_SECONDS,
            "longest": LONGEST_PAUSE_SECONDS,
            "probe": PROBE_SECONDS,
            "closed": BreakerState.CLOSED.value,
            "open": BreakerState.OPEN.value,
            "half_open": BreakerState.HALF_OPEN.value,
        }
        self._troubled = False  # somebody has seen a failure that no success has wiped out

    def admit(self) -> None:
        """Returns where a request may be sent; raises Retryable while the breaker is open."""
        found = self._run(_LOOK)
        state, failures, seconds = found[0] if found else (BreakerState.CLOSED, 0, None)
        self._troubled = failures > 0
        if state == BreakerState.CLOSED or (seconds <= 0 and self._run(_PROBE)):
            return
        raise Retryable(
            f"{self.name} failed {failures} times in a row. Nothing is sent to it for {max(seconds, 1):.0f} seconds."
        )

    def invite(self) -> None:
        """A person wants to know now: the next request may try, whatever is left of the pause."""
        self._run(_INVITE)

    def failed(self) -> None:
        """A request found the system not working."""
        self._troubled = True
        self._run(_FAILED)

    def worked(self) -> None:
        """A request was answered; costs nothing while all is well."""
        if self._troubled:
            self._run(_WORKED)
            self._troubled = False

    def _run(self, sql: str) -> list[tuple[object, ...]]:
        return side.run(sql.format(table=self._table), {**self._values, "id": new_id()})
