"""What one call to another system came to, before anything is written down about it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.base import Written
from connectors.errors import ConnectorError
from sync.runs.models import Intent


@dataclass
class Sent:
    """What one call to the other system came to."""

    intent: Intent
    written: Written | None = None
    error: ConnectorError | None = None
    how: str = "answer"
    found: int | None = None  # set by a look: how many records carry our reference
    milliseconds: int = 0
