"""What people do with links: end one, make one by hand, and let two records of the other side be one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from sync.desk.reading import canonical
from sync.desk.ties import PARTS, LinkRefused, Pair, end, note, records_of, remember_dropped, take_again, tie
from sync.engine.lifecycle import phase
from sync.engine.plan import DIVISIBLE
from sync.links.models import Link
from sync.pipelines.models import Pipeline
from sync.pipelines.states import DOMAINS
from sync.runs.work.flow import Flow, Flows
from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require

Json = dict[str, Any]


# ------------------------------------------------------------------------------------------------------- the verbs
def unlink(*, actor: Actor, link_id: UUID, because: str) -> None:
    """Ends a link. Its record is taken again: found held as a twin, or created anew under another reference of ours.

    Refused for a document that still stands on the other side: written a second time it could be paid twice.
    """
    link = _link_of(actor, link_id, because)
    if standing := _still_stands(link):
        raise LinkRefused(standing)
    with transaction.atomic():
        take_again(actor, end(actor, link, because))


def join(
    *, actor: Actor, pipeline: Pipeline, obj: str, company: str, source_id: str, target_id: str, because: str,
    shared: bool = False,
) -> Link:  # fmt: skip
    """Links two records by hand. `shared`: the other side's record may stand for several of ours."""
    _may(actor, pipeline, because)
    pair = _read(pipeline, obj, company, source_id, target_id)
    with transaction.atomic():
        _must_be_free(pair, shared)
        return tie(actor, pair, "link.joined", because)


def relink(*, actor: Actor, link_id: UUID, target_id: str, because: str) -> Link:
    """Ends a link and joins its record to another one of the other side, without a moment in between."""
    link = _link_of(actor, link_id, because)
    pair = _read(_flow_of(link).pipeline, link.object, link.company, link.source_external_id, target_id)
    with transaction.atomic():
        end(actor, link, because)
        _must_be_free(pair, shared=False)
        return tie(actor, pair, "link.joined", because)


def merge(
    *, actor: Actor, pipeline: Pipeline, obj: str, company: str, source_id: str, keep_id: str, drop_id: str,
    because: str,
) -> Link:  # fmt: skip
    """Two records of the other side are one: all that stood for `drop_id` stands for `keep_id` from now on.

    Nothing is written there: the one that is dropped is closed by that system's own people.
    """
    _may(actor, pipeline, because)
    if keep_id == drop_id:
        raise LinkRefused("Name two different records: the one that stays and the one that goes.")
    pair = _read(pipeline, obj, company, source_id, keep_id)
    said = f"Merged into {keep_id}: {because}"
    with transaction.atomic():
        for link in _pointing_at(pair, drop_id).exclude(source_external_id=source_id):
            end(actor, link, said)
            tie(actor, _read_own(pair, link.source_external_id), "link.merged", because)
        mine = _active(pair).first()
        if mine is not None and mine.target_external_id not in (keep_id, drop_id):
            raise LinkRefused(f"The record stands for {mine.target_external_id}, which is neither of the two.")
        if mine is None or mine.target_external_id == drop_id:
            remember_dropped(pair, drop_id, said) if mine is None else end(actor, mine, said)
            return tie(actor, pair, "link.merged", because)
        remember_dropped(pair, drop_id, said)
        note(actor, mine, "link.merged", because, {"dropped": drop_id})
        return mine


# ------------------------------------------------------------------------------------------------------ what is asked
def _may(actor: Actor, pipeline: Pipeline, because: str) -> None:
    require(actor, "links.manage", customer_id=pipeline.customer_id)
    if not because.strip():
        raise LinkRefused("Say why: whoever finds two records joined or parted later will want to know.")


def _link_of(actor: Actor, link_id: UUID, because: str) -> Link:
    link = Link.objects.select_related("source", "target").get(pk=link_id)
    require(actor, "links.manage", customer_id=link.source.customer_id)
    if not because.strip():
        raise LinkRefused("Say why: whoever finds two records joined or parted later will want to know.")
    if link.object in PARTS:
        raise LinkRefused("This is a part of a record. Unlink the record it belongs to; its parts go with it.")
    return link


def _still_stands(link: Link) -> str:
    """A sentence where the counterpart is a document that was written and not taken back; else nothing."""
    if link.object in DIVISIBLE:
        return ""
    flow = _flow_of(link)
    found = flow.target.fetch(link.object, link.target_external_id, company=link.target_company)
    if found is None or found.deleted:
        return ""
    if phase(link.object, canonical(link.object, flow.back, found) or {}) == "ended":
        return ""
    what = link.object.replace("_", " ")
    return (
        f"The {what} {link.target_external_id} still stands in {link.target.label}. Cancel or delete it there first, "
        "or link this record to another one: written a second time it could be paid twice."
    )


def _flow_of(link: Link) -> Flow:
    """How the link's records travel; raises LinkRefused where no pipeline carries them any more."""
    for pipeline in Pipeline.objects.filter(source=link.source_id, target=link.target_id):
        if link.object in DOMAINS[pipeline.domain].objects:
            flows = Flows(pipeline)
            return flows.open(flows.lane(link.object, link.company))
    raise LinkRefused("No pipeline carries this record any more, so nothing would take it again.")


def _read(pipeline: Pipeline, obj: str, company: str, source_id: str, target_id: str) -> Pair:
    """Both records as they are now; raises LinkRefused where one does not exist. Speaks to both systems."""
    flows = Flows(pipeline)
    flow = flows.open(flows.lane(obj, company))
    ours = flow.source.fetch(obj, source_id, company=flow.lane.source_company)
    theirs = flow.target.fetch(obj, target_id, company=flow.lane.target_company)
    for side, key, found in ((flow.source, source_id, ours), (flow.target, target_id, theirs)):
        if found is None or found.deleted:
            raise LinkRefused(f"There is no {obj.replace('_', ' ')} {key} in {side.label}.")
    left, right = canonical(obj, flow.inbound, ours), canonical(obj, flow.back, theirs)
    return Pair(flow, source_id, target_id, left or {}, right or {})


def _read_own(pair: Pair, source_id: str) -> Pair:
    """Another record of ours for the same counterpart, as it was landed."""
    p, flow = pair.flow.pipeline, pair.flow
    landed = records_of(p.source_id, p.target_id, flow.object, flow.lane.company, source_id).first()
    return Pair(pair.flow, source_id, pair.target_id, (landed and landed.landing.canonical) or {}, pair.theirs)


def _must_be_free(pair: Pair, shared: bool) -> None:
    if (link := _active(pair).first()) is not None:
        raise LinkRefused(f"The record already stands for {link.target_external_id}. Unlink it, or link it anew.")
    if not shared and (other := _pointing_at(pair, pair.target_id).first()) is not None:
        raise LinkRefused(
            f"{pair.target_id} already stands for {other.source_external_id}. Say so if it stands for both."
        )


def _active(pair: Pair) -> QuerySet[Link]:
    lane = pair.flow.lane
    return _between(pair.flow).filter(company=lane.company, source_external_id=pair.source_id)


def _pointing_at(pair: Pair, target_id: str) -> QuerySet[Link]:
    return _between(pair.flow).filter(target_external_id=target_id)


def _between(flow: Flow) -> QuerySet[Link]:
    p = flow.pipeline
    return Link.objects.filter(active=True, source=p.source_id, target=p.target_id, object=flow.object)
