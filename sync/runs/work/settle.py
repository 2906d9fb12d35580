"""What an answer means: a receipt, a later look, the next step or the end. One commit per batch, under the fence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors.base import Step
from connectors.errors import ConnectorError, DataRejected, Uncertain
from mappings.engine import MappingFault
from sync.links.models import Landing
from sync.runs import items, wake
from sync.runs.models import Intent, Receipt, RunEntry
from sync.runs.work import finish
from sync.runs.work.flow import Flow
from sync.runs.work.sent import Sent
from tenancy.clock import db_now
from tenancy.jobs.work import JobContext

SENDS_AT_MOST = 6
LOOKS_BEFORE_SENDING_AGAIN = 2
RETRY_SECONDS = 1.0
LOOKING_SECONDS = 1800


@dataclass
class Batch:
    """What one settling has gathered to be written together."""

    now: datetime
    intents: list[Intent] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    entries: list[RunEntry] = field(default_factory=list)
    finished: list[finish.Finished] = field(default_factory=list)
    again: set[UUID] = field(default_factory=set)
    steps: dict[UUID, list[Intent]] = field(default_factory=dict)  # entry → its steps in order


def next_steps(entries: Iterable[RunEntry]) -> dict[UUID, Intent]:
    """The first step of each entry that is not proved yet."""
    steps: dict[UUID, Intent] = {}
    found = (
        Intent.objects.filter(entry__in=list(entries)).exclude(state__in=["done", "void"]).order_by("entry", "number")
    )
    for intent in found:
        steps.setdefault(intent.entry_id, intent)
    return steps


def step_named(flow: Flow, intent: Intent) -> Step:
    """The connector's declaration of an intent's step."""
    spec = flow.target_spec if intent.side == "target" else flow.source_spec
    declared = (*spec.creates, *spec.updates, *spec.retires)
    return next(s for s in declared if s.name == intent.step)


def settle(flow: Flow, work: JobContext, results: Sequence[tuple[RunEntry, Sent]]) -> set[UUID]:
    """Writes down what came back. Returns the entries that have a step to carry out at once."""
    with transaction.atomic():
        work.renew()
        batch = Batch(db_now(), steps=_steps_of([entry for entry, sent in results if sent.written is not None]))
        for entry, sent in results:
            _one(flow, entry, sent, batch)
        Receipt.objects.bulk_create(batch.receipts)
        fields = ["state", "external_id", "sends", "looks", "error", "body"]
        Intent.objects.bulk_update({i.pk: i for i in batch.intents}.values(), fields)
        finish.finish(flow, batch.finished, batch.now)
        RunEntry.objects.bulk_update(
            batch.entries, ["state", "outcome", "reason", "sentence", "not_before", "closed_at"]
        )
        _take_newer(flow, [entry for entry in batch.entries if entry.state == "closed"])
    return batch.again


def _steps_of(entries: Sequence[RunEntry]) -> dict[UUID, list[Intent]]:
    found: dict[UUID, list[Intent]] = {}
    for intent in Intent.objects.filter(entry__in=entries).order_by("entry", "number"):
        found.setdefault(intent.entry_id, []).append(intent)
    return found


def _take_newer(flow: Flow, closed: Sequence[RunEntry]) -> None:
    """A newer version may have landed while an older one was in the air; however that ended, it is taken next."""
    now = dict(Landing.objects.filter(pk__in=[e.landing_id for e in closed]).values_list("pk", "source_hash"))
    wake.after_change(flow.pipeline, [e for e in closed if bytes(now[e.landing_id]) != bytes(e.source_hash)])


def _one(flow: Flow, entry: RunEntry, sent: Sent, batch: Batch) -> None:
    batch.intents.append(sent.intent)
    if sent.written is not None:
        _proved(flow, entry, sent, batch)
    elif sent.error is not None:
        _failed(flow, entry, sent.intent, sent.error, batch)
    else:
        _not_found(flow, entry, sent, batch)


def _proved(flow: Flow, entry: RunEntry, sent: Sent, batch: Batch) -> None:
    intent, written = sent.intent, sent.written
    assert written is not None
    intent.state, intent.error = "done", ""
    if intent.side == "target":
        intent.external_id = written.external_id
    theirs = _their_values(flow, intent, written.body)
    batch.receipts.append(
        Receipt(
            intent=intent,
            how=sent.how,
            external_id=intent.external_id or written.external_id,
            at=batch.now,
            source_values=entry.values,
            target_values=theirs,
            milliseconds=sent.milliseconds,
        )
    )
    rest = [step for step in batch.steps[entry.pk] if step.number > intent.number]
    if rest and intent.side == "target" and entry.record.link is None:
        finish.begin_link(flow, entry, intent.external_id)
    if (wrong := _totals_wrong(flow, intent, entry, written.body)) is not None:
        return _stop(flow, entry, batch, "held", "totals_differ", wrong, detail={"draft": intent.external_id})
    known = theirs if theirs is not None else _last_known(intent)
    if not rest:
        batch.finished.append(finish.Finished(entry, intent, known))
        return _close(entry, batch, finish.outcome_of(entry), "", "")
    try:
        _prepare(flow, entry, intent, rest, known, batch)
    except MappingFault as fault:
        return _stop(flow, entry, batch, "failed", "mapping_fault", fault.sentence)
    batch.again.add(entry.pk)
    return None


def _prepare(
    flow: Flow, entry: RunEntry, done: Intent, rest: Sequence[Intent], known: dict[str, Any] | None, batch: Batch
) -> None:
    """Gives the later steps the id that is known now, and the source what it is to be told."""
    for later in rest:
        if later.side == "target" and not later.external_id:
            later.external_id = done.external_id
            batch.intents.append(later)
    if rest[0].side == "source" and flow.told is not None:
        there = done.external_id if done.side == "target" else ""
        rest[0].body = flow.told.apply({"record": entry.values, "posted": known or {}, "target_id": there})
        batch.intents.append(rest[0])


def _last_known(intent: Intent) -> dict[str, Any] | None:
    """What an earlier step of the same write showed of the other side's record."""
    earlier = Receipt.objects.filter(intent__entry=intent.entry_id, target_values__isnull=False)
    return (
        earlier.order_by("-intent__number").values_list("target_values", flat=True).first()
        if intent.number > 1
        else None
    )


def _their_values(flow: Flow, intent: Intent, body: dict[str, Any]) -> dict[str, Any] | None:
    """The other side's record in canonical words; None where it cannot be read back."""
    if flow.back is None or intent.side != "target" or not body:
        return None
    try:
        return finish.canonical(flow, body)
    except (MappingFault, ValueError):
        return None


def _totals_wrong(flow: Flow, intent: Intent, entry: RunEntry, body: dict[str, Any]) -> str | None:
    """What the target computed against what was approved, to the cent; a sentence where they differ."""
    if intent.side != "target" or not step_named(flow, intent).totals:
        return None
    theirs, ours = flow.target.totals(intent.object, body), entry.values or {}
    if theirs is None:
        return "The other system did not say which totals it computed, so the document was not posted."
    return finish.totals_differ(ours, theirs)


def _failed(flow: Flow, entry: RunEntry, intent: Intent, error: ConnectorError, batch: Batch) -> None:
    intent.error = error.sentence
    if intent.state == "uncertain":  # it was only looked for: whatever went wrong, nothing is decided
        return _look_later(flow, entry, intent, batch)
    if isinstance(error, DataRejected):
        intent.state = "refused"
        detail = {"field": error.field, "answer": error.detail}
        return _stop(flow, entry, batch, "failed", "refused", error.sentence, detail=detail)
    if isinstance(error, Uncertain):
        intent.state = "uncertain"
        return _later(entry, batch, _settle_seconds(flow, intent))
    intent.state = "planned"  # nothing was written
    if intent.sends >= SENDS_AT_MOST:
        return _stop(flow, entry, batch, "failed", "gave_up", error.sentence, detail={"answer": error.detail})
    return _later(entry, batch, RETRY_SECONDS)


def _look_later(flow: Flow, entry: RunEntry, intent: Intent, batch: Batch) -> None:
    """A look that failed is tried again, ever more seldom; after half an hour a person has to look."""
    waited = (batch.now - (intent.sent_at or entry.created_at)).total_seconds()
    if waited > LOOKING_SECONDS:
        sentence = f"It is not known whether the other system took this record: looking for it fails. {intent.error}"
        return _stop(flow, entry, batch, "uncertain", "outcome_unknown", sentence)
    return _later(entry, batch, min(60.0, max(RETRY_SECONDS, waited / 4)))


def _not_found(flow: Flow, entry: RunEntry, sent: Sent, batch: Batch) -> None:
    """A look that proved nothing: wait and look again, then send again; never guess."""
    intent = sent.intent
    if sent.found == -1:
        sentence = (
            "It is not known whether the other system took this record, and it cannot be searched. Please look there."
        )
        return _stop(flow, entry, batch, "uncertain", "outcome_unknown", sentence)
    if sent.found and sent.found > 1:
        sentence = (
            f"The other system holds this record {sent.found} times. Keep one, cancel the others there, then link it."
        )
        return _stop(flow, entry, batch, "uncertain", "doubled_there", sentence)
    intent.looks += 1
    harmless = step_named(flow, intent).absolute and bool(intent.external_id)
    if intent.looks < LOOKS_BEFORE_SENDING_AGAIN and not harmless:
        return _later(entry, batch, _settle_seconds(flow, intent) / 2)
    if intent.sends >= SENDS_AT_MOST:
        sentence = "The other system never confirmed this record, however often it was sent. Please look there."
        return _stop(flow, entry, batch, "uncertain", "outcome_unknown", sentence)
    intent.state = "planned"
    batch.again.add(entry.pk)
    return None


def _settle_seconds(flow: Flow, intent: Intent) -> float:
    connector = flow.target if intent.side == "target" else flow.source
    return connector.settle_seconds


def _later(entry: RunEntry, batch: Batch, seconds: float) -> None:
    entry.not_before = batch.now + timedelta(seconds=seconds)
    batch.entries.append(entry)


def _stop(
    flow: Flow,
    entry: RunEntry,
    batch: Batch,
    outcome: str,
    code: str,
    sentence: str,
    *,
    detail: dict[str, Any] | None = None,
) -> None:
    """Closes the entry with something for a person; steps not sent yet are given up."""
    for later in Intent.objects.filter(entry=entry, state="planned"):
        if later.pk not in {i.pk for i in batch.intents}:
            later.state = "void"
            batch.intents.append(later)
    items.open_item(
        entry, flow.pipeline, code=code, sentence=sentence, severity="block", detail=detail or {}, now=batch.now
    )
    finish.mark_open(entry, outcome, flow.revision, batch.now)
    _close(entry, batch, outcome, code, sentence)


def _close(entry: RunEntry, batch: Batch, outcome: str, reason: str, sentence: str) -> None:
    entry.state, entry.outcome, entry.reason, entry.sentence = "closed", outcome, reason, sentence
    entry.not_before, entry.closed_at = None, batch.now
    batch.entries.append(entry)
