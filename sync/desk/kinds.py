"""The changes of `sync` that need a second person, and what a yes does."""

from __future__ import annotations

from governance.kinds import SubjectChanged, change_kind
from governance.models import ChangeRequest
from sync.desk import held, live
from sync.pipelines.models import Pipeline
from sync.runs.models import WorkItem
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role

STAFF = (Role.OWNER, Role.PARTNER_ADMIN, Role.APPROVER)


def _pipeline(change: ChangeRequest) -> Pipeline:
    return Pipeline.objects.get(pk=change.subject_id)


@change_kind(
    live.GO_LIVE,
    label="Take a pipeline live",
    deciders=(*STAFF, Role.CUSTOMER_CONTROLLER),
    shows=lambda change: live.checklist(_pipeline(change), on=change.created_at.date()),
)
def apply_go_live(change: ChangeRequest, actor: Actor) -> None:
    """The pipeline starts to write."""
    live.go_live(actor=actor, pipeline=_pipeline(change))


def _item(change: ChangeRequest) -> WorkItem:
    return WorkItem.objects.select_related("record__landing", "pipeline").get(pk=change.subject_id)


def _release(change: ChangeRequest, actor: Actor) -> None:
    item = _item(change)
    if item.state != "open":
        raise SubjectChanged("What was held has changed at its source since it was shown. Look at the new item.")
    held.release(actor=actor, item=item, change=change)


@change_kind(
    held.RELEASE,
    label="Let a held record pass",
    deciders=(*STAFF, Role.CUSTOMER_CONTROLLER),
    shows=lambda change: held.shown(_item(change)),
)
def apply_release(change: ChangeRequest, actor: Actor) -> None:
    """The record goes on, exactly as it was shown."""
    _release(change, actor)


@change_kind(
    held.CUSTOMER_RELEASE,
    label="Accept changed bank details",
    deciders=(Role.CUSTOMER_CONTROLLER,),
    customer_decides=True,
    shows=lambda change: held.shown(_item(change)),
)
def apply_bank_release(change: ChangeRequest, actor: Actor) -> None:
    """The new bank details travel on; the payer's block is lifted."""
    _release(change, actor)
