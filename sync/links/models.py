"""What was read, what stands for what on the other side, and where each record stands in each pipeline."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from tenancy.base import TenantModel


class Body(TenantModel):
    """A raw body as it was read or sent. Nothing references this table, so old rows go in batches."""

    content = models.JSONField()
    expires_on = models.DateField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["expires_on"], name="bodies_by_expiry")]


class Landing(TenantModel):
    """The last state read of one source record: one row per connection, object, company and external id."""

    connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120)
    source_hash = models.BinaryField(max_length=16)
    source_version = models.CharField(max_length=80, blank=True)
    modified_at = models.DateTimeField(null=True)
    deleted = models.BooleanField(default=False)
    missing_sweeps = models.PositiveSmallIntegerField(default=0)
    mapping_revision = models.CharField(max_length=64, blank=True)
    canonical = models.JSONField(null=True)  # null where the inbound mapping failed
    label = models.CharField(max_length=200, blank=True)
    day = models.DateField(null=True)  # the business date, for cut-over and windows
    amount = models.DecimalField(max_digits=28, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    body_id = models.UUIDField(null=True)
    correlation_id = models.CharField(max_length=32, db_index=True)
    landed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "object", "company", "external_id"], name="one_landing_per_source_record"
            )
        ]


class Link(TenantModel):
    """Two records, one on each side, that are the same thing. Belongs to no pipeline.

    `source_base` and `target_base` keep the canonical values last observed on each side (read back after a write).
    """

    ORIGINS = (("matched", "Matched"), ("created", "Created"), ("adopted", "Linked by hand"))

    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)  # the source's company; "" where shared
    source = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    source_external_id = models.CharField(max_length=120)
    target = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    target_external_id = models.CharField(max_length=120)
    target_company = models.CharField(max_length=80, blank=True)
    origin = models.CharField(max_length=8, choices=ORIGINS)
    active = models.BooleanField(default=True)
    source_base = models.JSONField(null=True)
    target_base = models.JSONField(null=True)
    kept = models.JSONField(default=dict)  # field → our value over which a person kept theirs, until ours changes
    reference = models.CharField(max_length=60, blank=True)
    correlation_id = models.CharField(max_length=32)
    ended_because = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "object", "company", "source_external_id"],
                condition=Q(active=True),
                name="a_source_record_has_one_active_link",
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_link_joins_two_connections"),
        ]
        indexes = [
            models.Index(fields=["target", "object", "target_external_id"], name="links_from_the_target"),
            models.Index(fields=["correlation_id"], name="links_by_correlation"),
        ]


class RecordState(TenantModel):
    """Where one landed record stands in one pipeline.

    `settled_hash` and `settled_revision` are what the record looked like, and under which rules, when it was last
    decided; equal ones mean there is nothing to do.
    """

    STATES = (
        ("landed", "Read"),
        ("applied", "In step"),
        ("skipped", "Not for this pipeline"),
        ("held", "Held"),
        ("waiting", "Waiting for another record"),
        ("conflict", "Changed on both sides"),
        ("uncertain", "Outcome unknown"),
        ("failed", "Refused"),
    )
    OPEN = frozenset({"held", "waiting", "conflict", "uncertain", "failed"})

    pipeline = models.ForeignKey("sync.Pipeline", models.PROTECT, related_name="records")
    landing = models.ForeignKey(Landing, models.PROTECT, related_name="states")
    state = models.CharField(max_length=10, choices=STATES, default="landed")
    settled_hash = models.BinaryField(max_length=16, null=True)
    settled_revision = models.CharField(max_length=64, blank=True)
    link = models.ForeignKey(Link, models.SET_NULL, null=True, related_name="+")
    generation = models.PositiveSmallIntegerField(default=1)  # counts re-creations, part of our reference
    changed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "landing"], name="one_state_per_pipeline_and_record")
        ]
        indexes = [
            models.Index(
                fields=["pipeline", "state"],
                condition=~Q(state__in=["applied", "skipped"]),
                name="records_not_in_step",
            )
        ]


class Wait(TenantModel):
    """A record that cannot go on before a parent has arrived; the parent's link releases it."""

    record = models.ForeignKey(RecordState, models.CASCADE, related_name="waits")
    object = models.CharField(max_length=30)
    connection_id = models.UUIDField()
    external_id = models.CharField(max_length=120, blank=True)
    natural_key = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["record", "object", "external_id", "natural_key"], name="one_wait_per_parent"
            )
        ]
        indexes = [models.Index(fields=["connection_id", "object", "external_id"], name="waits_by_parent")]


class IdentityKey(TenantModel):
    """A blocking key by which duplicates of a record are found, on either side."""

    connection_id = models.UUIDField()
    object = models.CharField(max_length=30)
    external_id = models.CharField(max_length=120)
    keys = ArrayField(models.CharField(max_length=200))
    facts = models.JSONField(default=dict)  # the few values a comparison needs, canonical names

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection_id", "object", "external_id"], name="one_identity_per_record")
        ]
        indexes = [GinIndex(fields=["keys"], name="identities_by_key")]


class ApprovedContent(TenantModel):
    """What of an invoice was approved, as it read when we first saw that version. Append-only.

    A later mapping or crosswalk that makes something else of the same approved version is found by it.
    """

    append_only = True
    landing = models.ForeignKey(Landing, models.PROTECT, related_name="approved")
    version = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=80)
    content = models.JSONField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["landing", "version"], name="a_version_is_approved_once")]
