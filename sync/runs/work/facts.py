"""Everything the planner needs to know about a page of records, fetched in a handful of set queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from connectors.base import RawRecord
from mappings.engine import MappingFault
from sync.engine import refs
from sync.engine.subjects import Finding, Known
from sync.links.models import Link
from sync.links.selectors import counterparts, links_of
from sync.pipelines.models import MatchProposal
from sync.runs.models import Intent, RunEntry
from sync.runs.work import evidence, finish
from sync.runs.work.flow import Flow, reference

READERS = 8
Json = dict[str, Any]


@dataclass(frozen=True)
class Unmapped:
    """The finding for a record whose source body could not be put into canonical words."""

    code: str
    message: str
    severity: str = "hold"
    fields: tuple[str, ...] = ()

    @property
    def cause_key(self) -> str:
        """Records that fail with the same sentence share a cause."""
        return f"{self.code}:{self.message}"[:200]

    @property
    def detail(self) -> Mapping[str, Any]:
        return {}


@dataclass
class Facts:
    """What is known about one page of records."""

    flow: Flow
    known: dict[UUID, Known] = field(default_factory=dict)
    faults: dict[UUID, tuple[Finding, ...]] = field(default_factory=dict)
    findings: dict[UUID, tuple[Finding, ...]] = field(default_factory=dict)
    sent_before: set[UUID] = field(default_factory=set)  # entries whose record was sent once without being proved
    targets: dict[tuple[str, str], str] = field(default_factory=dict)  # (object, id here) → id there

    excluded: set[str] = field(default_factory=set)  # source ids a person decided to leave out

    def resolve(self, ref: Json) -> str | None:
        """The other side's id of what a reference points at."""
        if ref["object"] == "entity":
            return self.flow.lane.target_company
        return self.targets.get((ref["object"], ref.get("external_id", "")))

    def before_cutover(self, entry: RunEntry) -> bool:
        """Whether the document is older than the cut-over date."""
        cutover, day = self.flow.pipeline.cutover_on, entry.landing.day
        return isinstance(cutover, date) and day is not None and day < cutover


def gather(flow: Flow, entries: Sequence[RunEntry]) -> Facts:
    """Links, references, the other side's present values, and what the policies find."""
    facts = Facts(flow)
    payloads = {e.pk: e.landing.canonical for e in entries if e.landing.canonical and not e.landing.deleted}
    wanted = {(ref["object"], ref.get("external_id", "")) for p in payloads.values() for _, ref in refs.places(p)}
    facts.targets = counterparts(
        flow.pipeline.source_id, flow.pipeline.target_id, wanted, company=flow.lane.source_company
    )
    _links(flow, entries)
    facts.excluded = _excluded(flow)
    linked = [e for e in entries if e.record.link is not None]
    facts.known = {e.pk: _known(e.record.link) for e in linked}
    moved = [e for e in linked if e.pk in payloads and _moved(flow, e, payloads[e.pk])]
    facts.known |= _read_theirs(flow, moved)
    faulty = {e.pk for e in entries if e.reason}
    facts.sent_before = _sent_before(flow, entries)
    judged = [e for e in entries if e.pk in payloads and e.pk not in faulty]
    facts.findings = evidence.findings(flow, judged, facts.sent_before)
    facts.faults = {e.pk: (Unmapped(e.reason, e.sentence),) for e in entries if e.reason}
    return facts


def _sent_before(flow: Flow, entries: Sequence[RunEntry]) -> set[UUID]:
    """Entries whose record an earlier entry sent: what became of that is looked for before anything is sent again.

    What was sent under another reference is the counterpart of before an unlink.
    """
    unlinked = {reference(flow, e.record): e for e in entries if e.record.link is None}
    sent = Intent.objects.filter(
        entry__record__in=[e.record_id for e in unlinked.values()], reference__in=list(unlinked), side="target",
        operation="create", sends__gt=0,
    ).exclude(entry__in=[e.pk for e in entries])  # fmt: skip
    return {unlinked[found].pk for found in sent.values_list("reference", flat=True)}


def _links(flow: Flow, entries: Sequence[RunEntry]) -> None:
    """Takes up links that matching, or another pipeline, has made meanwhile."""
    p, lane = flow.pipeline, flow.lane
    ids = [entry.landing.external_id for entry in entries]
    found = links_of(p.source_id, p.target_id, flow.object, lane.company, ids)
    for entry in entries:
        entry.record.link = found.get(entry.landing.external_id)


def _excluded(flow: Flow) -> set[str]:
    judged = MatchProposal.objects.filter(
        pipeline=flow.pipeline, object=flow.object, company=flow.lane.company, verdict="excluded"
    )
    return set(judged.values_list("source_id", flat=True))


def _known(link: Link) -> Known:
    return Known(link.target_external_id, link.source_base, link.target_base, kept=link.kept)


def _moved(flow: Flow, entry: RunEntry, payload: Json) -> bool:
    """Whether the source says anything new; only then is the other side asked what it holds."""
    base = entry.record.link.source_base if entry.record.link else None
    return flow.back is not None and (base is None or base != payload)


def _read_theirs(flow: Flow, entries: Sequence[RunEntry]) -> dict[UUID, Known]:
    if not entries:
        return {}
    with ThreadPoolExecutor(READERS, thread_name_prefix="read-back") as pool:
        bodies = list(pool.map(lambda e: _fetch(flow, e.record.link), entries))
    return {entry.pk: _known_now(flow, entry.record.link, raw) for entry, raw in zip(entries, bodies, strict=True)}


def _fetch(flow: Flow, link: Link | None) -> RawRecord | None:
    assert link is not None
    return flow.target.fetch(flow.object, link.target_external_id, company=flow.lane.target_company)


def _known_now(flow: Flow, link: Link | None, raw: RawRecord | None) -> Known:
    assert link is not None
    if raw is None or raw.deleted:
        return replace(_known(link), target_gone=True)
    try:
        now = finish.canonical(flow, raw.body)
    except (MappingFault, ValueError):
        now = None  # cannot be compared: the source's word stands, as its owner
    return replace(_known(link), target_now=now)
