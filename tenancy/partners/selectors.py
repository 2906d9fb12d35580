"""Partners as operators and workers see them. All of it lives in the public schema."""

from __future__ import annotations

from django.db.models import QuerySet

from tenancy.context import PUBLIC, public_context
from tenancy.partners.models import Partner, PartnerStatus


def list_partners() -> QuerySet[Partner]:
    """Every partner with its domains, by slug. Evaluate it in any context: partners are in public."""
    return Partner.objects.exclude(schema_name=PUBLIC).prefetch_related("domains")


def partner_by_slug(slug: str) -> Partner:
    """Raises Partner.DoesNotExist."""
    return list_partners().get(slug=slug)


def active_schemas() -> list[str]:
    """The schemas in which work is done."""
    with public_context():
        return list(list_partners().filter(status=PartnerStatus.ACTIVE).values_list("schema_name", flat=True))
