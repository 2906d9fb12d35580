"""Both systems changed the same field: a person says whose value is right, exactly as both were shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from finance.diff import diff
from governance.kinds import SubjectChanged, change_kind
from governance.models import ChangeRequest
from governance.services import record_audit, request_change
from sync.desk.held import shown
from sync.desk.reading import canonical
from sync.engine.plan import DIVISIBLE, top
from sync.engine.refs import places
from sync.links.models import Link
from sync.runs import items
from sync.runs.models import Release, WorkItem
from sync.runs.services import request_records
from sync.runs.work.flow import Flow, Flows
from sync.runs.work.plan import as_shown
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

SETTLE = "conflict.settle"
OURS, THEIRS = "ours", "theirs"
MOVED = "Something has changed since this was shown. The record is taken again; look at what it says then."
Json = dict[str, Any]


class ConflictRefused(ValueError):
    """The conflict cannot be settled like this; the message says why and what to do."""


def take_ours(*, actor: Actor, item_id: UUID, comment: str = "") -> ChangeRequest | None:
    """The source's values are right: they are written over the other side's. See `_say`."""
    return _say(actor, item_id, OURS, comment)


def keep_theirs(*, actor: Actor, item_id: UUID, comment: str = "") -> ChangeRequest | None:
    """The other side keeps its values until the source changes these fields again. See `_say`."""
    return _say(actor, item_id, THEIRS, comment)


def _say(actor: Actor, item_id: UUID, side: str, comment: str) -> ChangeRequest | None:
    """Settles at once; where the fields are sensitive, asks the customer for a second person and returns that."""
    item = WorkItem.objects.select_related("record__landing", "record__link", "pipeline").get(pk=item_id)
    require(actor, "items.release", customer_id=item.customer_id)
    if item.state != "open" or item.code != "conflict" or item.record is None or item.record.link is None:
        raise ConflictRefused("There is no conflict here any more.")
    if actor.id is None:
        raise ConflictRefused("A person has to say which side is right: act as somebody (--as).")
    theirs = _theirs_now(item)
    if any(c["sensitive"] for c in (*item.detail["theirs"], *item.detail["ours"]) if top(c["path"]) in theirs):
        return _ask(actor, item, side, theirs, comment)
    with transaction.atomic():
        _settle(actor, item, side, theirs, comment)
    return None


def _ask(actor: Actor, item: WorkItem, side: str, theirs: Json, comment: str) -> ChangeRequest:
    payload = {"side": side, "theirs": theirs, "comment": comment}
    return request_change(
        actor=actor, kind=SETTLE, subject_type="work_item", subject_id=str(item.pk), payload=payload,
        shown=shown(item) | {"side": side}, customer_id=item.customer_id, reason=comment,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ what both hold now
def _theirs_now(item: WorkItem) -> Json:
    """The other side's values of the fields in conflict, read now; refused where either side is not as it was shown."""
    record, link = item.record, item.record.link if item.record else None
    assert record is not None and link is not None
    flows = Flows(item.pipeline)
    flow = flows.open(flows.lane(record.landing.object, record.landing.company))
    names = {top(change["path"]) for change in item.detail["theirs"]}
    ours, theirs = _read(flow, link)
    strayed = [as_shown(c) for c in diff(flow.object, link.target_base or {}, theirs) if top(c.path) in names]
    digest = items.digest("conflict", (), record.landing.canonical, item.detail)
    if ours != record.landing.canonical or items.plain({"theirs": strayed})["theirs"] != item.detail["theirs"]:
        digest = ""
    if digest != item.digest:
        request_records(item.pipeline, [record.landing], trigger="person")
        raise ConflictRefused(MOVED)
    found = {name: theirs.get(name) for name in names}
    if flow.object not in DIVISIBLE and any(places(found)):
        raise ConflictRefused("These fields name other records: correct the record in one of the systems instead.")
    return found


def _read(flow: Flow, link: Link) -> tuple[Json | None, Json]:
    """Both records in canonical words, as they are now."""
    ours = flow.source.fetch(flow.object, link.source_external_id, company=flow.lane.source_company)
    theirs = flow.target.fetch(flow.object, link.target_external_id, company=flow.lane.target_company)
    right = canonical(flow.object, flow.back, theirs)
    return canonical(flow.object, flow.inbound, ours), right or {}


# ------------------------------------------------------------------------------------------------------ what is done
def _settle(actor: Actor, item: WorkItem, side: str, theirs: Json, comment: str, change_id: UUID | None = None) -> None:
    """What the other side holds counts as seen, so that it is a conflict no more; then the record is taken again."""
    record = item.record
    assert record is not None and record.link_id is not None and actor.id is not None
    link = Link.objects.select_for_update().get(pk=record.link_id)
    ours = record.landing.canonical or {}
    link.target_base = {**(link.target_base or {}), **theirs}
    if side == THEIRS:
        mine = {name: ours.get(name) for name in theirs}
        link.source_base, link.kept = {**(link.source_base or {}), **mine}, {**link.kept, **mine}
    else:
        link.kept = {name: value for name, value in link.kept.items() if name not in theirs}
    link.save(update_fields=["source_base", "target_base", "kept"])
    _remember(actor, item, side, comment, change_id)
    request_records(item.pipeline, [record.landing], trigger="release", actor=actor)


def _remember(actor: Actor, item: WorkItem, side: str, comment: str, change_id: UUID | None) -> None:
    now = db_now()
    said = f"{'Ours' if side == OURS else 'Theirs'} is right. {comment}".strip()
    Release.objects.get_or_create(
        record=item.record, code=item.code, digest=item.digest,
        defaults={"item": item, "released_by": actor.id, "change_id": change_id, "comment": said, "at": now},
    )  # fmt: skip
    item.state, item.closed_at, item.closed_by = "resolved", now, actor.id
    item.save(update_fields=["state", "closed_at", "closed_by"])
    record_audit(
        actor=actor, action=f"conflict.{side}", object_type="work_item", object_id=str(item.pk),
        customer_id=item.customer_id, data={"digest": item.digest, "comment": comment},
    )  # fmt: skip


def _item(change: ChangeRequest) -> WorkItem:
    return WorkItem.objects.select_related("record__landing", "record__link", "pipeline").get(pk=change.subject_id)


@change_kind(
    SETTLE,
    label="Say which side's bank or tax details are right",
    deciders=(Role.CUSTOMER_CONTROLLER,),
    customer_decides=True,
    shows=lambda change: shown(_item(change)) | {"side": change.payload["side"]},
)
def apply_settlement(change: ChangeRequest, actor: Actor) -> None:
    """The side that was named is right, exactly as both were shown."""
    item = _item(change)
    if item.state != "open" or item.record is None or item.record.link_id is None:
        raise SubjectChanged(MOVED)
    asked = change.payload
    _settle(actor, item, asked["side"], asked["theirs"], asked["comment"], change.pk)
