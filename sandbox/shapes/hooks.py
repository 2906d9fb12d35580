"""Who is told when something changes."""

from __future__ import annotations

from msgspec import field

from sandbox.shapes.parties import ActiveStatus
from sandbox.shapes.scalars import Record


class WebhookEndpoint(Record, kw_only=True):
    """A registered receiver. `secret` (whsec_…) is shown here because this service holds no real secrets."""

    url: str
    events: list[str] = field(default_factory=lambda: ["*"])
    secret: str = ""
    status: ActiveStatus = "active"
