"""Reads on pipelines."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from sync.pipelines.models import Pipeline
from sync.pipelines.states import LIVE


def uses_live(connection_id: UUID) -> bool:
    """Whether a live pipeline reads from or writes to this connection, so that changing it needs a second person."""
    return Pipeline.objects.filter(Q(source=connection_id) | Q(target=connection_id), state=LIVE).exists()
