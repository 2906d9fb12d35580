"""The states of a connection and of the breaker in front of a system, as data."""

from __future__ import annotations

from django.db import models


class ConnectionState(models.TextChoices):
    """`needs_person`: its credentials were refused; nothing is sent until a test passes."""

    UNTESTED = "untested", "Not tested yet"
    WORKING = "working", "Working"
    NEEDS_PERSON = "needs_person", "Needs attention"
    DISABLED = "disabled", "Switched off"


SENDING_STATES = frozenset({ConnectionState.UNTESTED, ConnectionState.WORKING})


class Environment(models.TextChoices):
    """Test and production are never mixed, billed or counted together."""

    PRODUCTION = "production", "Production"
    TEST = "test", "Test"


class BreakerState(models.TextChoices):
    """closed: requests pass; open: none do; half open: one tries whether the system is back."""

    CLOSED = "closed", "Closed"
    OPEN = "open", "Open"
    HALF_OPEN = "half_open", "Half open"
