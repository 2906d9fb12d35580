"""The partners of the platform, the hosts they answer on, and the hint when one of them has work due."""

from __future__ import annotations

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from tenancy.base import new_id


class PartnerStatus(models.TextChoices):
    """Suspended partners keep their data; nobody signs in and no background work runs."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"


class Partner(TenantMixin):
    """A tenant. Its schema is made by `services.open_partner`, never by saving a row."""

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=PartnerStatus, default=PartnerStatus.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name that shows one partner's portal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)


class Wake(models.Model):
    """A hint that a tenant has a job due. Losing one costs at most the sweeper's minute."""

    tenant = models.CharField(max_length=63, primary_key=True, help_text="Schema name; no foreign key, by design.")
    due_at = models.DateTimeField(db_index=True, help_text="When the sweeper looks at this tenant again.")
    rung_at = models.DateTimeField(null=True, help_text="A doorbell is out and no worker has answered it yet.")
