"""What a doorbell makes a worker do: take the tenant's due jobs, one after the other, for one turn."""

from __future__ import annotations

import logging
import os
import random
import socket
import time
from dataclasses import dataclass

from django.db import connection
from django_q.exceptions import TimeoutException

from tenancy.context import public_context, tenant_context
from tenancy.jobs import beat, bell, leases, registry, selectors
from tenancy.jobs.leases import LeaseLost
from tenancy.jobs.limits import limits
from tenancy.jobs.models import Job
from tenancy.jobs.states import JobState
from tenancy.jobs.turns import Turn
from tenancy.jobs.work import Again, Done, JobContext, NeedsPerson, Outcome

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fault:
    """A handler that raised instead of answering."""

    sentence: str


def answer(schema: str) -> None:
    """The doorbell's task: works for one tenant, then rings again if more is due. Leaves no context behind."""
    with public_context():
        if not bell.pick_up(schema):
            return
        work_turn(schema)
        with tenant_context(schema):
            following = selectors.next_job()
        if following.due:
            bell.ring(schema)
        elif following.at:
            bell.note(schema, following.at)


def work_turn(schema: str) -> int:
    """Works off due jobs until none is left or the turn is over; the number of jobs taken."""
    turn, taken = Turn(), 0
    while not (turn.over(limits().between) if taken else beat.stopping()):
        claimed = time.monotonic()
        with tenant_context(schema):
            job = leases.claim(f"{socket.gethostname()}:{os.getpid()}")
            more = job is not None and not taken and selectors.next_job().due
        if job is None:
            break
        if more:
            bell.ring(schema)  # another worker may help
        taken += 1
        work_on(schema, JobContext(job, turn, claimed))
    return taken


def work_on(schema: str, work: JobContext) -> None:
    """One claim of one job, from handler to result. The result is written in a context of its own."""
    try:
        with tenant_context(schema):
            outcome = _outcome(work)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with tenant_context(schema):
            _settle(work.job, outcome)
    except LeaseLost:
        log.warning("Job %s was taken over by another worker; this one's result does not count.", work.job)


def _outcome(work: JobContext) -> Outcome | Fault:
    job = work.job
    if job.attempts > job.max_attempts:
        return Fault(job.last_error or "Its worker ended each time without an answer.")
    try:
        return registry.handler_of(job.kind)(work)
    except TimeoutException:
        connection.close()  # it may have been cut off in the middle of a query
        return Fault("It worked for minutes without giving way and was stopped.")
    except Exception as fault:
        log.exception(
            "Job %s, attempt %s of %s, correlation %s", job, job.attempts, job.max_attempts, job.correlation_id
        )
        return Fault(_sentence(fault))


def _settle(job: Job, outcome: Outcome | Fault) -> None:
    match outcome:
        case Done():
            leases.close(job, JobState.DONE)
        case Again(after_seconds, cursor):
            leases.again(job, after_seconds, cursor)
        case NeedsPerson(reason):
            leases.close(job, JobState.NEEDS_PERSON, reason)
        case Fault(sentence) if job.attempts < job.max_attempts:
            leases.retry(job, _backoff(job.attempts), sentence)
        case Fault(sentence):
            leases.close(job, JobState.FAILED, f"Given up after {job.max_attempts} attempts. {sentence}")
        case other:
            leases.close(job, JobState.FAILED, f"The handler of {job.kind!r} answered {type(other).__name__}.")


def _backoff(attempt: int) -> float:
    """Seconds until the next attempt: doubling, capped, spread by a tenth so that what failed together parts."""
    figures = limits()
    return min(figures.backoff * 2 ** (attempt - 1), figures.backoff_most) * random.uniform(0.9, 1.1)  # noqa: S311


def _sentence(fault: Exception) -> str:
    """Our own errors say it in plain words; Python's need their name to make sense."""
    name, text = type(fault).__name__, str(fault).strip()[:500]
    builtin = type(fault).__module__ == "builtins"
    return f"{name}: {text}" if builtin and text else text or name
