"""The only door to background work. A job joins the caller's transaction; the doorbell rings after the commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction

from tenancy.base import new_id
from tenancy.clock import db_now
from tenancy.context import PUBLIC, NoTenantError, current_schema, tenant_context
from tenancy.jobs import bell, registry
from tenancy.jobs.limits import limits
from tenancy.jobs.models import Job
from tenancy.jobs.states import STOPPED, JobState, Priority

LONGEST_ARGUMENT = 200  # an identifier or a cut-off time fits; content does not
# A live job of the same key is locked until the caller commits. A waiting one is then skipped by every claim, so that
# it cannot start without seeing what the caller is about to commit; one in work is marked to be done once more.
PUT = """
INSERT INTO jobs_job AS job (id, created_at, kind, args, key, state, priority, due_at, fence, attempts, max_attempts,
                            worker, correlation_id, last_error)
VALUES (%(id)s, clock_timestamp(), %(kind)s, %(args)s, %(key)s, 'queued', %(priority)s,
        COALESCE(%(due_at)s, clock_timestamp()), 0, 0, %(max_attempts)s, '', %(correlation_id)s, '')
ON CONFLICT (kind, key) WHERE state IN ('queued', 'working') AND NOT (key = '') DO UPDATE SET
    priority = LEAST(job.priority, excluded.priority),
    due_at = CASE WHEN job.state = 'queued' THEN LEAST(job.due_at, excluded.due_at) ELSE job.due_at END,
    again_at = CASE WHEN job.state = 'working' THEN LEAST(job.again_at, excluded.due_at) ELSE job.again_at END
RETURNING *, COALESCE(again_at, due_at) AS next_at, COALESCE(again_at, due_at) <= clock_timestamp() AS due_now"""


class KeyConflictError(ValueError):
    """Two requests under one key ask for different things; doing one would lose the other."""


def enqueue(
    kind: str,
    *,
    args: Mapping[str, str],
    due_at: datetime | None = None,
    key: str | None = None,
    priority: Priority = Priority.NORMAL,
    correlation_id: UUID | None = None,
    max_attempts: int | None = None,
    tenant: str | None = None,
) -> Job:
    """Asks for work in the current tenant, or in `tenant`. Due at once unless told otherwise.

    With a key, a live job of the same kind and key is returned instead of a second one; if that one is already being
    worked on it is done once more afterwards. Take several keys in one transaction in a fixed order.
    """
    registry.handler_of(kind)
    wanted = {
        "id": new_id(),
        "kind": kind,
        "args": json.dumps(_checked(args)),
        "key": key or "",
        "priority": int(priority),
        "due_at": due_at,
        "max_attempts": max_attempts or limits().attempts,
        "correlation_id": correlation_id or new_id(),
    }
    with _context(tenant) as schema:
        return _put(schema or current_schema(), wanted)


def put_back(job: Job) -> Job:
    """Tries a stopped job afresh, from its cursor; for a person who removed the cause.

    Where a job of the same key lives by now, that one is answered and the stopped one stays as it is.
    """
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk, state__in=STOPPED).update(
                state=JobState.QUEUED, due_at=db_now(), attempts=0, finished_at=None, priority=Priority.NOW
            )
    except IntegrityError:
        return enqueue(job.kind, args=job.args, key=job.key, priority=Priority.NOW)
    transaction.on_commit(partial(bell.ring, current_schema()), robust=True)
    job.refresh_from_db()
    return job


def _context(tenant: str | None) -> AbstractContextManager[str | None]:
    if tenant:
        return tenant_context(tenant)
    if current_schema() == PUBLIC:
        raise NoTenantError("Background work belongs to a partner: enter tenant_context(schema) or say tenant=schema.")
    return nullcontext()


def _checked(args: Mapping[str, str]) -> dict[str, str]:
    for name, value in args.items():
        if not isinstance(value, str) or len(value) > LONGEST_ARGUMENT:
            raise ValueError(f"The job argument {name!r} must be an identifier as text, not content.")
    return dict(args)


def _put(schema: str, wanted: dict[str, object]) -> Job:
    with transaction.atomic():
        (job,) = Job.objects.raw(PUT, wanted)
        if job.args != json.loads(str(wanted["args"])):
            raise KeyConflictError(
                f"A {job.kind} job with key {job.key!r} waits with other arguments; put what differs into the key."
            )
    announce = partial(bell.ring, schema) if job.due_now else partial(bell.note, schema, job.next_at)
    transaction.on_commit(announce, robust=True)  # a doorbell that cannot ring must not look like a failed commit
    return job
