"""The states of a mapping version and its layers, as data."""

from __future__ import annotations

from django.db import models


class VersionState(models.TextChoices):
    """A version is edited as a draft, then never again."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class Layer(models.TextChoices):
    """A partner's mapping overrides the shipped template, a customer's overrides the partner's."""

    TEMPLATE = "template", "Shipped template"
    PARTNER = "partner", "Partner"
    CUSTOMER = "customer", "Customer"
