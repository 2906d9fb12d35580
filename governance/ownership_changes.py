"""Handing a group of fields to the other side: always a second person's decision, since values will be overwritten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from governance.kinds import change_kind
from governance.models import ChangeRequest, OwnershipRule
from governance.ownership import GROUPS, register_of
from governance.services import request_change
from tenancy.accounts.actors import Actor
from tenancy.accounts.roles import Role
from tenancy.customers.models import Entity, Side
from tenancy.history import signed

OWNERSHIP = "ownership.change"


def propose_owner(*, actor: Actor, entity: Entity, obj: str, group: str, owner: str, reason: str = "") -> ChangeRequest:
    """Asks that one side become the source of truth for a group of an entity's fields."""
    if group not in GROUPS.get(obj, ()) or owner not in Side.values:
        raise ValueError(f"There is no group {group!r} of {obj!r} that {owner!r} could own.")
    return request_change(
        actor=actor,
        kind=OWNERSHIP,
        subject_type="ownership",
        subject_id=f"{entity.pk}/{obj}/{group}",
        customer_id=entity.customer_id,
        payload={"entity": entity.pk, "object": obj, "group": group, "owner": owner},
        shown=_shown(entity, obj, group, owner),
        reason=reason,
    )


def _shown(entity: Entity, obj: str, group: str, owner: str) -> dict[str, Any]:
    now = register_of(entity)[obj, group]
    return {"entity": entity.name, "object": obj, "group": group, "now": now, "then": owner}


def _shown_now(change: ChangeRequest) -> dict[str, Any]:
    wanted = change.payload
    return _shown(Entity.objects.get(pk=wanted["entity"]), wanted["object"], wanted["group"], wanted["owner"])


@change_kind(
    OWNERSHIP,
    label="Change which system owns these fields",
    deciders=(Role.OWNER, Role.APPROVER, Role.CUSTOMER_CONTROLLER),
    shows=_shown_now,
)
def hand_over(change: ChangeRequest, actor: Actor) -> None:
    """Writes the rule; runs decided under the old register look at their records again."""
    wanted = change.payload
    where = {"entity_id": UUID(wanted["entity"]), "object": wanted["object"], "group": wanted["group"]}
    rule = OwnershipRule.objects.filter(**where).first() or OwnershipRule(**where)
    rule.owner = wanted["owner"]
    signed(rule, actor_id=actor.id, reason=change.reason).save()
