"""When keys are swept: once a day for each live pipeline, and whenever a person asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from governance.services import record_audit
from sync.pipelines.models import Pipeline
from sync.pipelines.states import LIVE
from sync.runs.models import Run, SweptKey
from sync.runs.services import RunRefused, ring
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

EVERY = timedelta(days=1)
REPLACED = "A newer sweep took its place."


@transaction.atomic
def request_sweep(*, actor: Actor = SYSTEM, pipeline: Pipeline, trigger: str = "person") -> Run:
    """Asks for a sweep, or joins the one that is under way. One that stopped for a person is begun anew."""
    require(actor, "runs.start", customer_id=pipeline.customer_id)
    if pipeline.state != LIVE:
        raise RunRefused(f"{pipeline.name} is not live, so there is nothing to sweep.")
    sweeps = Run.objects.filter(pipeline=pipeline, kind="sweep")
    if (under_way := sweeps.filter(state__in=["queued", "working"]).first()) is not None:
        return under_way
    for stopped in sweeps.filter(state="stopped"):
        _replace(stopped)
    run = Run.objects.create(pipeline=pipeline, kind="sweep", trigger=trigger, requested_by=actor.id)
    if trigger == "person":
        record_audit(
            actor=actor, action="run.requested", object_type="run", object_id=str(run.pk),
            customer_id=pipeline.customer_id, data={"kind": "sweep"},
        )  # fmt: skip
    ring(pipeline)
    return run


def _replace(stopped: Run) -> None:
    """Its open item stays: the new sweep brings it up to date or closes it."""
    SweptKey.objects.filter(run=stopped).delete()
    stopped.state, stopped.sentence, stopped.finished_at = "failed", f"{stopped.sentence} {REPLACED}", db_now()
    stopped.save(update_fields=["state", "sentence", "finished_at"])


def keep_daily() -> datetime | None:
    """Asks for the sweeps that are due and says when the next one is. A pipeline's first is a day after it is seen."""
    now = db_now()
    live = Pipeline.objects.filter(state=LIVE)
    live.filter(next_sweep_at=None).update(next_sweep_at=now + EVERY)
    for pipeline in live.filter(next_sweep_at__lte=now):
        with transaction.atomic():
            mine = Pipeline.objects.filter(pk=pipeline.pk, next_sweep_at=pipeline.next_sweep_at)
            if mine.update(next_sweep_at=now + EVERY):
                request_sweep(pipeline=pipeline, trigger="schedule")
    return live.aggregate(first=Min("next_sweep_at"))["first"]
