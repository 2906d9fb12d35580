"""The volume sentinel: asks when nothing arrives where something always does, or a full run brings half of the last."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Sum

from sync.engine import volume
from sync.pipelines.models import Pipeline
from sync.runs import alarms
from sync.runs.models import Run, RunEntry, RunPage
from tenancy.clock import db_now

NOTHING_ARRIVED, FAR_FEWER = "nothing_arrived", "far_fewer"
_ARRIVING = ("schedule", "notification", "sweep")
# By day: what needed a decision, read by itself (not because a person or a rule asked), up to this time of the day.
_BY_DAY = """
select (r.created_at at time zone 'UTC')::date,
       coalesce(sum(p.read - settled.n), 0)
from sync_run r left join sync_runpage p on p.run_id = r.id
left join lateral (
    select coalesce(sum((cell ->> 'count')::int), 0) as n from jsonb_each(p.settled) s(outcome, cell)
) settled on true
where r.pipeline_id = %(pipeline)s and not r.dry and r.kind in ('incremental', 'records')
  and r.trigger = any(%(arriving)s) and r.created_at > %(now)s - interval '57 days' and r.created_at <= %(now)s
  and extract(dow from r.created_at at time zone 'UTC') = extract(dow from %(now)s at time zone 'UTC')
  and (r.created_at at time zone 'UTC')::time <= (%(now)s at time zone 'UTC')::time
group by 1
"""


def after_run(run: Run, now: datetime | None = None) -> None:
    """Looks at a scheduled run that has ended: what arrived closes the item, silence may open one."""
    if run.trigger != "schedule" or run.kind != "incremental" or run.state != "succeeded":
        return
    if RunEntry.objects.filter(run=run).exists():
        alarms.lower_alarm(run.pipeline, NOTHING_ARRIVED)
    else:
        _look(run, now or db_now())


def _look(run: Run, now: datetime) -> None:
    by_day = _by_day(run.pipeline, now)
    today = by_day.pop(now.date(), 0)
    earlier = list(by_day.values())
    if not volume.too_quiet(today, earlier):
        return alarms.lower_alarm(run.pipeline, NOTHING_ARRIVED)
    expected = volume.usual(earlier)
    source = run.pipeline.source.label
    said = f"Only {today} records have arrived from {source} today"
    if not today:
        said = f"Nothing has arrived from {source}{_for_hours(run.pipeline, now)}"
    sentence = (
        f"{said}. On a {now:%A} it is usually {expected:,} by now. See whether people work there as always, and "
        "whether the connection still sees the right company and records."
    )
    alarms.raise_alarm(
        run.pipeline, run, NOTHING_ARRIVED, sentence, detail={"today": today, "usual": expected}, severity="warn"
    )
    return None


def _by_day(pipeline: Pipeline, now: datetime) -> dict[object, int]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {"pipeline": pipeline.pk, "arriving": list(_ARRIVING), "now": now})
        return {day: int(n) for day, n in cursor.fetchall()}


def _for_hours(pipeline: Pipeline, now: datetime) -> str:
    runs = Run.objects.filter(pipeline=pipeline, dry=False, entries__isnull=False).order_by("-created_at")
    last = runs.values_list("created_at", flat=True).first()
    return f" for {(now - last).total_seconds() / 3600:,.0f} hours" if last else ""


def before(run: Run) -> int:
    """How many records the last full run brought, for a full run that has to bring about as many; else 0."""
    if run.kind != "full" or run.dry or alarms.allowed(run, FAR_FEWER):
        return 0
    full = Run.objects.filter(pipeline=run.pipeline_id, kind="full", dry=False, state="succeeded", pk__lt=run.pk)
    last = full.order_by("-pk").first()
    return _brought(last) if last else 0


def disbelief(run: Run, earlier: int) -> str:
    """A sentence where a full run brought far fewer records than the last; nothing where that can be believed."""
    brought = _brought(run)
    if not volume.far_fewer(brought, earlier):
        alarms.lower_alarm(run.pipeline, FAR_FEWER)
        return ""
    return (
        f"This run brought {brought:,} records where the last full one brought {earlier:,}. Nothing was decided or "
        f"written. See whether they are still in {run.pipeline.source.label}; if so many were really put away, let "
        "the run go on, else mend the connection's rights or filter."
    )


def _brought(run: Run) -> int:
    return int(RunPage.objects.filter(run=run).aggregate(n=Sum("read"))["n"] or 0)
