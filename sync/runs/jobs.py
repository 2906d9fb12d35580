"""What workers do here: work a pipeline's runs in turn, keep schedules, block payments at the payer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, QuerySet

from sync.pipelines.models import Pipeline
from sync.pipelines.states import LIVE
from sync.runs import notifications, payer, retention, sweeps, unworked, volume
from sync.runs.models import Run
from sync.runs.services import request_run
from sync.runs.work.loop import Loop
from sync.runs.work.sweep import SweepLoop
from tenancy.clock import db_now
from tenancy.jobs.registry import handles, on_visit
from tenancy.jobs.work import Again, Done, JobContext, Outcome


@handles("sync.pipeline")
def work_pipeline(work: JobContext) -> Outcome:
    """Works the oldest unfinished run of one pipeline; the next one has its turn afterwards."""
    unfinished = Run.objects.filter(pipeline=work.args["pipeline"], state__in=["queued", "working", "stopped"])
    run = _next(unfinished.select_related("pipeline").order_by("created_at", "id"))
    if run is None or run.state == "stopped":  # a stopped run goes on when a person resumes it
        return Done()
    if run.pipeline.state != LIVE and not run.dry:
        return Done()  # paused: the run waits for the pipeline
    if run.retry_at is not None and (wait := (run.retry_at - db_now()).total_seconds()) > 0:
        return Again(after_seconds=wait)
    outcome = (SweepLoop if run.kind == "sweep" else Loop)(run, work).turn()
    volume.after_run(run)
    return Again() if isinstance(outcome, Done) and unfinished.exists() else outcome


def _next(unfinished: QuerySet[Run]) -> Run | None:
    """A sweep has its turn when nothing else is to be done, and holds nothing up while it waits for a person."""
    sweeping = unfinished.filter(kind="sweep").exclude(state="stopped")
    return unfinished.exclude(kind="sweep").first() or sweeping.first()


@handles("sync.block_payment")
def block_payment(work: JobContext) -> Outcome:
    """Blocks or frees a vendor's open items at whoever pays them, as the open holds now ask."""
    payer.carry_out(work.args["pipeline"], work.args["record"])
    return Done()


@handles("sync.notifications")
def work_notifications(work: JobContext) -> Outcome:
    """Turns stored notifications into runs of the records they name."""
    notifications.work(work.args["connection"])
    return Done()


@on_visit
def keep_schedules() -> datetime | None:
    """Asks for the runs that are due and says when the next one is."""
    now = db_now()
    due = Pipeline.objects.filter(state=LIVE, next_due_at__lte=now)
    for pipeline in due:
        with transaction.atomic():
            moved = Pipeline.objects.filter(pk=pipeline.pk, next_due_at=pipeline.next_due_at).update(
                next_due_at=now + timedelta(seconds=pipeline.interval_seconds)
            )
            if moved:
                request_run(pipeline=pipeline, kind="incremental", trigger="schedule")
    return Pipeline.objects.filter(state=LIVE).aggregate(first=Min("next_due_at"))["first"]


@on_visit
def keep_sweeps() -> datetime | None:
    """Asks for the daily key sweeps that are due."""
    return sweeps.keep_daily()


@on_visit
def look_after_runs() -> datetime | None:
    """Sees to runs whose job gave up or was lost."""
    unworked.look_after()
    return None


@handles(retention.KIND)
def forget(work: JobContext) -> Outcome:
    """Lets go of content that is past its days, batch by batch."""
    while not work.should_yield():
        if not retention.forget_some():
            retention.note_done()
            return Done()
        work.renew()
    return Again()


@on_visit
def keep_retention() -> datetime | None:
    """Has old content let go once a day."""
    return retention.keep_daily()
