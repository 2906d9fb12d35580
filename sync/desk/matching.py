"""Before the first write: what both systems already hold is paired; people settle what is doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from connectors.base import Connector
from finance import records
from finance.identity import Proposal
from governance.services import record_audit
from mappings.engine import Compiled, MappingFault
from sync.desk.pairing import Json, Side, propose
from sync.engine import measure
from sync.links import identities
from sync.links.models import Link
from sync.links.selectors import counterparts
from sync.pipelines.models import MatchProposal, Pipeline
from sync.pipelines.services import PipelineRefused, start_matching
from sync.pipelines.states import MATCHING
from sync.runs import wake
from sync.runs.work import finish
from sync.runs.work.flow import Flow, Flows
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.base import new_id
from tenancy.clock import db_now

PAGE = 500


def match(*, actor: Actor, pipeline: Pipeline) -> dict[str, int]:
    """Reads both sides of every lane, writes nothing, proposes pairs. Returns how many of each certainty."""
    start_matching(actor=actor, pipeline=pipeline)
    flows = Flows(pipeline)
    opened = [flows.open(lane) for lane in flows.lanes]
    if unread := sorted({flow.object for flow in opened if flow.target_spec.readable and flow.back is None}):
        raise PipelineRefused(_cannot_compare(pipeline, unread))
    counted: Counter[str] = Counter()
    for flow in opened:
        if flow.target_spec.readable:
            counted.update(_match_lane(flow))
    with transaction.atomic():
        pipeline.refresh_from_db()
        pipeline.matched_at = db_now()
        pipeline.save(update_fields=["matched_at"])
        _note(actor, pipeline, "pipeline.matched", dict(counted))
    return dict(counted)


def _cannot_compare(pipeline: Pipeline, objects: Sequence[str]) -> str:
    named = ", ".join(obj.replace("_", " ") for obj in objects)
    return (
        f"{pipeline.name} was not matched: {pipeline.target.label} already holds records of its own ({named}), and no "
        "mapping reads them. Choose the mapping they are read by, so that nothing is created twice."
    )


def _match_lane(flow: Flow) -> Iterator[str]:
    lane, p = flow.lane, flow.pipeline
    ours = read_all(flow.source, flow.object, lane.source_company, flow.inbound)
    theirs = read_all(flow.target, flow.object, lane.target_company, flow.back) if flow.back else {}
    linked = counterparts(p.source_id, p.target_id, ((flow.object, key) for key in ours))
    open_ours = {key: value for key, value in ours.items() if (flow.object, key) not in linked}
    taken = set(linked.values())
    open_theirs = {key: value for key, value in theirs.items() if key not in taken}
    proposals = propose(flow, open_ours, open_theirs)
    with transaction.atomic():
        _remember(flow, ours, theirs)
        _store(flow, proposals, ours, theirs)
    return iter([proposal.verdict for proposal in proposals])


def read_all(connector: Connector, obj: str, company: str, mapping: Compiled) -> Side:
    """Every record of one side in canonical words; what cannot be mapped shows up in the first run, not here."""
    found: Side = {}
    cursor: Json | None = None
    while True:
        page = connector.read(obj, company=company, cursor=cursor, limit=PAGE)
        for raw in page.records:
            if not raw.deleted and (payload := _canonical(obj, mapping, raw.body)) is not None:
                found[raw.external_id] = payload
        if not page.more:
            return found
        cursor = page.cursor


def _canonical(obj: str, mapping: Compiled, body: Json) -> Json | None:
    try:
        return records.encode(records.decode(obj, mapping.apply(body)))
    except (MappingFault, records.RecordFault):
        return None


def _remember(flow: Flow, ours: Side, theirs: Side) -> None:
    if identities.has_identity(flow.object):
        sides = ((flow.pipeline.source_id, ours), (flow.pipeline.target_id, theirs))
        identities.remember(
            flow.object, [identities.Identified(c, key, value) for c, side in sides for key, value in side.items()]
        )


def _store(flow: Flow, proposals: Iterable[Proposal], ours: Side, theirs: Side) -> None:
    """Open proposals are replaced; what a person has judged stays judged."""
    lane = flow.lane
    mine = MatchProposal.objects.filter(pipeline=flow.pipeline, object=flow.object, company=lane.company)
    mine.filter(verdict="open").delete()
    rows = [
        MatchProposal(
            pipeline=flow.pipeline, object=flow.object, company=lane.company, source_id=proposal.left,
            source_label=measure.label(flow.object, ours[proposal.left]), target_id=proposal.right or "",
            target_label=measure.label(flow.object, theirs[proposal.right]) if proposal.right else "",
            certainty=proposal.verdict, reasons=list(proposal.reasons),
        )
        for proposal in proposals
    ]  # fmt: skip
    MatchProposal.objects.bulk_create(rows, ignore_conflicts=True)


# --------------------------------------------------------------------------------------------------------- verdicts
def accept_certain(*, actor: Actor, pipeline: Pipeline) -> int:
    """Links every pair that is certain. Returns how many."""
    certain = MatchProposal.objects.filter(pipeline=pipeline, certainty="certain", verdict="open")
    return _link_all(actor, pipeline, list(certain))


def judge(*, actor: Actor, proposal_id: UUID, verdict: str) -> None:
    """A person's word on one pair: `linked`, `rejected` (not the same) or `excluded` (leave the record out)."""
    proposal = MatchProposal.objects.select_related("pipeline").get(pk=proposal_id)
    if verdict == "linked":
        _link_all(actor, proposal.pipeline, [proposal])
    elif verdict in ("rejected", "excluded"):
        require(actor, "links.manage", customer_id=proposal.pipeline.customer_id)
        with transaction.atomic():
            _judged(actor, [proposal], verdict)
            _note(
                actor,
                proposal.pipeline,
                f"match.{verdict}",
                {"pair": f"{proposal.source_label} / {proposal.target_label}"},
            )
    else:
        raise PipelineRefused(f"{verdict!r} is no verdict on a pair: say linked, rejected or excluded.")


def _link_all(actor: Actor, pipeline: Pipeline, proposals: Sequence[MatchProposal]) -> int:
    require(actor, "links.manage", customer_id=pipeline.customer_id)
    if pipeline.state != MATCHING:
        raise PipelineRefused(f"{pipeline.name} is not being matched.")
    flows = Flows(pipeline)
    now_held = {proposal.pk: _held_now(flows, proposal) for proposal in proposals}
    with transaction.atomic():
        made = [_link(pipeline, proposal, flows, *now_held[proposal.pk]) for proposal in proposals]
        links = [link for group in made for link in group]
        Link.objects.bulk_create(links, ignore_conflicts=True)
        _judged(actor, proposals, "linked")
        for proposal in proposals:  # other candidates of the same record are settled with it
            rivals = MatchProposal.objects.filter(
                pipeline=pipeline,
                object=proposal.object,
                company=proposal.company,
                source_id=proposal.source_id,
                verdict="open",
            )
            _judged(actor, list(rivals), "rejected")
        _note(actor, pipeline, "match.linked", {"pairs": len(proposals)})
        wake.after_arrival(links)
    return len(proposals)


def _held_now(flows: Flows, proposal: MatchProposal) -> tuple[Json, Json]:
    """Both sides' present values, read before the transaction."""
    flow = flows.open(flows.lane(proposal.object, proposal.company))
    ours = flow.source.fetch(proposal.object, proposal.source_id, company=flow.lane.source_company)
    theirs = flow.target.fetch(proposal.object, proposal.target_id, company=flow.lane.target_company)
    if ours is None or theirs is None:
        raise PipelineRefused(f"{proposal.source_label} or its counterpart no longer exists. Match again.")
    left = _canonical(proposal.object, flow.inbound, ours.body)
    right = _canonical(proposal.object, flow.back, theirs.body) if flow.back else None
    return left or {}, right or {}


def _link(pipeline: Pipeline, proposal: MatchProposal, flows: Flows, ours: Json, theirs: Json) -> list[Link]:
    """The pair and its parts. Only the other side's values are a base: the first run writes what the owner says."""
    flow = flows.open(flows.lane(proposal.object, proposal.company))
    link = Link(
        object=proposal.object, company=proposal.company, source_id=pipeline.source_id,
        source_external_id=proposal.source_id, target_id=pipeline.target_id, target_external_id=proposal.target_id,
        target_company=flow.lane.target_company, origin="matched", target_base=theirs, correlation_id=new_id().hex,
    )  # fmt: skip
    return [link, *finish.children_of(flow, link, ours, theirs)]


def _judged(actor: Actor, proposals: Sequence[MatchProposal], verdict: str) -> None:
    now = db_now()
    for proposal in proposals:
        proposal.verdict, proposal.judged_by, proposal.judged_at = verdict, actor.id, now
    MatchProposal.objects.bulk_update(proposals, ["verdict", "judged_by", "judged_at"])


def _note(actor: Actor, pipeline: Pipeline, action: str, data: Mapping[str, Any]) -> None:
    record_audit(
        actor=actor, action=action, object_type="pipeline", object_id=str(pipeline.pk),
        customer_id=pipeline.customer_id, data=data,
    )  # fmt: skip
