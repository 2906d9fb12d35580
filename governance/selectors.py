"""Reads: what waits for a decision, and who may make it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.kinds import ChangeKind, registered
from governance.models import ChangeRequest, ChangeRequestQuerySet
from tenancy.accounts.actors import Actor
from tenancy.accounts.models import Grant
from tenancy.accounts.roles import Role, Scope
from tenancy.clock import db_now

_STAFF_ROLES = frozenset({Role.OWNER, Role.PARTNER_ADMIN, Role.ENGINEER})


def open_changes(*, kind: str | None = None, subject_id: object | None = None) -> ChangeRequestQuerySet:
    """Requests that wait for a decision, newest first."""
    changes = ChangeRequest.objects.open(db_now()).order_by("-created_at", "id")
    changes = changes.filter(kind=kind) if kind else changes
    return changes.filter(subject_id=str(subject_id)) if subject_id else changes


def may_decide(actor: Actor, author_key: str, customer_id: UUID | None, kind: ChangeKind) -> bool:
    """Whether this person may say yes or no to a request of somebody else."""
    if actor.kind != "user" or author_key == f"user:{actor.id}":
        return False
    grants = _grants(actor)
    if kind.customer_decides and not _is_of_the_customer(grants):
        return False
    return any(grant.role in kind.deciders and _covers(grant, customer_id) for grant in grants)


def kinds_decided_by(actor: Actor, customer_id: UUID | None) -> frozenset[str]:
    """The codes of all kinds this person may decide for a customer."""
    return frozenset(code for code, kind in registered().items() if may_decide(actor, "", customer_id, kind))


def require_may_decide(actor: Actor, actor_key: str, change: ChangeRequest, kind: ChangeKind) -> None:
    """Raises PermissionDenied with the reason."""
    if change.author_key == actor_key:
        raise PermissionDenied(_("You asked for this change yourself: a second person has to decide."))
    if may_decide(actor, change.author_key, change.customer_id, kind):
        return
    if kind.customer_decides:
        raise PermissionDenied(_("Only the customer's own people can decide this, nobody who works on their behalf."))
    raise PermissionDenied(_("Your role does not allow you to decide this change."))


def _grants(actor: Actor) -> Sequence[Grant]:
    in_force = Q(expires_at=None) | Q(expires_at__gt=db_now())
    return list(Grant.objects.filter(in_force, user_id=actor.id, user__is_active=True))


def _covers(grant: Grant, customer_id: UUID | None) -> bool:
    return grant.scope == Scope.TENANT or (grant.scope == Scope.CUSTOMER and grant.customer_id == customer_id)


def _is_of_the_customer(grants: Sequence[Grant]) -> bool:
    """The customer's own people have no grant that reaches beyond one customer, and none that only staff have."""
    return not any(grant.scope == Scope.TENANT or grant.role in _STAFF_ROLES for grant in grants)
