"""A held bank change has to bite where the money leaves: the vendor's open items are blocked at the payer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from connectors.selectors import open_connector
from sync.engine.subjects import Finding
from sync.links.models import RecordState
from sync.pipelines.models import Pipeline
from sync.runs.models import WorkItem
from tenancy.jobs.registry import on_visit
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import Priority

BITES = frozenset({"bank_change"})


def after_hold(pipeline: Pipeline, record: RecordState, held: Sequence[Finding]) -> None:
    """Asks for the block in the transaction that opens the item."""
    if any(finding.code in BITES for finding in held):
        ask(pipeline, record)


def ask(pipeline: Pipeline, record: RecordState) -> None:
    """Has the payer's block brought in line with the open holds, soon and once."""
    args = {"pipeline": str(pipeline.pk), "record": str(record.pk)}
    enqueue("sync.block_payment", args=args, key=str(record.pk), priority=Priority.NOW)


def ask_for_vendors(ids: Mapping[UUID, Collection[str]]) -> None:
    """The same for vendors with an open hold, by connection and id there."""
    for connection_id, vendors in ids.items():
        held = WorkItem.objects.filter(
            state="open", code__in=BITES, record__landing__connection=connection_id,
            record__landing__external_id__in=list(vendors),
        )  # fmt: skip
        for item in held.select_related("record", "pipeline"):
            if item.record is not None:
                ask(item.pipeline, item.record)


@on_visit
def ask_again() -> datetime | None:
    """The payer's own people may have keyed new items meanwhile: every open hold is carried out anew, once a minute."""
    for item in WorkItem.objects.filter(state="open", code__in=BITES).select_related("record", "pipeline"):
        if item.record is not None:
            ask(item.pipeline, item.record)
    return None


def carry_out(pipeline_id: str, record_id: str) -> None:
    """Blocks or frees the vendor at the payer, as the open items ask now. Absolute, so it may run twice."""
    pipeline = Pipeline.objects.prefetch_related("entities__entity").get(pk=pipeline_id)
    record = RecordState.objects.select_related("landing", "link").get(pk=record_id)
    open_items = list(WorkItem.objects.filter(record=record, state="open", code__in=BITES))
    blocked = [
        line for covered in pipeline.entities.all() for line in _at_payer(pipeline, record, covered, bool(open_items))
    ]
    for item in open_items:
        item.detail = {**item.detail, "blocked_at_payer": blocked}
        item.save(update_fields=["detail"])


def _at_payer(pipeline: Pipeline, record: RecordState, covered: object, block: bool) -> list[dict[str, str]]:
    role = covered.entity.paying_system  # type: ignore[attr-defined]
    source, target = open_connector(pipeline.source_id), open_connector(pipeline.target_id)
    at_source = source.role == role
    payer = source if at_source else target
    company = covered.source_company if at_source else covered.target_company  # type: ignore[attr-defined]
    vendor = record.landing.external_id if at_source else (record.link.target_external_id if record.link else "")
    if not payer.can_block_payment or not vendor:
        return [
            {"company": company, "sentence": f"{payer.label} cannot block payments: stop the next payment run by hand."}
        ]
    if block:
        lines = payer.block_payment(vendor, company=company, reason="Bank details changed: waiting for a second person")
    else:
        lines = payer.release_payment(vendor, company=company)
    return [
        {"company": company, "document": line.key, "amount": str(line.amount), "currency": line.currency}
        for line in lines
    ]
