"""How long things may take; each can be changed by `settings.JOBS = {"lease": 60}`. All in seconds unless said."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """The figures that jobs, doorbell and sweeper go by."""

    lease: float = 45  # a worker that has not renewed for so long is taken for dead
    turn: float = 5  # a job gives way after this where another doorbell waits for a worker ...
    slice: float = 60  # ... and after this in any case
    between: float = 1  # a tenant's worker takes no further job after this where another doorbell waits
    patience: float = 0.3  # a doorbell unanswered for so long is waiting for a worker
    grace: float = 3  # a doorbell unanswered for so long is taken for lost
    visit: float = 60  # every tenant is visited at least so often
    backoff: float = 5  # before the second attempt; doubles each time ...
    backoff_most: float = 900  # ... up to this
    attempts: int = 5  # tries without progress before a job counts as failed
    keep_done_days: int = 14  # finished jobs are forgotten after so many days; failed ones never


def limits() -> Limits:
    """The figures in force."""
    return Limits(**getattr(settings, "JOBS", {}))
