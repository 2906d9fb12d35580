"""What was planned long ago and never sent is not sent unseen: its record is read and decided anew."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from sync.links.models import RecordState
from sync.runs import volume
from sync.runs.models import Intent, Run, RunEntry
from sync.runs.services import request_records
from tenancy.clock import db_now

MINUTES_PLANNED = 15
TOO_LONG = "It was planned too long ago to be sent unseen; the record is read again and decided anew."


def on_start(run: Run) -> None:
    """Nothing that was planned before a stop, or long ago, is sent unseen when the work goes on."""
    give_back(run, older_than=0 if run.resumed else MINUTES_PLANNED)
    if run.resumed:
        run.resumed = False
        run.save(update_fields=["resumed"])


def give_back(run: Run, *, older_than: int = 0, sentence: str = TOO_LONG) -> int:
    """Gives up entries older than so many minutes of which nothing can have arrived, and asks for their records again.

    What was sent stays: its outcome has to be found out.
    """
    if run.dry:
        return 0
    until = db_now() - timedelta(minutes=older_than)
    states = ["landed", "planned", "writing"]
    if older_than and volume.before(run):
        states.remove("landed")  # such a run is read to its end before anything is decided, however long it takes
    waiting = RunEntry.objects.filter(run=run, state__in=states, created_at__lte=until)
    begun = Q(intents__state__in=["sending", "uncertain", "done"])
    idle = list(waiting.exclude(begun).select_related("landing").distinct())
    if not idle:
        return 0
    ids = [entry.pk for entry in idle]
    with transaction.atomic():
        Intent.objects.filter(entry__in=ids).update(state="void")
        RunEntry.objects.filter(pk__in=ids).update(
            state="closed", outcome="skipped", reason="taken_again", sentence=sentence, closed_at=db_now()
        )
        RecordState.objects.filter(pk__in=[entry.record_id for entry in idle]).update(settled_hash=None)
        request_records(run.pipeline, [entry.landing for entry in idle], trigger="parent")
    return len(idle)
