"""Who may do what where, and who people are."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.db.models.functions import Now

from tenancy.accounts.actors import Actor
from tenancy.accounts.models import Grant, User
from tenancy.accounts.roles import Scope, roles_with


@dataclass(frozen=True)
class Reach:
    """How far a person's grants carry one capability."""

    everything: bool = False
    customers: frozenset[UUID] = frozenset()
    entities: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        """True where the capability is held anywhere; enough to show a menu entry."""
        return self.everything or bool(self.customers or self.entities)

    def covers(self, customer_id: UUID | None = None, entity_id: UUID | None = None) -> bool:
        """Without a customer only a tenant-wide grant will do. Name the entity's customer along with the entity."""
        return self.everything or customer_id in self.customers or entity_id in self.entities


def reach(who: User | Actor, capability: str) -> Reach:
    """The reach of one capability, from the grants that have not expired, in one query."""
    roles = roles_with(capability)
    if isinstance(who, Actor) and who.kind != "user":
        return Reach(everything=True)  # the system itself, and the operator's console
    rows = list(_live_grants(_user_id(who)).filter(role__in=roles).values_list("scope", "customer_id", "entity_id"))
    return Reach(
        everything=any(scope == Scope.TENANT for scope, _, _ in rows),
        customers=frozenset(customer for scope, customer, _ in rows if scope == Scope.CUSTOMER),
        entities=frozenset(entity for scope, _, entity in rows if scope == Scope.ENTITY),
    )


def may(who: User | Actor, capability: str, *, customer_id: UUID | None = None, entity_id: UUID | None = None) -> bool:
    """True if some live grant of an active person covers the capability there."""
    return reach(who, capability).covers(customer_id, entity_id)


def require(
    who: User | Actor, capability: str, *, customer_id: UUID | None = None, entity_id: UUID | None = None
) -> None:
    """Raises PermissionDenied with a sentence where `may` says no."""
    if not may(who, capability, customer_id=customer_id, entity_id=entity_id):
        raise PermissionDenied(f"Your roles do not include “{capability}” here. Ask an owner to grant it.")


def roles_of(who: User | Actor) -> frozenset[str]:
    """The roles a person holds now, whatever their scope."""
    return frozenset(_live_grants(_user_id(who)).values_list("role", flat=True))


def user_by_email(email: str) -> User | None:
    """The person with that address in this tenant."""
    return User.objects.filter(email=email.strip().lower()).first()


def _user_id(who: User | Actor) -> UUID | None:
    return who.id if isinstance(who, Actor) else who.pk


def _live_grants(user_id: UUID | None):
    alive = Q(expires_at=None) | Q(expires_at__gt=Now())
    return Grant.objects.filter(alive, user_id=user_id, user__is_active=True)
