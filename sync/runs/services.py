"""Asking for runs. A run's row and the job that works it are written in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from governance.services import record_audit
from sync.links.models import Landing
from sync.pipelines.models import Pipeline
from sync.pipelines.states import LIVE, PAUSED, SHARED_OBJECTS
from sync.runs.models import Run, RunTarget
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require
from tenancy.jobs.models import Job
from tenancy.jobs.selectors import stopped_jobs
from tenancy.jobs.services import enqueue, put_back
from tenancy.jobs.states import LIVE as ALIVE
from tenancy.jobs.states import Priority

UNFINISHED = Q(state__in=["queued", "working", "stopped"])


class RunRefused(ValueError):
    """A run that may not be asked for; the message says why and what to do."""


def request_run(
    *,
    actor: Actor = SYSTEM,
    pipeline: Pipeline,
    kind: str = "incremental",
    trigger: str = "person",
    dry: bool = False,
    since: datetime | None = None,
) -> Run:
    """Asks for a run. A scheduled one joins a run of the same kind that has not started yet."""
    require(actor, "runs.start", customer_id=pipeline.customer_id)
    if pipeline.state != LIVE and not dry:
        raise RunRefused(f"{pipeline.name} is not live. Take it live first, or ask for a dry run.")
    if kind == "replay" and since is None:
        raise RunRefused("A replay needs the time to start from.")
    with transaction.atomic():
        waiting = None
        if trigger != "person":
            waiting = Run.objects.filter(pipeline=pipeline, kind=kind, dry=dry, state="queued").first()
        run = waiting or Run.objects.create(
            pipeline=pipeline, kind=kind, trigger=trigger, dry=dry, since=since, requested_by=actor.id
        )
        if trigger == "person":
            data: dict[str, Any] = {"kind": kind, "dry": dry, "since": since and since.isoformat()}
            record_audit(
                actor=actor, action="run.requested", object_type="run", object_id=str(run.pk),
                customer_id=pipeline.customer_id, data=data,
            )  # fmt: skip
        ring(pipeline, soon=trigger != "schedule")
    return run


def request_records(
    pipeline: Pipeline, landings: Sequence[Landing], *, trigger: str, actor: Actor = SYSTEM
) -> Run | None:
    """Asks for these records to be taken again, from their source, by the same code as any run."""
    named = [(landing.object, landing.company, landing.external_id) for landing in landings]
    return request_named(pipeline, named, trigger=trigger, actor=actor)


def request_named(
    pipeline: Pipeline, named: Sequence[tuple[str, str, str]], *, trigger: str, actor: Actor = SYSTEM
) -> Run | None:
    """The same for (object, company, external id); joins a run of chosen records that has not started yet.

    A paused pipeline takes them when it goes on; one that was never live will read everything anyway.
    """
    if not named or pipeline.state not in (LIVE, PAUSED):
        return None
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(skip_locked=True)
            .filter(pipeline=pipeline, kind="records", trigger=trigger, state="queued", dry=False)
            .first()
        )
        run = run or Run.objects.create(pipeline=pipeline, kind="records", trigger=trigger, requested_by=actor.id)
        targets = [
            RunTarget(run=run, object=obj, company="" if obj in SHARED_OBJECTS else company, external_id=external_id)
            for obj, company, external_id in sorted(set(named))
        ]
        RunTarget.objects.bulk_create(targets, ignore_conflicts=True)
        ring(pipeline, soon=True)
    return run


def ring(pipeline: Pipeline, *, soon: bool = False, at: datetime | None = None) -> None:
    """Has the pipeline's runs worked, one after the other."""
    priority = Priority.NOW if soon else Priority.NORMAL
    key = str(pipeline.pk)
    enqueue("sync.pipeline", args={"pipeline": key}, key=key, priority=priority, due_at=at)


def resume(*, actor: Actor, run_id: UUID) -> Run:
    """Goes on with a run that stopped for a person, from where it stopped."""
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=run_id)
        require(actor, "runs.start", customer_id=run.pipeline.customer_id)
        go_on(actor, run)
    return run


def go_on(actor: Actor, run: Run) -> None:
    """Sets a stopped run, locked by the caller, to work again."""
    if run.state != "stopped":
        raise RunRefused("This run has not stopped, so there is nothing to resume.")
    run.state, run.sentence, run.failures, run.retry_at = "working", "", 0, None
    run.resumed = True
    run.save(update_fields=["state", "sentence", "failures", "retry_at", "resumed"])
    record_audit(
        actor=actor, action="run.resumed", object_type="run", object_id=str(run.pk),
        customer_id=run.pipeline.customer_id, data={},
    )  # fmt: skip
    if (job := given_up(run)) is not None:
        put_back(job)
    else:
        ring(run.pipeline, soon=True)


def given_up(run: Run) -> Job | None:
    """The job that was to work this run and gave up; None where one lives, or where none ever failed over it."""
    jobs = Job.objects.filter(kind="sync.pipeline", key=str(run.pipeline_id))
    if jobs.filter(state__in=ALIVE).exists():
        return None
    return stopped_jobs().filter(pk__in=jobs, finished_at__gte=run.created_at).first()
