"""What can be asked about jobs. All but `signs_of_life` need a tenant's context."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from tenancy.jobs.models import Job
from tenancy.jobs.states import LIVE, STOPPED

NEXT = """
SELECT min(COALESCE(lease_until, due_at)), min(COALESCE(lease_until, due_at)) <= clock_timestamp()
FROM jobs_job WHERE state IN ('queued', 'working')"""


class NextJob(NamedTuple):
    """When the next job can be claimed, at the latest when its present worker's lease ends."""

    at: datetime | None
    due: bool


def next_job() -> NextJob:
    """The earliest live job."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT)
        at, due = cursor.fetchone()
    return NextJob(at, bool(due))


def live_jobs(kind: str | None = None) -> QuerySet[Job]:
    """Waiting or being worked on, in the order they are taken."""
    jobs = Job.objects.filter(state__in=LIVE).order_by("priority", "due_at", "id")
    return jobs.filter(kind=kind) if kind else jobs


def stopped_jobs() -> QuerySet[Job]:
    """Failed or waiting for a person, newest first; `last_error` says why. None is ever removed."""
    return Job.objects.filter(state__in=STOPPED).order_by("-finished_at")


def run_directory() -> Path:
    """Where the watchdogs of this machine keep their signs of life, a directory each."""
    return Path(settings.VAR_DIR) / "run"


def signs_of_life() -> dict[str, float]:
    """Watchdog's process id → seconds since its sweeper last went round. Empty: no workers run on this machine."""
    now = time.time()
    seen = {path.parent.name: path.stat().st_mtime for path in run_directory().glob("work-*/sweeper")}
    return {name.removeprefix("work-"): now - at for name, at in seen.items()}
