"""A job: one unit of background work of one tenant. This row is the truth; queues and doorbells are hints."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from tenancy.base import TenantModel, new_id
from tenancy.jobs.states import LIVE, JobState, Priority

IS_LIVE = Q(state__in=[str(state) for state in LIVE])


class Job(TenantModel):
    """Written only by `services` and `leases`; every change by a worker is conditional on its `fence`."""

    kind = models.CharField(max_length=64)
    args = models.JSONField(default=dict, help_text="Names to identifiers; never content, never secrets.")
    cursor = models.JSONField(null=True, help_text="How far it got; only what the handler put there.")
    key = models.CharField(max_length=200, blank=True, help_text="At most one live job per kind and key.")
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField()
    again_at = models.DateTimeField(null=True, help_text="Asked for once more while it was being worked on.")
    lease_until = models.DateTimeField(null=True, help_text="Set while working; past it, anyone may take the job.")
    fence = models.BigIntegerField(default=0, help_text="Grows with every claim; an older one may change nothing.")
    attempts = models.SmallIntegerField(default=0, help_text="Claims since the last progress, counted at the claim.")
    max_attempts = models.SmallIntegerField()
    worker = models.CharField(max_length=100, blank=True)
    correlation_id = models.UUIDField(default=new_id, db_index=True)
    last_error = models.TextField(blank=True, help_text="A sentence for a person.")
    waited_ms = models.IntegerField(null=True, help_text="From due to the latest start.")
    started_at = models.DateTimeField(null=True, help_text="The latest claim.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=IS_LIVE & ~Q(key=""), name="job_one_live_per_key"
            ),
            models.CheckConstraint(
                condition=Q(state=JobState.WORKING, lease_until__isnull=False)
                | (~Q(state=JobState.WORKING) & Q(lease_until__isnull=True)),
                name="job_lease_while_working",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "due_at", "id"], condition=IS_LIVE, name="job_turn"),
            models.Index(Coalesce("lease_until", "due_at"), condition=IS_LIVE, name="job_ready"),
            models.Index(fields=["finished_at"], name="job_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
