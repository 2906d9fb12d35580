"""Customers and entities as a person may see them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from tenancy.accounts.actors import Actor
from tenancy.accounts.models import User
from tenancy.accounts.selectors import reach
from tenancy.customers.models import Customer, Entity


def customers_for(who: User | Actor, capability: str = "customers.view") -> QuerySet[Customer]:
    """The customers within reach; one with a single entity in reach counts."""
    within = reach(who, capability)
    if within.everything:
        return Customer.objects.all()
    through_entity = Entity.objects.filter(pk__in=within.entities).values("customer_id")
    return Customer.objects.filter(Q(pk__in=within.customers) | Q(pk__in=through_entity))


def entities_for(who: User | Actor, capability: str = "customers.view") -> QuerySet[Entity]:
    """The legal entities within reach, with their customers."""
    within = reach(who, capability)
    entities = Entity.objects.select_related("customer")
    if within.everything:
        return entities
    return entities.filter(Q(customer_id__in=within.customers) | Q(pk__in=within.entities))


def customer_of(entity_id: UUID) -> UUID:
    """The customer an entity belongs to; raises Entity.DoesNotExist."""
    return Entity.objects.values_list("customer_id", flat=True).get(pk=entity_id)
