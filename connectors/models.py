"""Connections and what they need: credentials nobody can read back, limits and breakers shared by all workers."""

from __future__ import annotations

from django.db import models

from connectors.states import BreakerState, ConnectionState, Environment
from tenancy.base import TenantModel
from tenancy.history import history


class Connection(TenantModel):
    """A system a customer uses, as we reach it. `settings` holds nothing secret."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="connections")
    connector = models.CharField(max_length=40)  # a key of `connectors.base.registered`
    label = models.CharField(max_length=120)
    environment = models.CharField(max_length=12, choices=Environment, default=Environment.PRODUCTION)
    settings = models.JSONField(default=dict)
    limit_key = models.CharField(max_length=300)  # connections with the same one share bucket and breaker
    state = models.CharField(max_length=12, choices=ConnectionState, default=ConnectionState.UNTESTED)
    sentence = models.TextField(blank=True)  # what the last test, or the refusal since, said
    checked_at = models.DateTimeField(null=True, blank=True)
    history = history(excluded_fields=["sentence", "checked_at"])

    class Meta(TenantModel.Meta):
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["customer", "label"], name="connectors_label_per_customer")]

    def __str__(self) -> str:
        return self.label


class EntityBinding(TenantModel):
    """What the connected system calls one of our legal entities."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="bindings")
    entity = models.ForeignKey("customers.Entity", models.PROTECT, related_name="bindings")
    external_company = models.CharField(max_length=80)
    history = history()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection", "entity"], name="connectors_entity_bound_once"),
            models.UniqueConstraint(fields=["connection", "external_company"], name="connectors_company_bound_once"),
        ]

    def __str__(self) -> str:
        return self.external_company


# ----------------------------------------------------------------------------------------------------------- secrets
class DataKey(TenantModel):
    """The tenant's key for its secrets, itself encrypted under the installation's master key."""

    wrapped = models.BinaryField()
    retired_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at"]


class Sealed(TenantModel):
    """A secret that only `connectors.vault` can open, and only as what it was sealed as."""

    data_key = models.ForeignKey(DataKey, models.PROTECT, related_name="+")
    ciphertext = models.BinaryField()

    class Meta(TenantModel.Meta):
        abstract = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.pk}>"


class Credential(Sealed):
    """One secret setting of a connection; `change` is set while it waits for a second person's yes."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=60)
    waits = models.BooleanField(default=False)

    class Meta(Sealed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "name"],
                condition=models.Q(waits=False),
                name="connectors_one_in_force",
            )
        ]


class WebhookSecret(Sealed):
    """What notifications to a connection are signed with; a new one and the old one hold side by side."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="webhook_secrets")
    retired_at = models.DateTimeField(null=True)

    class Meta(Sealed.Meta):
        ordering = ["-created_at"]


# ------------------------------------------------------------- shared by all workers, written outside transactions
class LimitBucket(TenantModel):
    """Calls left to one vendor account. Below zero: promised to those who wait their turn."""

    key = models.CharField(max_length=300, unique=True)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)


class Breaker(TenantModel):
    """Keeps everybody off a system that has failed several times in a row."""

    key = models.CharField(max_length=300, unique=True)
    state = models.CharField(max_length=10, choices=BreakerState, default=BreakerState.CLOSED)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)


class TokenCache(TenantModel):
    """The access token all workers use. `connection_id` is no foreign key: it is written on another connection."""

    connection_id = models.UUIDField(unique=True)
    data_key_id = models.UUIDField(null=True)
    ciphertext = models.BinaryField(default=b"")
    expires_at = models.DateTimeField(null=True)
    renewing_until = models.DateTimeField(null=True)  # somebody is fetching a new one
