"""Verbs on the brand."""

from __future__ import annotations

from tenancy.accounts.actors import Actor
from tenancy.accounts.selectors import require
from tenancy.brand.models import Brand
from tenancy.history import signed


def set_brand(*, actor: Actor, **fields: str) -> Brand:
    """Changes the named fields (name, colour, mail_sender, mail_sender_name), making the row where none exists."""
    require(actor, "brand.manage")
    brand = Brand.objects.first() or Brand()
    for name, value in fields.items():
        setattr(brand, name, value)
    brand.full_clean()
    signed(brand, actor_id=actor.id).save()
    return brand
