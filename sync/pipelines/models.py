"""Pipelines, the entities they cover, their cursors and what matching proposed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sync.pipelines.states import DRAFT, STATES
from tenancy.base import TenantModel
from tenancy.history import history

ENVIRONMENTS = (("production", "Production"), ("test", "Test"))


class Pipeline(TenantModel):
    """One workflow domain in one direction between two connections, with two pinned mapping versions."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="pipelines")
    domain = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    environment = models.CharField(max_length=12, choices=ENVIRONMENTS, default="production")
    source = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="feeds")
    target = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="fed_by")
    mapping_in = models.ForeignKey("mappings.MappingVersion", models.PROTECT, related_name="+")
    mapping_out = models.ForeignKey("mappings.MappingVersion", models.PROTECT, related_name="+")
    mapping_back = models.ForeignKey(
        "mappings.MappingVersion", models.PROTECT, related_name="+", null=True
    )  # reads the target's own records: matching, and what a write left behind
    policies = models.JSONField(default=list)  # policy codes in the order they are asked
    state = models.CharField(max_length=10, choices=STATES, default=DRAFT)
    paused_because = models.TextField(blank=True)
    interval_seconds = models.PositiveIntegerField(default=300)
    next_due_at = models.DateTimeField(null=True)
    next_sweep_at = models.DateTimeField(null=True)  # null: a day after it is first looked at
    cutover_on = models.DateField(null=True)  # documents dated before are linked, never written
    matched_at = models.DateTimeField(null=True)
    went_live_at = models.DateTimeField(null=True)
    history = history(excluded_fields=["next_due_at", "next_sweep_at"])

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "domain", "source", "target"], name="one_pipeline_per_domain_and_pair"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_pipeline_joins_two_connections"),
        ]

    def __str__(self) -> str:
        return self.name


class PipelineEntity(TenantModel):
    """An entity a pipeline covers, and what each system calls it."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="entities")
    entity = models.ForeignKey("customers.Entity", models.PROTECT, related_name="+")
    source_company = models.CharField(max_length=80)
    target_company = models.CharField(max_length=80)

    class Meta(TenantModel.Meta):
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["pipeline", "entity"], name="an_entity_is_covered_once")]


class Cursor(TenantModel):
    """How far a pipeline has read one object of one company. Holds only values the source returned."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="cursors")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    value = models.JSONField(null=True)
    read_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["pipeline", "object", "company"], name="one_cursor_per_object")]


class MatchProposal(TenantModel):
    """A pair of records, one on each side, that may be the same thing. `certain` ones are accepted in bulk."""

    CERTAINTY = (("certain", "Certain"), ("likely", "Likely"), ("none", "No counterpart"))
    VERDICTS = (("open", "To be judged"), ("linked", "Linked"), ("rejected", "Not the same"), ("excluded", "Left out"))

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="proposals")
    object = models.CharField(max_length=30)
    company = models.CharField(max_length=80, blank=True)
    source_id = models.CharField(max_length=120)
    source_label = models.CharField(max_length=200)
    target_id = models.CharField(max_length=120, blank=True)
    target_label = models.CharField(max_length=200, blank=True)
    certainty = models.CharField(max_length=8, choices=CERTAINTY)
    reasons = models.JSONField(default=list)
    verdict = models.CharField(max_length=8, choices=VERDICTS, default="open")
    judged_by = models.UUIDField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["pipeline", "verdict", "certainty"], name="proposals_to_judge")]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "object", "company", "source_id", "target_id"], name="one_proposal_per_pair"
            )
        ]


class Span(TenantModel):
    """From when to when something billable was active: entity, connection, pipeline, seat."""

    append_only = False
    kind = models.CharField(max_length=12)
    subject_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)
    environment = models.CharField(max_length=12, default="production")
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=Q(active_to__isnull=True), name="one_open_span_per_subject"
            )
        ]
