"""Working until nothing is left to do, with time made to pass where the product would wait.

Leases, settling times and retries go by the database's clock. Instead of sleeping, every instant they compare with it
is moved into the past by as much: the constants stay those of production. The target keeps real time; it is idle
meanwhile, so that it cannot tell the difference. Proofs about a target that lags sleep instead (`real=True`).
"""

from __future__ import annotations

import time
from datetime import timedelta

from proofs.ground import SCHEMA

INSTANTS = {
    "jobs_job": ("due_at", "lease_until", "again_at"),
    "sync_runentry": ("not_before",),
    "sync_intent": ("sent_at",),
    "sync_run": ("retry_at",),
    "connectors_breaker": ("open_until",),
    "connectors_limitbucket": ("blocked_until", "refilled_at"),
}
PAST_THE_LEASE = 60.0


def let_pass(seconds: float) -> None:
    """Moves this database's waiting work into the past. Nobody may be working on it."""
    from django.db import connection

    from tenancy.context import tenant_context

    with tenant_context(SCHEMA), connection.cursor() as cursor:
        for table, columns in INSTANTS.items():
            moved = ", ".join(f"{name} = {name} - %(by)s" for name in columns)
            cursor.execute(f"UPDATE {table} SET {moved}", {"by": timedelta(seconds=seconds)})


def work_until_quiet(seconds: float = 60.0, *, real: bool = False) -> bool:
    """A worker's turns until no job is live; False where there still is one after so many real seconds."""
    from tenancy.clock import db_now
    from tenancy.context import tenant_context
    from tenancy.jobs.selectors import next_job
    from tenancy.jobs.worker import work_turn

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if work_turn(SCHEMA):
            continue
        with tenant_context(SCHEMA):
            following = next_job()
            wait = (following.at - db_now()).total_seconds() if following.at else 0.0
        if following.at is None:
            return True
        if wait > 0:
            time.sleep(min(wait, 0.2)) if real else let_pass(wait)
    return False
