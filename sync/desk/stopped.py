"""What people do with a run that stopped and is not to go on: it is given up, and nothing is lost by it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance.services import record_audit
from sync.links.models import RecordState
from sync.runs import items
from sync.runs.models import Intent, Run, RunEntry, RunTarget, SweptKey, WorkItem
from sync.runs.services import RunRefused, request_named, request_records, ring
from sync.runs.work import close, stale
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

UNKNOWN = (
    "The run that sent this record was given up before it was known what became of it. It is looked for in the other "
    "system before anything is sent again."
)


@transaction.atomic
def abandon(*, actor: Actor, run_id: UUID, because: str) -> Run:
    """Ends a run that waits or has stopped. What was not sent is read again; what was sent stays to be settled."""
    run = Run.objects.select_for_update(of=("self",)).select_related("pipeline").get(pk=run_id)
    require(actor, "runs.start", customer_id=run.pipeline.customer_id)
    if run.state not in ("queued", "stopped"):
        raise RunRefused("Only a run that has stopped, or has not begun, can be given up. Pause the pipeline first.")
    if not because.strip():
        raise RunRefused("Say why the run is given up: whoever looks for its records later will want to know.")
    run.state = "failed"
    run.save(update_fields=["state"])
    given = _give_up_entries(run, because)
    _finish(run, because)
    record_audit(
        actor=actor, action="run.abandoned", object_type="run", object_id=str(run.pk),
        customer_id=run.pipeline.customer_id, data={"because": because, **given},
    )  # fmt: skip
    ring(run.pipeline)
    return run


def _give_up_entries(run: Run, because: str) -> dict[str, int]:
    if run.dry:
        closed = RunEntry.objects.filter(run=run).exclude(state="closed")
        return {"read_again": 0, "to_be_settled": 0, "shown": _close(closed, "skipped", "run_abandoned", because)}
    again = stale.give_back(run, sentence=f"The run was given up: {because} The record is read again.")
    begun = list(RunEntry.objects.filter(run=run).exclude(state="closed").select_related("landing", "record"))
    _leave_to_be_settled(run, begun)
    return {"read_again": again + _ask_for_rest(run), "to_be_settled": len(begun)}


def _ask_for_rest(run: Run) -> int:
    """Chosen records the run had not come to are asked for in another."""
    rest = RunTarget.objects.filter(run=run, taken=False).values_list("object", "company", "external_id")
    named = list(rest)
    request_named(run.pipeline, named, trigger=run.trigger)
    return len(named)


def _leave_to_be_settled(run: Run, begun: list[RunEntry]) -> None:
    """Something of these may have arrived: they are shown to people, and looked for by the next run."""
    now = db_now()
    ids = [entry.pk for entry in begun]
    Intent.objects.filter(entry__in=ids, state="sending").update(state="uncertain")
    Intent.objects.filter(entry__in=ids, state="planned").update(state="void")
    for entry in begun:
        items.open_item(entry, run.pipeline, code="outcome_unknown", sentence=UNKNOWN, severity="block", now=now)
    records = RecordState.objects.filter(pk__in=[entry.record_id for entry in begun])
    records.update(state="uncertain", settled_hash=None, changed_at=now)
    _close(RunEntry.objects.filter(pk__in=ids), "uncertain", "outcome_unknown", UNKNOWN)
    request_records(run.pipeline, [entry.landing for entry in begun], trigger="parent")


def _close(entries: QuerySet[RunEntry], outcome: str, reason: str, sentence: str) -> int:
    return entries.update(
        state="closed", outcome=outcome, reason=reason, sentence=sentence, not_before=None, closed_at=db_now()
    )


def _finish(run: Run, because: str) -> None:
    SweptKey.objects.filter(run=run).delete()
    WorkItem.objects.filter(run=run, record=None, state="open").update(state="void", closed_at=db_now())
    run.counts, _ = close.balance(run)
    run.sentence, run.finished_at, run.retry_at = f"Given up: {because}", db_now(), None
    run.save(update_fields=["counts", "sentence", "finished_at", "retry_at"])
