"""What was asked and decided, the audit trail, and who owns which fields. What was decided and done is append-only.

A request is never changed after it was made, so that nobody can become its author afterwards: its end is a row of its
own, tied to the author and to what was shown by a foreign key (see the first migration).
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from governance.states import NEEDS_SECOND_PERSON, OPEN, Outcome
from tenancy.base import TenantManager, TenantModel, TenantQuerySet
from tenancy.customers.models import Side
from tenancy.history import history as keep_history


class ChangeRequestQuerySet(TenantQuerySet):
    """Requests by where they stand."""

    def open(self, now: datetime) -> ChangeRequestQuerySet:
        """Those that wait for a decision; expired ones do not."""
        return self.filter(decision=None, expires_at__gt=now)


class ChangeRequestManager(TenantManager.from_queryset(ChangeRequestQuerySet)):  # type: ignore[misc]
    """Knows which requests are open."""


class ChangeRequest(TenantModel):
    """A change that needs a second person, with what its author was shown. Append-only."""

    append_only = True

    kind = models.CharField(max_length=60)  # a code of `governance.kinds`
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=80)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="changes")
    author_key = models.CharField(max_length=80)  # "user:<id>", "operator:<id>" or "system"
    author_label = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    shown = models.JSONField()
    shown_digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)  # why the author wants it
    expires_at = models.DateTimeField()

    objects = ChangeRequestManager()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["id", "author_key", "shown_digest"], name="governance_change_identity")
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id"], name="changes_of_a_subject"),
            models.Index(fields=["-created_at", "id"], name="changes_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    @property
    def state(self) -> str:
        """ "open" or the outcome of its decision (select_related("decision") where there are many)."""
        return self.decision.outcome if hasattr(self, "decision") else OPEN


class Decision(TenantModel):
    """How a request ended. Author and decider stand in one row, so that the database keeps them apart. Append-only."""

    append_only = True

    change = models.OneToOneField(ChangeRequest, models.PROTECT, related_name="decision")
    author_key = models.CharField(max_length=80)
    shown_digest = models.CharField(max_length=64)
    decider_key = models.CharField(max_length=80)
    decider_label = models.CharField(max_length=200)
    outcome = models.CharField(max_length=9, choices=Outcome)
    comment = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                name="governance_author_is_not_decider",
                condition=~Q(outcome__in=NEEDS_SECOND_PERSON)
                | (Q(decider_key__startswith="user:") & ~Q(decider_key=F("author_key"))),
            ),
            models.CheckConstraint(
                name="governance_only_the_author_withdraws",
                condition=~Q(outcome=Outcome.WITHDRAWN) | Q(decider_key=F("author_key")),
            ),
            models.CheckConstraint(
                name="governance_a_decision_has_a_known_outcome", condition=Q(outcome__in=Outcome.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.decider_label}"


class AuditEntry(TenantModel):
    """One act of a person or of the system, chained to the one before by a keyed digest. Append-only."""

    append_only = True

    created_at = models.DateTimeField(editable=False)  # the database's clock, part of the digest
    seq = models.BigIntegerField(unique=True)  # 1, 2, 3 … without gaps
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=80)
    customer_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    key_id = models.CharField(max_length=40)  # names the master key the digest key was derived from
    mac = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="audit_of_an_object"),
            models.Index(fields=["customer_id", "-seq"], name="audit_of_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class OwnershipRule(TenantModel):
    """Says who owns a group of fields where it is not what the entity's settings say."""

    entity = models.ForeignKey("customers.Entity", models.CASCADE, related_name="ownership_rules")
    object = models.CharField(max_length=30)
    group = models.CharField(max_length=40)
    owner = models.CharField(max_length=3, choices=Side)
    history = keep_history()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["entity", "object", "group"], name="governance_one_owner")]

    def __str__(self) -> str:
        return f"{self.object}.{self.group}: {self.owner}"
