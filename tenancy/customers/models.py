"""The partner's customers and the legal entities they consist of."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from tenancy.base import TenantModel
from tenancy.history import history


class Side(models.TextChoices):
    """Which of the two systems does something, or owns it."""

    ERP = "erp", "ERP"
    AP = "ap", "AP automation"


def _side(question: str, default: Side) -> models.CharField:
    return models.CharField(question, max_length=3, choices=Side, default=default)


def validate_time_zone(value: str) -> None:
    """An IANA name such as Europe/Berlin."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"{value!r} is not a time zone; use a name such as Europe/Berlin.")


class CustomerStatus(models.TextChoices):
    """Archived customers are kept for their history."""

    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class Customer(TenantModel):
    """A client of the partner."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=CustomerStatus, default=CustomerStatus.ACTIVE)

    history = history()

    class Meta(TenantModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Entity(TenantModel):
    """A legal entity of a customer, and which side pays, owns and posts for it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="entities")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    functional_currency = models.CharField(max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    paying_system = _side("Which system pays?", Side.ERP)
    bank_owner = _side("Where are bank details maintained?", Side.ERP)
    po_owner = _side("Where are purchase orders made?", Side.ERP)
    receipt_owner = _side("Where are receipts recorded?", Side.ERP)
    post_at = _side("Where is an invoice posted?", Side.ERP)

    history = history()

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        verbose_name_plural = "entities"
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="customers_entity_code")]

    def __str__(self) -> str:
        return self.name
