"""Taking, keeping and giving back jobs. Each is one conditional statement: the fence decides, by the database's clock.

A claim also takes jobs whose lease has run out. Nothing here asks whether the lease still runs: as long as the fence
is ours nobody else has taken the job.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction

from tenancy.jobs import services
from tenancy.jobs.limits import limits
from tenancy.jobs.models import Job
from tenancy.jobs.states import JobState, Priority

CLAIM = """
WITH next AS (
    SELECT id FROM jobs_job
    WHERE state IN ('queued', 'working') AND COALESCE(lease_until, due_at) <= statement_timestamp()
    ORDER BY priority, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE jobs_job AS job SET
    state = 'working', worker = %s, fence = fence + 1, attempts = attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => %s), started_at = clock_timestamp(),
    waited_ms = LEAST(extract(epoch FROM clock_timestamp() - due_at) * 1000, 2147483647)
FROM next WHERE job.id = next.id RETURNING job.*"""
RENEW = """
UPDATE jobs_job SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'working'"""
SAVE_CURSOR = """
UPDATE jobs_job SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s), cursor = %(cursor)s,
    attempts = CASE WHEN cursor IS DISTINCT FROM %(cursor)s THEN 0 ELSE attempts END
WHERE id = %(id)s AND fence = %(fence)s AND state = 'working'"""
QUEUE = """
UPDATE jobs_job SET state = 'queued', lease_until = NULL, worker = '', last_error = %(error)s,
    due_at = clock_timestamp() + make_interval(secs => %(after)s), cursor = COALESCE(%(cursor)s, cursor),
    attempts = CASE WHEN %(progress)s THEN 0 ELSE attempts END
WHERE id = %(id)s AND fence = %(fence)s AND state = 'working'"""
CLOSE = """
UPDATE jobs_job SET state = %(state)s, lease_until = NULL, last_error = %(error)s, finished_at = clock_timestamp(),
    attempts = LEAST(attempts, max_attempts)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'working' RETURNING *"""


class LeaseLost(BaseException):
    """Somebody else has this job: stop at once. Not an Exception, so that no handler's safety net catches it."""


def claim(worker: str) -> Job | None:
    """The next due job of the current tenant, now ours under a new fence, or None."""
    return next(iter(list(Job.objects.raw(CLAIM, [worker, limits().lease]))), None)


def renew(job: Job) -> None:
    """A full lease from now; raises LeaseLost."""
    _change(RENEW, job, lease=limits().lease)


def save_cursor(job: Job, cursor: dict[str, Any]) -> None:
    """Saves progress and renews; a cursor that moved starts the attempts anew. Raises LeaseLost."""
    _change(SAVE_CURSOR, job, lease=limits().lease, cursor=json.dumps(cursor))


def again(job: Job, after_seconds: float, cursor: dict[str, Any] | None) -> None:
    """Back into the queue, with progress."""
    kept = None if cursor is None else json.dumps(cursor)
    _change(QUEUE, job, after=after_seconds, cursor=kept, progress=True, error="")


def retry(job: Job, after_seconds: float, sentence: str) -> None:
    """Back into the queue after a fault; the attempt stays counted."""
    _change(QUEUE, job, after=after_seconds, cursor=None, progress=False, error=sentence)


def close(job: Job, state: JobState, sentence: str = "") -> None:
    """Ends the job; if it was asked for again meanwhile, a new one begins. Raises LeaseLost."""
    with transaction.atomic():
        closed = list(Job.objects.raw(CLOSE, {**_mark(job), "state": str(state), "error": sentence}))
        if not closed:
            raise LeaseLost
        if closed[0].again_at:
            _succeed(closed[0])


def _succeed(job: Job) -> None:
    services.enqueue(
        job.kind,
        args=job.args,
        key=job.key,
        due_at=job.again_at,
        priority=Priority(job.priority),
        max_attempts=job.max_attempts,
    )


def _mark(job: Job) -> dict[str, Any]:
    return {"id": job.pk, "fence": job.fence}


def _change(statement: str, job: Job, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_mark(job), **values})
        if cursor.rowcount != 1:
            raise LeaseLost
