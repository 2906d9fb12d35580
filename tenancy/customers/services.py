"""Verbs on customers and their legal entities."""

from __future__ import annotations

from typing import Any

from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.customers.models import Customer, CustomerStatus, Entity
from tenancy.history import signed


def add_customer(*, actor: Actor, code: str, name: str) -> Customer:
    """A new client of the partner; raises ValidationError that names the field."""
    require(actor, "customers.manage")
    customer = Customer(code=code, name=name)
    customer.full_clean()
    signed(customer, actor_id=actor.id).save()
    return customer


def archive_customer(*, actor: Actor, customer: Customer) -> None:
    """Keeps everything, offers it nowhere."""
    require(actor, "customers.manage", customer_id=customer.pk)
    customer.status = CustomerStatus.ARCHIVED
    signed(customer, actor_id=actor.id).save()


def add_entity(
    *, actor: Actor, customer: Customer, code: str, name: str, functional_currency: str, **sides: Any
) -> Entity:
    """A legal entity; `sides` are its time zone and which system pays, owns and posts."""
    require(actor, "customers.manage", customer_id=customer.pk)
    entity = Entity(customer=customer, code=code, name=name, functional_currency=functional_currency, **sides)
    entity.full_clean()
    signed(entity, actor_id=actor.id).save()
    return entity
