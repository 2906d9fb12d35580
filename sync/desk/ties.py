"""Ties between records, made and ended: the link, its parts, what is remembered of it, and the records that had it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from governance.services import record_audit
from sync.engine import refs
from sync.links import identities
from sync.links.models import Link, RecordState
from sync.pipelines.models import MatchProposal
from sync.runs import wake
from sync.runs.models import Intent, RunEntry
from sync.runs.services import request_records
from sync.runs.work import finish
from sync.runs.work.flow import Flow
from tenancy.accounts.actors import Actor
from tenancy.base import new_id
from tenancy.clock import db_now

Json = dict[str, Any]
PARTS = frozenset(child for _, child, _ in refs.CHILDREN.values())


class LinkRefused(ValueError):
    """What was asked of a link cannot be; the message says why and what to do."""


@dataclass(frozen=True)
class Pair:
    """Two records as both systems hold them now, in canonical words."""

    flow: Flow
    source_id: str
    target_id: str
    ours: Json
    theirs: Json


def end(actor: Actor, link: Link, because: str) -> list[RecordState]:
    """Ends a link with those of its parts; its records stand as if just read, under another reference of ours."""
    touched = list(records_of(link.source_id, link.target_id, link.object, link.company, link.source_external_id))
    writing = RunEntry.objects.filter(record__in=[r.pk for r in touched], state__in=["planned", "writing"])
    if writing.exists():
        raise LinkRefused("This record is being written just now. Try again in a moment.")
    together = Q(pk=link.pk) | Q(correlation_id=link.correlation_id, object__in=PARTS)
    ended = Link.objects.filter(together, active=True, source=link.source_id, target=link.target_id)
    if not ended.update(active=False, ended_because=because):
        raise LinkRefused("This link has ended already.")
    _stand_as_read(touched, generation=F("generation") + 1)
    note(actor, link, "link.ended", because, {})
    return touched


def records_of(source_id: UUID, target_id: UUID, obj: str, company: str, external_id: str) -> QuerySet[RecordState]:
    """Where a record of one connection stands in the pipelines that lead to the other."""
    return RecordState.objects.filter(
        pipeline__source=source_id, pipeline__target=target_id, landing__connection=source_id, landing__object=obj,
        landing__company=company, landing__external_id=external_id,
    ).select_related("landing", "pipeline")  # fmt: skip


def _stand_as_read(touched: Sequence[RecordState], **more: Any) -> None:
    RecordState.objects.filter(pk__in=[record.pk for record in touched]).update(
        state="landed", settled_hash=None, settled_revision="", link=None, changed_at=db_now(), **more
    )


def tie(actor: Actor, pair: Pair, action: str, because: str) -> Link:
    """Only the other side's values are a base: the next run writes what the owner says."""
    flow, p = pair.flow, pair.flow.pipeline
    link = Link.objects.create(
        object=flow.object, company=flow.lane.company, source_id=p.source_id, source_external_id=pair.source_id,
        target_id=p.target_id, target_external_id=pair.target_id, target_company=flow.lane.target_company,
        origin="adopted", target_base=pair.theirs, correlation_id=new_id().hex,
    )  # fmt: skip
    children = finish.children_of(flow, link, pair.ours, pair.theirs)
    finish.link_children(children)
    _remember(pair)
    _judge_proposals(actor, pair)
    touched = list(records_of(p.source_id, p.target_id, flow.object, flow.lane.company, pair.source_id))
    _settle_by_hand(touched)
    _stand_as_read(touched)
    note(actor, link, action, because, {})
    wake.after_arrival([link, *children])
    take_again(actor, touched)
    return link


def _remember(pair: Pair) -> None:
    p = pair.flow.pipeline
    found = ((p.source_id, pair.source_id, pair.ours), (p.target_id, pair.target_id, pair.theirs))
    known = [identities.Identified(where, key, payload) for where, key, payload in found if payload]
    if pair.flow.object == "vendor":  # what identifies an invoice needs its vendor too: the next run sees to it
        identities.remember("vendor", known)


def _judge_proposals(actor: Actor, pair: Pair) -> None:
    """What matching proposed for the record is settled by the person's word."""
    flow = pair.flow
    mine = MatchProposal.objects.filter(
        pipeline=flow.pipeline, object=flow.object, company=flow.lane.company, source_id=pair.source_id, verdict="open"
    )
    said = {"judged_by": actor.id, "judged_at": db_now()}
    mine.filter(target_id=pair.target_id).update(verdict="linked", **said)
    mine.exclude(target_id=pair.target_id).update(verdict="rejected", **said)


def _settle_by_hand(touched: Sequence[RecordState]) -> None:
    """A person has looked: it is no longer unknown what became of earlier writes of the record."""
    doubtful = Intent.objects.filter(entry__record__in=[r.pk for r in touched], entry__state="closed")
    doubtful.filter(state="uncertain").update(state="void", error="A person looked and linked the record by hand.")


def take_again(actor: Actor, touched: Sequence[RecordState]) -> None:
    for record in touched:
        request_records(record.pipeline, [record.landing], trigger="person", actor=actor)


def remember_dropped(pair: Pair, drop_id: str, said: str) -> None:
    """A link that never was active says where the dropped record went."""
    flow, p = pair.flow, pair.flow.pipeline
    Link.objects.create(
        object=flow.object, company=flow.lane.company, source_id=p.source_id, source_external_id=pair.source_id,
        target_id=p.target_id, target_external_id=drop_id, target_company=flow.lane.target_company,
        origin="adopted", active=False, ended_because=said, correlation_id=new_id().hex,
    )  # fmt: skip


def note(actor: Actor, link: Link, action: str, because: str, more: Json) -> None:
    record_audit(
        actor=actor, action=action, object_type="link", object_id=str(link.pk), customer_id=link.source.customer_id,
        data={"object": link.object, "source": link.source_external_id, "target": link.target_external_id,
              "because": because, **more},
    )  # fmt: skip
