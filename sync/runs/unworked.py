"""Runs that nobody works on: their job gave up, or was lost. Looked for on every visit."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from sync.pipelines.states import LIVE
from sync.runs.models import Run
from sync.runs.services import given_up, ring
from tenancy.jobs.models import Job
from tenancy.jobs.states import LIVE as ALIVE


def look_after() -> None:
    """A run whose job gave up stops and says why; a run without any job is given one."""
    begun = Run.objects.filter(Q(pipeline__state=LIVE) | Q(dry=True), state__in=["queued", "working"])
    alive = set(Job.objects.filter(kind="sync.pipeline", state__in=ALIVE).values_list("key", flat=True))
    seen: set[str] = set()
    for run in begun.order_by("pipeline_id", "created_at").select_related("pipeline"):
        if (key := str(run.pipeline_id)) not in alive | seen:
            seen.add(key)
            _look_at(run)


def _look_at(run: Run) -> None:
    with transaction.atomic():
        locked = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        job = given_up(run)
        if job is None or locked.state not in ("queued", "working"):
            return ring(run.pipeline)
        locked.state, locked.retry_at = "stopped", None
        locked.sentence = f"{job.last_error} Nothing was lost: resume the run, or give it up."
        locked.save(update_fields=["state", "sentence", "retry_at"])
    return None
