"""How a partner looks to its customers."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from tenancy.base import TenantModel
from tenancy.history import history


class Brand(TenantModel):
    """One row per tenant. The logo was re-encoded by us and is small enough to live in the row."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(max_length=120)
    colour = models.CharField(max_length=7, default="#1f5fbf", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")])
    logo = models.BinaryField(default=b"", blank=True)
    logo_media_type = models.CharField(max_length=40, blank=True)
    mail_sender = models.EmailField(blank=True)
    mail_sender_name = models.CharField(max_length=120, blank=True)

    history = history()

    class Meta(TenantModel.Meta):
        constraints = [models.CheckConstraint(name="brand_one_row", condition=models.Q(only=True))]

    def __str__(self) -> str:
        return self.name
