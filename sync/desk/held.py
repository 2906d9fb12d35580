"""What people do with what was held: let it pass, take it again, say which side is right."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from governance.models import ChangeRequest
from governance.services import record_audit, request_change
from sync.links.models import RecordState
from sync.runs import payer
from sync.runs.models import Release, Run, WorkItem
from sync.runs.payer import BITES
from sync.runs.services import request_records
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

RELEASE = "hold.release"
CUSTOMER_RELEASE = "hold.release_bank_change"
MAY_BE_RELEASED = frozenset(
    {"bank_change", "duplicate_vendor", "duplicate_invoice", "totals", "coding_invalid", "period_closed"}
)


class NotReleasable(ValueError):
    """The item cannot simply be let pass; the message says what to do instead."""


def ask_release(*, actor: Actor, item_id: UUID, comment: str = "") -> ChangeRequest:
    """Asks a second person to let a held finding pass, pinned to what is shown now."""
    item = WorkItem.objects.select_related("record__landing").get(pk=item_id)
    require(actor, "items.release", customer_id=item.customer_id)
    if item.state != "open":
        raise NotReleasable("This item is closed already; nothing is left to release.")
    if item.code not in MAY_BE_RELEASED or item.severity == "block":
        raise NotReleasable("This cannot be let pass as it is: correct the record at its source, then take it again.")
    kind = CUSTOMER_RELEASE if item.code in BITES else RELEASE
    return request_change(
        actor=actor, kind=kind, subject_type="work_item", subject_id=str(item.pk), payload={"comment": comment},
        shown=shown(item), customer_id=item.customer_id, reason=comment,
    )  # fmt: skip


def shown(item: WorkItem) -> dict[str, object]:
    """What a decider sees, and what the release is pinned to."""
    return {
        "code": item.code,
        "sentence": item.sentence,
        "digest": item.digest,
        "fields": item.fields,
        "amount": str(item.amount or ""),
        "currency": item.currency,
        "state": item.state,
    }


def release(*, actor: Actor, item: WorkItem, change: ChangeRequest) -> None:
    """Remembers the yes and takes the record again. Runs inside the deciding transaction."""
    now = db_now()
    assert item.record is not None and actor.id is not None
    Release.objects.create(
        record=item.record, item=item, code=item.code, digest=item.digest, released_by=actor.id, change_id=change.pk,
        comment=str(change.payload.get("comment", "")), at=now,
    )  # fmt: skip
    item.state, item.closed_at, item.closed_by = "released", now, actor.id
    item.save(update_fields=["state", "closed_at", "closed_by"])
    request_records(item.pipeline, [item.record.landing], trigger="release", actor=actor)
    if item.code in BITES:
        payer.ask(item.pipeline, item.record)


@transaction.atomic
def retry(*, actor: Actor, records: Sequence[RecordState]) -> list[Run]:
    """Takes records again by the same code as any run; what was already written is found, not written twice."""
    runs: dict[UUID, list[RecordState]] = {}
    for record in records:
        require(actor, "items.work", customer_id=record.pipeline.customer_id)
        runs.setdefault(record.pipeline_id, []).append(record)
    asked = [
        request_records(group[0].pipeline, [r.landing for r in group], trigger="person", actor=actor)
        for group in runs.values()
    ]
    for record in records:
        record_audit(
            actor=actor, action="record.retried", object_type="record", object_id=str(record.pk),
            customer_id=record.pipeline.customer_id, data={},
        )  # fmt: skip
    return [run for run in asked if run is not None]


def acknowledge(*, actor: Actor, item_id: UUID) -> None:
    """Notes when a person first looked at an item."""
    WorkItem.objects.filter(pk=item_id, acknowledged_at=None).update(acknowledged_at=db_now())
