"""The states of a job and the order in which due jobs are taken."""

from __future__ import annotations

from django.db import models


class JobState(models.TextChoices):
    """queued → working → done | failed | needs_person; working → queued when it yields, waits or is tried again."""

    QUEUED = "queued", "Waiting its turn"
    WORKING = "working", "Being worked on"
    DONE = "done", "Done"
    FAILED = "failed", "Gave up"
    NEEDS_PERSON = "needs_person", "Waits for a person"


LIVE = (JobState.QUEUED, JobState.WORKING)
STOPPED = (JobState.FAILED, JobState.NEEDS_PERSON)


class Priority(models.IntegerChoices):
    """Lower goes first."""

    NOW = 10, "A person or an event waits for it"
    NORMAL = 50, "In its turn"
    BULK = 90, "When nothing else is due"
