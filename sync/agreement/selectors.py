"""What the portal knows that explains a difference between the two systems' books."""

from __future__ import annotations

from uuid import UUID

from sync.agreement.models import Agreement


def latest(customer_id: UUID) -> Agreement | None:
    """The newest agreement of a customer with its rows."""
    return Agreement.objects.filter(customer=customer_id).prefetch_related("rows").order_by("-read_at").first()
