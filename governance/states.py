"""How a change request ends, as data. A request without a decision is open; nothing leads out of an end."""

from __future__ import annotations

from django.db import models

OPEN = "open"
EXPIRES_AFTER_DAYS = 30


class Outcome(models.TextChoices):
    """What a decision made of a request."""

    APPLIED = "applied", "Approved and applied"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOID = "void", "No longer valid"


NEEDS_SECOND_PERSON = (Outcome.APPLIED, Outcome.REFUSED)
