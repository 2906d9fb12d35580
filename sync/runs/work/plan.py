"""Planning: the landed entries of one lane are decided with all facts at hand, and their intents committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from connectors.base import Step
from finance.diff import FieldChange, Mark, diff
from mappings.engine import MappingFault
from sync.engine import decisions as d
from sync.engine import refs
from sync.engine.lifecycle import phase
from sync.engine.plan import held_fields, plan, top, writable
from sync.engine.subjects import Finding, Rules, Subject
from sync.links import identities
from sync.links.models import RecordState, Wait
from sync.runs import items, payer, wake
from sync.runs.models import Intent, RunEntry
from sync.runs.work import finish
from sync.runs.work.facts import Facts, gather
from sync.runs.work.flow import Flow, reference
from tenancy.clock import db_now
from tenancy.jobs.work import JobContext

AT_ONCE = 500
UNREADABLE = frozenset({"mapping_fault", "record_fault"})
Json = dict[str, Any]


@dataclass
class Outcome:
    """Everything one planning writes, gathered to be written together."""

    now: datetime
    intents: list[Intent] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    records: list[RecordState] = field(default_factory=list)
    still: list[tuple[UUID, str, str]] = field(default_factory=list)  # items that remain true


def plan_entries(flow: Flow, entries: Sequence[RunEntry], work: JobContext) -> None:
    """Decides these entries. In a dry run nothing but the entries is touched."""
    facts = gather(flow, entries)  # reads, partly over HTTP: before the transaction
    subjects = [_subject(flow, entry, facts) for entry in entries]
    decided = plan(subjects, rules(flow))
    with transaction.atomic():
        work.renew()
        out = Outcome(db_now())
        for entry, subject, decision in zip(entries, subjects, decided, strict=True):
            _hold_fields(flow, entry, held_fields(subject, rules(flow)), out)
            _apply(flow, entry, subject, decision, facts, out)
        _write(flow, entries, out, dry=entries[0].run.dry)
    wake.after_planning(flow.pipeline, out.waits)


def rules(flow: Flow) -> Rules:
    """What the target can do with this object."""
    spec = flow.target_spec
    return Rules(flow.object, bool(spec.creates), bool(spec.updates), bool(spec.retires), flow.source.role, flow.owners)


def _subject(flow: Flow, entry: RunEntry, facts: Facts) -> Subject:
    payload = None if entry.landing.deleted else entry.landing.canonical
    findings: tuple[Finding, ...] = facts.findings.get(entry.pk, ())
    if payload is None and not entry.landing.deleted:
        payload = {}  # could not be mapped: its fault is among the findings
    return Subject(
        key=str(entry.record_id),
        faults=facts.faults.get(entry.pk, ()),
        record=payload,
        known=facts.known.get(entry.pk),
        missing=refs.missing(flow.object, payload, facts.resolve) if payload else (),
        findings=findings,
        before_cutover=facts.before_cutover(entry),
        excluded=entry.landing.external_id in facts.excluded,
        phase=phase(flow.object, payload or {}),
    )


def _apply(flow: Flow, entry: RunEntry, subject: Subject, decision: d.Decision, facts: Facts, out: Outcome) -> None:
    if begun(entry) and isinstance(decision, d.Update | d.Skip) and subject.record is not None and subject.known:
        record = writable(subject, rules(flow))
        return _intend(flow, entry, "create", record, subject.known.target_id, (), facts, out)
    match decision:
        case d.Create(record):
            _intend(flow, entry, "create", record, "", (), facts, out)
        case d.Update(record, target_id, changes):
            _intend(flow, entry, "update", record, target_id, changes, facts, out)
        case d.Retire(target_id):
            _intend(flow, entry, "retire", entry.landing.canonical or {}, target_id, (), facts, out)
        case d.Skip(reason, sentence):
            _agree_now(entry, reason, facts)
            outcome = "unchanged" if reason == "in_step" else "skipped"
            _close(flow, entry, outcome, "applied" if entry.record.link_id else "skipped", reason, sentence, out)
        case d.Hold(findings):
            _open_items(flow, entry, findings, out)
            _close(flow, entry, "held", "held", findings[0].code, findings[0].message, out)
        case d.Wait(missing):
            _wait(flow, entry, missing, out)
        case d.Conflict(changes, theirs):
            _conflict(flow, entry, changes, theirs, out)
    return None


def as_shown(change: FieldChange) -> Json:
    """A change as an entry keeps it."""
    before, after = (None if isinstance(v, Mark) else v for v in (change.before, change.after))
    return {
        "path": change.path, "before": before, "after": after, "kind": change.kind, "label": change.label,
        "sensitive": change.sensitive,
    }  # fmt: skip


# -------------------------------------------------------------------------------------------------- what is written
def _intend(
    flow: Flow, entry: RunEntry, operation: str, record: Json, target_id: str, changes: tuple[FieldChange, ...],
    facts: Facts, out: Outcome,
) -> None:  # fmt: skip
    try:
        body = flow.outbound.apply(refs.resolved(record, facts.resolve))
    except MappingFault as fault:
        return _unmappable(flow, entry, fault.sentence, out)
    if entry.record.link is not None:
        out.records.append(entry.record)  # found just now: the writing goes by it
    entry.state, entry.operation, entry.values = "planned", operation, record
    entry.changes = [as_shown(c) for c in changes or diff(flow.object, {}, record)]
    steps = steps_of(flow, operation)
    intents = [_intent(flow, entry, n, step, operation, target_id, body) for n, step in enumerate(steps, 1)]
    if operation == "create" and (target_id or entry.pk in facts.sent_before):
        _look_first(intents, bool(target_id))
    out.intents += intents
    return None


def _look_first(intents: Sequence[Intent], known: bool) -> None:
    """A write that was begun before is gone through step by step: looked for, and sent only where it is not there."""
    for intent in intents if known else intents[:1]:
        if intent.side == "target":
            intent.state = "uncertain"


def _unmappable(flow: Flow, entry: RunEntry, sentence: str, out: Outcome) -> None:
    if not entry.run.dry:
        item = items.open_item(entry, flow.pipeline, code="mapping_fault", sentence=sentence, now=out.now)
        out.still.append((entry.record_id, item.code, item.digest))
    _close(flow, entry, "held", "held", "mapping_fault", sentence, out)


def _agree_now(entry: RunEntry, reason: str, facts: Facts) -> None:
    """A matched pair that needs no write: what both sides say now is what they agreed on."""
    link, known = entry.record.link, facts.known.get(entry.pk)
    if reason != "in_step" or entry.run.dry or link is None or link.source_base is not None or known is None:
        return
    link.source_base, link.target_base = entry.landing.canonical, known.target_now or link.target_base
    link.save(update_fields=["source_base", "target_base"])


def begun(entry: RunEntry) -> bool:
    """Whether an earlier write of this record was proved in part and never finished."""
    link = entry.record.link
    return link is not None and link.origin == "created" and link.source_base is None


def steps_of(flow: Flow, operation: str) -> list[Step]:
    """The target's steps, then what the source wants to be told."""
    told = [s for s in (*flow.source_spec.creates, *flow.source_spec.updates) if s.side == "source"]
    return [s for s in flow.target_spec.steps(operation) if s.side == "target"] + told


def _intent(flow: Flow, entry: RunEntry, number: int, step: Step, operation: str, target_id: str, body: Json) -> Intent:
    lane, source = flow.lane, step.side == "source"
    return Intent(
        entry=entry, number=number, step=step.name, operation=operation, side=step.side, object=flow.object,
        company=lane.source_company if source else lane.target_company,
        connection_id=flow.pipeline.source_id if source else flow.pipeline.target_id,
        reference=reference(flow, entry.record), body=orjson.loads(orjson.dumps(body, default=str)),
        external_id=entry.landing.external_id if source else target_id,
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------- what is left open
def _hold_fields(flow: Flow, entry: RunEntry, held: tuple[Finding, ...], out: Outcome) -> None:
    _open_items(flow, entry, held, out)
    if not entry.run.dry:
        payer.after_hold(flow.pipeline, entry.record, held)


def _open_items(flow: Flow, entry: RunEntry, findings: Sequence[Finding], out: Outcome) -> None:
    if entry.run.dry:
        return
    for f in findings:
        item = items.open_item(
            entry, flow.pipeline, code=f.code, sentence=f.message, severity=f.severity, fields=f.fields,
            cause=f.cause_key, detail=dict(f.detail), now=out.now,
        )  # fmt: skip
        out.still.append((entry.record_id, item.code, item.digest))


def _wait(flow: Flow, entry: RunEntry, missing: Sequence[Any], out: Outcome) -> None:
    first = missing[0]
    what = first.object.replace("_", " ")
    sentence = (
        f"Waits for the {what} {first.natural_key or first.external_id} to arrive on the other side; goes on by itself."
    )
    out.waits += [
        Wait(
            record=entry.record,
            object=m.object,
            connection_id=flow.pipeline.source_id,
            external_id=m.external_id,
            natural_key=m.natural_key,
        )
        for m in missing
    ]
    _close(flow, entry, "waiting", "waiting", "parent_missing", sentence, out)


def _conflict(
    flow: Flow, entry: RunEntry, ours: tuple[FieldChange, ...], theirs: tuple[FieldChange, ...], out: Outcome
) -> None:
    names = ", ".join(sorted({top(c.path).replace("_", " ") for c in theirs}))
    sentence = f"Both systems changed {names} since they last agreed. Nothing was written. Say which value is right."
    entry.changes = [as_shown(c) for c in ours]
    if not entry.run.dry:
        detail = {"theirs": [as_shown(c) for c in theirs], "ours": [as_shown(c) for c in ours]}
        item = items.open_item(entry, flow.pipeline, code="conflict", sentence=sentence, detail=detail, now=out.now)
        out.still.append((entry.record_id, item.code, item.digest))
    _close(flow, entry, "conflict", "conflict", "conflict", sentence, out)


def _close(flow: Flow, entry: RunEntry, outcome: str, state: str, reason: str, sentence: str, out: Outcome) -> None:
    entry.state, entry.outcome, entry.reason, entry.sentence = "closed", outcome, reason, sentence
    entry.closed_at = out.now
    record = entry.record
    record.state, record.changed_at = state, out.now
    record.settled_hash, record.settled_revision = bytes(entry.source_hash), flow.revision
    out.records.append(record)


# ------------------------------------------------------------------------------------------------------ and written
def _write(flow: Flow, entries: Sequence[RunEntry], out: Outcome, *, dry: bool) -> None:
    if dry:
        for entry in entries:
            if entry.state == "planned":  # shown, not sent
                entry.state, entry.outcome, entry.closed_at = "closed", "skipped", out.now
                entry.reason = "dry_run"
    fields = ["state", "operation", "outcome", "reason", "sentence", "changes", "values", "closed_at"]
    RunEntry.objects.bulk_update(entries, fields, batch_size=200)
    if dry:
        return
    Wait.objects.filter(record__in=[entry.record_id for entry in entries]).delete()
    Wait.objects.bulk_create(out.waits, ignore_conflicts=True)
    Intent.objects.bulk_create(out.intents)
    RecordState.objects.bulk_update(
        out.records, ["state", "settled_hash", "settled_revision", "link", "changed_at"], batch_size=200
    )
    _remember(flow, [entry for entry in entries if entry.state == "planned"])
    unread = {entry.record_id for entry in entries if entry.reason in UNREADABLE}  # says nothing about earlier items
    decided = [entry.record_id for entry in entries if entry.record_id not in unread]
    for item in items.close_outdated(decided, out.still, out.now):
        if item.code in payer.BITES and item.record is not None:
            payer.ask(flow.pipeline, item.record)


def _remember(flow: Flow, planned: Sequence[RunEntry]) -> None:
    """A record about to be written is found as a twin by whatever comes after it, before its write is proved."""
    if identities.has_identity(flow.object) and planned:
        vendors = finish.payees(flow, [entry.values or {} for entry in planned])
        identities.remember(
            flow.object,
            [
                identities.Identified(flow.pipeline.source_id, entry.landing.external_id, entry.values, vendor)
                for entry, vendor in zip(planned, vendors, strict=True)
                if entry.values
            ],
        )
