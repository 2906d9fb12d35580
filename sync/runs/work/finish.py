"""The end of a written record: its link, its state, what will be billed, and whom its arrival lets go on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from connectors.base import Totals
from finance import records
from finance.fingerprint import computed_totals_differ
from finance.identity import CREDIT_NOTES
from sync.engine import refs
from sync.links import identities
from sync.links.models import Link, RecordState
from sync.links.selectors import counterparts
from sync.runs import payer, wake
from sync.runs.models import Clock, Delivery, Intent, RunEntry
from sync.runs.states import OUTCOME_OF_OPERATION
from sync.runs.work.flow import Flow
from tenancy.customers.models import Entity

Json = dict[str, Any]
_DELIVERIES = uuid.UUID("6b0f8c56-1d0a-5b7e-9d4e-2a6f5e4b7c11")  # namespace of deterministic delivery ids


@dataclass(frozen=True)
class Finished:
    """An entry whose last step is proved, with the other side's values where they could be read back."""

    entry: RunEntry
    intent: Intent
    theirs: Json | None


def outcome_of(entry: RunEntry) -> str:
    """What the entry counts as once it is written."""
    return OUTCOME_OF_OPERATION[entry.operation]


def canonical(flow: Flow, body: Json) -> Json:
    """A target's body in canonical words; raises MappingFault or RecordFault."""
    assert flow.back is not None
    return records.encode(records.decode(flow.object, flow.back.apply(body)))


def totals_differ(ours: Json, theirs: Totals) -> str | None:
    """A sentence where the target computed another document than was approved; None where they agree to the cent.

    Currency and total to pay must agree; net and tax where the approved document states them.
    """
    approved = cast(records.Invoice, records.decode("invoice", ours))
    credit = approved.invoice_type_code in CREDIT_NOTES
    sign = 1 if theirs.credit in (None, credit) else -1  # their amounts as on a document of our type
    names = ("tax_exclusive_amount", "tax_amount")
    stated = {name: sign * getattr(theirs, name) for name in names if isinstance(getattr(approved, name), Decimal)}
    net, tax = (stated.get(name, Decimal(0)) for name in names)
    differing = computed_totals_differ(
        approved, currency=theirs.currency, tax_exclusive_amount=net, tax_amount=tax,
        payable_amount=sign * theirs.payable_amount,
    )  # fmt: skip
    if not differing:
        return None
    said = " ".join(found.sentence for found in differing)
    return (
        f"{said} The draft was left in the other system unposted; no money is affected. "
        "Correct the document or its tax code."
    )


def finish(flow: Flow, done: Sequence[Finished], now: datetime) -> None:
    """Writes everything that follows from these receipts, in the caller's transaction."""
    if not done:
        return
    linked = [_link(flow, one) for one in done]
    Link.objects.bulk_create([link for link, new in linked if new])
    Link.objects.bulk_update([link for link, new in linked if not new], ["source_base", "target_base", "kept"])
    children = [child for one, (link, _) in zip(done, linked, strict=True) for child in _children(flow, one, link)]
    link_children(children)
    for one, (link, _) in zip(done, linked, strict=True):
        _mark_applied(flow, one.entry, link, now)
    entries = [one.entry for one in done]
    RecordState.objects.bulk_update(
        [e.record for e in entries], ["state", "settled_hash", "settled_revision", "link", "changed_at"]
    )
    identities.remember(flow.object, _identified(flow, done, [link for link, _ in linked]))
    _deliver(flow, done, [link for link, _ in linked], now)
    Clock.objects.bulk_create(
        [Clock(correlation_id=e.landing.correlation_id, mark="posted", at=now) for e in entries], ignore_conflicts=True
    )
    wake.after_arrival([*(link for link, _ in linked), *children])
    _block_new_bills(flow, done)


def begin_link(flow: Flow, entry: RunEntry, target_id: str) -> None:
    """The first proved step of a write already says who stands for whom; without a base it counts as begun only."""
    link = new_link(flow, entry, target_id, "created", theirs=None)
    link.source_base = None
    link.save(force_insert=True)
    entry.record.link = link
    RecordState.objects.filter(pk=entry.record_id).update(link=link)


def _block_new_bills(flow: Flow, done: Sequence[Finished]) -> None:
    """A bill posted while its vendor's bank change is held must not be paid either."""
    if flow.object != "invoice":
        return
    ids = {str(((one.entry.values or {}).get("vendor") or {}).get("external_id", "")) for one in done}
    there = set(counterparts(flow.pipeline.source_id, flow.pipeline.target_id, (("vendor", i) for i in ids)).values())
    payer.ask_for_vendors({flow.pipeline.source_id: ids, flow.pipeline.target_id: there})


def _identified(flow: Flow, done: Sequence[Finished], links: Sequence[Link]) -> list[identities.Identified]:
    """Each record as either side holds it now, for the search for duplicates."""
    if not identities.has_identity(flow.object):
        return []
    vendors = payees(flow, [one.entry.values or {} for one in done])
    return [
        identities.Identified(where, key, values, vendor)
        for one, link, vendor in zip(done, links, vendors, strict=True)
        for where, key, values in (
            (link.source_id, link.source_external_id, one.entry.values),
            (link.target_id, link.target_external_id, one.theirs),
        )
        if values
    ]


def payees(flow: Flow, payloads: Sequence[Json]) -> list[frozenset[str]]:
    """For each invoice of the source, its vendor by the target's id: what both sides can be compared by."""
    ids = [str((payload.get("vendor") or {}).get("external_id", "")) for payload in payloads]
    there = counterparts(flow.pipeline.source_id, flow.pipeline.target_id, (("vendor", key) for key in ids if key))
    known = (there.get(("vendor", key)) for key in ids)
    return [frozenset({f"l:{vendor}"}) if vendor else frozenset() for vendor in known]


def _link(flow: Flow, one: Finished) -> tuple[Link, bool]:
    """The entry's link, new or brought up to date. Held fields keep the value they were last agreed on."""
    link = one.entry.record.link
    if link is None:
        return new_link(flow, one.entry, _target_id(one), "created", theirs=one.theirs), True
    ours = one.entry.landing.canonical or {}
    link.kept = {name: value for name, value in link.kept.items() if ours.get(name) == value}
    link.source_base = {**(link.source_base or {}), **(one.entry.values or {}), **link.kept}
    link.target_base = one.theirs if one.theirs is not None else link.target_base
    return link, False


def _target_id(one: Finished) -> str:
    """The id the target gave the record; the last step may have been told to the source."""
    if one.intent.side == "target":
        return one.intent.external_id
    ids = Intent.objects.filter(entry=one.entry, side="target").order_by("number").values_list("external_id", flat=True)
    return next(i for i in ids if i)


def new_link(flow: Flow, entry: RunEntry, target_id: str, origin: str, *, theirs: Json | None) -> Link:
    """A link between the entry's record and `target_id`, not saved yet."""
    landing, lane, p = entry.landing, flow.lane, flow.pipeline
    return Link(
        object=flow.object, company=lane.company, source_id=p.source_id, source_external_id=landing.external_id,
        target_id=p.target_id, target_external_id=target_id, target_company=lane.target_company, origin=origin,
        source_base=entry.values, target_base=theirs, correlation_id=landing.correlation_id,
    )  # fmt: skip


def _children(flow: Flow, one: Finished, parent: Link) -> list[Link]:
    return children_of(flow, parent, one.entry.values or {}, one.theirs or {})


def children_of(flow: Flow, parent: Link, ours: Json, theirs: Json) -> list[Link]:
    """Links for the parts of a record that other records point at (order lines, dimension values)."""
    return [
        Link(
            object=child,
            company=parent.company,
            source_id=parent.source_id,
            source_external_id=here,
            target_id=parent.target_id,
            target_external_id=there,
            target_company=parent.target_company,
            origin=parent.origin,
            correlation_id=parent.correlation_id,
        )
        for child, here, there in refs.pairs(flow.object, ours, theirs)
    ]


def link_children(children: list[Link]) -> None:
    """Adds the links of parts; those that stand already stay."""
    Link.objects.bulk_create(children, ignore_conflicts=True)


def _mark_applied(flow: Flow, entry: RunEntry, link: Link, now: datetime) -> None:
    record = entry.record
    record.state, record.link, record.changed_at = "applied", link, now
    record.settled_hash, record.settled_revision = bytes(entry.source_hash), flow.revision


def mark_open(entry: RunEntry, state: str, revision: str, now: datetime) -> None:
    """The record stands open; it is not asked again until it, or a rule, changes or a person acts."""
    RecordState.objects.filter(pk=entry.record_id).update(
        state=state, settled_hash=bytes(entry.source_hash), settled_revision=revision, changed_at=now
    )


def _deliver(flow: Flow, done: Sequence[Finished], links: Sequence[Link], now: datetime) -> None:
    zone = _zone(flow)
    rows = [_delivery(flow, one, link, now, zone) for one, link in zip(done, links, strict=True)]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def _zone(flow: Flow) -> ZoneInfo:
    entity = Entity.objects.filter(pk=flow.lane.entity_id).first() if flow.lane.entity_id else None
    return ZoneInfo(entity.time_zone if entity else "UTC")


def _delivery(flow: Flow, one: Finished, link: Link, now: datetime, zone: ZoneInfo) -> Delivery:
    entry, p, values = one.entry, flow.pipeline, one.entry.values or {}
    return Delivery(
        id=uuid.uuid5(_DELIVERIES, str(one.intent.pk)), customer_id=p.customer_id, entity_id=flow.lane.entity_id,
        pipeline_id=p.pk, connection_id=p.target_id, environment=p.environment, link_id=link.pk, object=flow.object,
        document_type=str(values.get("type_code") or values.get("invoice_type_code") or ""),
        lines=len(values.get("lines") or ()), amount=entry.amount, currency=entry.currency,
        kind=_kind(flow, entry), at=now, local_day=now.astimezone(zone).date(),
    )  # fmt: skip


def _kind(flow: Flow, entry: RunEntry) -> str:
    if flow.pipeline.environment == "test":
        return "test"
    if entry.run.kind == "replay":
        return "replay"
    first_load = entry.run.kind == "full" and entry.operation == "create"
    return "initial" if first_load else {"create": "first", "update": "update", "retire": "void"}[entry.operation]
