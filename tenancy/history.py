"""History of configuration, kept inside the tenant: no foreign key to people, never rewritten."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import models
from simple_history.manager import HistoricalQuerySet
from simple_history.models import HistoricalRecords

from tenancy.base import HomeBoundModel, TenantQuerySet


class TenantHistory(HomeBoundModel):
    """Base of history rows."""

    append_only = True

    class Meta(HomeBoundModel.Meta):
        abstract = True


class TenantHistoryQuerySet(TenantQuerySet, HistoricalQuerySet):
    """History that refuses to be read in another tenant."""


def history(**options: Any) -> HistoricalRecords:
    """`history = history()` on a model; services say who acted by setting `_history_user` or the change reason."""
    return HistoricalRecords(
        bases=[TenantHistory],
        historical_queryset=TenantHistoryQuerySet,
        history_user_id_field=models.UUIDField(null=True),
        **options,
    )


def signed(instance: Any, *, actor_id: UUID | None, reason: str = "") -> Any:
    """Says on the next history row who acted; returns the instance. `reason` is cut at 100 characters."""
    instance._history_user = SimpleNamespace(pk=actor_id) if actor_id else None
    instance._change_reason = reason[:100]
    return instance
