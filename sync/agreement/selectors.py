"""What the portal knows that explains a difference between the two systems' books."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sync.agreement.models import Agreement
from sync.links.models import RecordState

# what a record that is not in step means to a controller
REASONS = {
    "held": "held",
    "conflict": "held",
    "failed": "held",
    "waiting": "in_process",
    "landed": "in_process",
    "uncertain": "in_transit",
    "skipped": "out_of_scope",
}


def latest(customer_id: UUID) -> Agreement | None:
    """The newest agreement of a customer with its rows."""
    return Agreement.objects.filter(customer=customer_id).prefetch_related("rows").order_by("-read_at").first()


def not_in_step(connection_ids: Iterable[UUID], obj: str) -> dict[str, tuple[str, str]]:
    """Source external id → (reason, sentence) for records a pipeline has read but not brought over."""
    states = RecordState.objects.filter(
        landing__connection__in=list(connection_ids), landing__object=obj, state__in=list(REASONS)
    )
    return {
        external_id: (REASONS[state], dict(RecordState.STATES)[state])
        for external_id, state in states.values_list("landing__external_id", "state")
    }
