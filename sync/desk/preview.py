"""What a change of a pipeline would do to the records that are there, worked out without writing anything.

Each landed record is put through both sets of rules. Records whose raw body is past its days cannot be put through
another inbound mapping; they are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.base import RawRecord
from finance.catalogue import mask
from finance.diff import diff
from finance.policies import POLICIES
from mappings.engine import MappingFault
from sync.desk.reading import canonical
from sync.engine import refs
from sync.links.models import Body, RecordState
from sync.links.selectors import counterparts
from sync.pipelines.models import Pipeline
from sync.runs.models import RunEntry, WorkItem
from sync.runs.work import evidence
from sync.runs.work.facts import Facts
from sync.runs.work.flow import Flow, Flows
from sync.runs.work.plan import as_shown

AT_ONCE = 500
RECORDS_AT_MOST = 20_000  # of one lane, the newest first
EXAMPLES = 20
FIELDS_OF_AN_EXAMPLE = 8
CANNOT = "cannot be mapped"
Json = dict[str, Any]


@dataclass
class Outcome:
    """Counts over all records, and the first differences in words."""

    looked_at: int = 0
    left_out: int = 0
    unknown: int = 0
    written_otherwise: int = 0
    travelling: int = 0  # documents that another cut-over date lets go
    staying: int = 0
    held: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def as_shown(self) -> Json:
        """For a decider: flat, nothing that is naught."""
        told = {
            "looked_at": self.looked_at,
            "written_otherwise": self.written_otherwise,
            "cannot_be_said_without_reading_again": self.unknown,
            "older_records_not_looked_at": self.left_out,
            "newly_written_by_cut_over": self.travelling,
            "no_longer_written_by_cut_over": self.staying,
            "held_anew": dict(self.held),
            "examples": {str(n): text for n, text in enumerate(self.examples, 1)},
        }
        return {name: said for name, said in told.items() if said or name in ("looked_at", "written_otherwise")}


def outcome(now: Pipeline, then: Pipeline) -> Json:
    """`then`: the same pipeline as it is wanted, not saved. Reads both systems where policies ask for it."""
    found = Outcome()
    flows, wanted = Flows(now), Flows(then)
    for lane in flows.lanes:
        before, after = flows.open(lane), wanted.open(lane)
        added = [c for c in then.policies if c not in now.policies and "approval" not in POLICIES[c].needs]
        for records in _landed(before, found):
            _compare(before, after, records, found)
            if added:
                _judge(after, added, records, found)
    told = found.as_shown()
    if untried := [code for code in then.policies if code not in now.policies and "approval" in POLICIES[code].needs]:
        told["policies_not_tried_in_advance"] = untried
    if gone := [code for code in now.policies if code not in then.policies]:
        items = WorkItem.objects.filter(pipeline=now.pk, state="open", code__in=gone)
        told["held_items_no_longer_asked_for"] = items.count()
    return told


def _landed(flow: Flow, found: Outcome) -> Iterator[Sequence[RecordState]]:
    """A lane's records, the newest first, page by page."""
    p = flow.pipeline
    mine = RecordState.objects.filter(
        pipeline=p.pk, landing__object=flow.object, landing__company=flow.lane.company, landing__deleted=False
    )
    ids = list(mine.order_by("-pk").values_list("pk", flat=True))
    found.left_out += max(0, len(ids) - RECORDS_AT_MOST)
    for start in range(0, min(len(ids), RECORDS_AT_MOST), AT_ONCE):
        page = RecordState.objects.filter(pk__in=ids[start : start + AT_ONCE]).order_by("-pk")
        yield list(page.select_related("landing", "link"))


# ------------------------------------------------------------------------------------------------------- the records
def _compare(before: Flow, after: Flow, records: Sequence[RecordState], found: Outcome) -> None:
    ids = [record.landing.body_id for record in records]
    bodies = dict(Body.objects.filter(pk__in=ids).values_list("pk", "content"))
    resolve = _resolver(before, records)
    for record in records:
        found.looked_at += 1
        _count_cutover(before.pipeline, after.pipeline, record, found)
        body = bodies.get(record.landing.body_id)
        if body is None and before.inbound.revision != after.inbound.revision:
            found.unknown += 1
            continue
        changes = _changes(before, after, record, body, resolve)
        if changes:
            found.written_otherwise += 1
            _example(record, changes, found)


def _resolver(flow: Flow, records: Sequence[RecordState]) -> refs.Resolve:
    payloads = [record.landing.canonical for record in records if record.landing.canonical]
    wanted = {(ref["object"], ref.get("external_id", "")) for p in payloads for _, ref in refs.places(p)}
    facts = Facts(flow)
    facts.targets = counterparts(
        flow.pipeline.source_id, flow.pipeline.target_id, wanted, company=flow.lane.source_company
    )
    return facts.resolve


def _changes(before: Flow, after: Flow, record: RecordState, body: Json | None, resolve: refs.Resolve) -> list[str]:
    """What would be written otherwise of one record, field by field in words."""
    ours = record.landing.canonical
    theirs = ours
    if body is not None and before.inbound.revision != after.inbound.revision:
        theirs = canonical(after.object, after.inbound, RawRecord(record.landing.external_id, body))
    if ours is None or theirs is None:
        return [CANNOT] if ours is not theirs else []
    if said := [_said(as_shown(change)) for change in diff(after.object, ours, theirs)]:
        return said
    return _otherwise_sent(_sent(before, ours, resolve), _sent(after, theirs, resolve), after.target_spec.sensitive)


def _sent(flow: Flow, payload: Json, resolve: refs.Resolve) -> Json | None:
    try:
        return flow.outbound.apply(refs.resolved(payload, resolve))
    except MappingFault:
        return None


def _otherwise_sent(before: Json | None, after: Json | None, sensitive: Sequence[str]) -> list[str]:
    if before is None or after is None:
        return [CANNOT] if before is not after else []
    hidden = {segment for path in sensitive for segment in path.split(".")}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [
        _said({"label": n, "before": before.get(n), "after": after.get(n), "sensitive": n in hidden}) for n in names
    ]


def _said(change: Mapping[str, Any]) -> str:
    before, after = (_text(change[side], change["sensitive"]) for side in ("before", "after"))
    return f"{change['label']}: {before} → {after}"


def _text(value: Any, sensitive: bool) -> str:
    if value in (None, "", [], {}):
        return "∅"
    if isinstance(value, list | dict):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return mask(str(value)) if sensitive else str(value)[:80]


def _example(record: RecordState, changes: Sequence[str], found: Outcome) -> None:
    if len(found.examples) < EXAMPLES:
        name = record.landing.label or record.landing.external_id
        found.examples.append(f"{name}: {'; '.join(changes[:FIELDS_OF_AN_EXAMPLE])}")


def _count_cutover(now: Pipeline, then: Pipeline, record: RecordState, found: Outcome) -> None:
    """Documents that are not linked yet travel, or stay, by their date."""
    if record.landing.day is None or record.link_id is not None:
        return
    stays, would_stay = (p.cutover_on is not None and record.landing.day < p.cutover_on for p in (now, then))
    found.travelling += stays and not would_stay
    found.staying += would_stay and not stays


# ------------------------------------------------------------------------------------------------------ the policies
def _judge(after: Flow, codes: Sequence[str], records: Sequence[RecordState], found: Outcome) -> None:
    """Counts the records a new policy would hold. What was approved is only known while a record is decided."""
    asked: list[str] = after.pipeline.policies
    after.pipeline.policies = list(codes)
    try:
        open_to_rules = [r for r in records if r.landing.canonical and (r.link_id is None or after.target_spec.updates)]
        entries = [RunEntry(record=r, landing=r.landing) for r in open_to_rules]
        judged: dict[UUID, Any] = evidence.findings(after, entries, set())
    finally:
        after.pipeline.policies = asked
    for findings in judged.values():
        found.held.update({f.code for f in findings if f.severity != "warn"})
