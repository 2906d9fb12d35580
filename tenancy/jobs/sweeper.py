"""The process that finds what doorbells missed: due hints every second, every tenant every minute."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Event

from django.db import Error, connection

from tenancy.context import tenant_context
from tenancy.jobs import beat, bell, registry, selectors
from tenancy.jobs.limits import limits
from tenancy.jobs.states import JobState

log = logging.getLogger(__name__)
AT_ONCE = 50  # hints taken with one statement
ROUND = 60  # ticks between two enrolments, after which the connection is also renewed
FORGET = """
DELETE FROM jobs_job WHERE id IN (
    SELECT id FROM jobs_job WHERE state = %s AND finished_at < clock_timestamp() - %s LIMIT 500)"""


def sweep(stop: Event, every: float = 1.0) -> None:
    """Until told to stop. A database that is away is waited for."""
    ticks = 0
    while not stop.is_set():
        try:
            if ticks % ROUND == 0:
                connection.close()  # a session that has touched many schemas grows and never shrinks
                bell.enrol()
            sweep_once()
            ticks += 1
        except Error as fault:
            log.warning("The sweeper cannot reach the database and tries again: %s", fault)
            connection.close()
        beat.show("sweeper")
        stop.wait(every)


def sweep_once() -> None:
    """Visits every tenant whose hint is due."""
    full = True
    while full:
        tenants = bell.take_due(AT_ONCE)
        full = len(tenants) == AT_ONCE
        for tenant in tenants:
            visit(tenant)
            beat.show("sweeper")


def visit(tenant: str) -> None:
    """Lets the upper layers schedule their work, then rings if a job is due or its worker's lease has run out."""
    try:
        with tenant_context(tenant):
            times = [_asked(hook, tenant) for hook in registry.visit_hooks()]
            _forget_done()
            following = selectors.next_job()
    except Error:
        connection.close()
        log.exception("The visit to %s failed; the next one is within a minute.", tenant)
        return
    if following.due:
        bell.ring(tenant)  # and comes again soon, in case that doorbell is lost
    if known := [at for at in (*times, None if following.due else following.at) if at]:
        bell.note(tenant, min(known))


def _asked(hook: registry.VisitHook, tenant: str) -> datetime | None:
    """One layer's fault must not keep the others, or the jobs, from being looked after."""
    try:
        with tenant_context(tenant):
            return hook()
    except Error:
        raise
    except Exception:
        log.exception("The visit hook %s failed in %s.", hook.__qualname__, tenant)
        return None


def _forget_done() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [JobState.DONE, timedelta(days=limits().keep_done_days)])
