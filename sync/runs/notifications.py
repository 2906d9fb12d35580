"""Notifications from other systems: verified and stored first, worked afterwards, each event once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from connectors.base import Event
from connectors.selectors import open_connector, webhook_secrets
from sync.pipelines.models import Pipeline
from sync.pipelines.states import DOMAINS, LIVE
from sync.runs.models import NotificationInbox
from sync.runs.services import request_named
from tenancy.clock import db_now
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import Priority


def receive(connection_id: UUID, headers: Mapping[str, str], body: bytes) -> int:
    """Verifies and stores a notification; returns how many events were new. Raises DataRejected if forged or stale."""
    connector = open_connector(connection_id)
    events = connector.webhook_events(headers, body, webhook_secrets(connection_id))
    now = db_now()
    with transaction.atomic():
        stored = [_row(connection_id, event, now) for event in events]
        known = set(
            NotificationInbox.objects.filter(
                connection=connection_id, event_id__in=[e.event_id for e in events]
            ).values_list("event_id", "object", "external_id")
        )
        new = [row for row in stored if (row.event_id, row.object, row.external_id) not in known]
        NotificationInbox.objects.bulk_create(new, ignore_conflicts=True)
        if new:
            key = str(connection_id)
            enqueue("sync.notifications", args={"connection": key}, key=key, priority=Priority.NOW)
    return len(new)


def _row(connection_id: UUID, event: Event, now: datetime) -> NotificationInbox:
    return NotificationInbox(
        connection_id=connection_id, event_id=event.event_id, object=event.object, external_id=event.external_id,
        occurred_at=event.occurred_at, received_at=now,
    )  # fmt: skip


def work(connection_id: str) -> None:
    """Asks for the records the stored events name; the source is read, the event's content is not believed."""
    with transaction.atomic():
        events = list(
            NotificationInbox.objects.select_for_update(skip_locked=True).filter(
                connection=connection_id, worked_at__isnull=True
            )[:1000]
        )
        named: dict[str, set[str]] = defaultdict(set)
        for event in events:
            named[event.object].add(event.external_id)
        for pipeline in Pipeline.objects.filter(source=connection_id, state=LIVE).prefetch_related("entities"):
            _ask(pipeline, named)
        NotificationInbox.objects.filter(pk__in=[e.pk for e in events]).update(worked_at=db_now())


def _ask(pipeline: Pipeline, named: Mapping[str, set[str]]) -> None:
    companies = [covered.source_company for covered in pipeline.entities.all()]
    wanted = [
        (obj, company, external_id)
        for obj in DOMAINS[pipeline.domain].objects
        for external_id in named.get(obj, ())
        for company in companies
    ]
    request_named(pipeline, wanted, trigger="notification")
