"""Once a day each tenant's newest audit entry is noted outside the database."""

from __future__ import annotations

from datetime import datetime, timedelta

from governance.audit import export_head
from tenancy.clock import db_now
from tenancy.jobs.models import Job
from tenancy.jobs.registry import handles, on_visit
from tenancy.jobs.services import enqueue
from tenancy.jobs.work import Done, JobContext, Outcome

KIND = "audit.export_head"


@handles(KIND)
def export_head_job(work: JobContext) -> Outcome:
    """A second line for the same head does no harm, so it may be run again at any time."""
    export_head()
    return Done()


@on_visit
def schedule_export() -> datetime:
    """Asks for today's export unless it was asked for; answers tomorrow's time."""
    now = db_now()
    today = now.date().isoformat()
    if not Job.objects.filter(kind=KIND, key=today).exists():
        enqueue(KIND, args={}, key=today)
    return (now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
