"""Content goes after its days; what happened and what proves it stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.urls import reverse
from sync_world import World

from governance.models import AuditEntry
from sync.links.models import Body, Landing, Link
from sync.runs import retention
from sync.runs.models import Clock, Delivery, Intent, NotificationInbox, Receipt, RunEntry
from sync.runs.services import request_records
from tenancy.accounts.actors import SYSTEM
from tenancy.base import new_id
from tenancy.clock import db_now
from tenancy.jobs.models import Job

Person = Callable[..., Any]
YEARS = timedelta(days=800)


def written_long_ago(world: World) -> None:
    """A vendor that was created and changed two years ago."""
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    world.erp.put("vendor", {"name": "Initech Ltd"}, company="1", external_id=vendor)
    world.run(pipeline)
    Body.objects.update(expires_on=F("expires_on") - YEARS)
    RunEntry.objects.update(closed_at=F("closed_at") - YEARS)


def forget(world: World) -> None:
    """A day's work, as the sweeper asks for it."""
    retention.keep_daily()
    world.work()


def test_bodies_values_and_what_was_sent_go_after_their_days(world: World) -> None:
    written_long_ago(world)
    forget(world)
    assert not Body.objects.exists()
    assert set(RunEntry.objects.values_list("values", flat=True)) == {None}
    assert [entry.changes for entry in RunEntry.objects.all()] == [[], []]
    assert {str(intent.body) for intent in Intent.objects.all()} == {"{}"}


def test_what_is_young_stays(world: World) -> None:
    written_long_ago(world)
    vendor = world.vendor("V2", "Second")
    world.run(world.pipelines["vendors"])
    forget(world)
    assert Body.objects.count() == 1
    entry = RunEntry.objects.get(landing__external_id=vendor)
    assert entry.values["legal_name"] == "Second"
    assert entry.changes


def test_receipts_deliveries_clocks_links_and_audit_are_kept(world: World) -> None:
    written_long_ago(world)
    kept = (Receipt, Delivery, Clock, Link, Landing, AuditEntry, Intent, RunEntry)
    before = [model.objects.count() for model in kept]
    forget(world)
    assert [model.objects.count() for model in kept] == before
    assert {receipt.target_values["legal_name"] for receipt in Receipt.objects.all()} == {"Initech", "Initech Ltd"}


def test_a_journey_still_explains_itself(world: World, tclient: Any, person: Person) -> None:
    written_long_ago(world)
    forget(world)
    tclient.force_login(person("owner"))
    shown = tclient.get(reverse("journeys:one", args=[Landing.objects.get().correlation_id]))
    text = shown.content.decode()
    assert shown.status_code == 200
    for word in ("Created", "Updated", "Initech Ltd", "Answered", "What came back"):
        assert word in text
    assert "What was sent" not in text


def test_a_record_whose_body_has_gone_gets_a_new_one_when_it_is_taken_again(world: World) -> None:
    written_long_ago(world)
    forget(world)
    landing = Landing.objects.get()
    assert landing.body_id is None
    request_records(world.pipelines["vendors"], [landing], trigger="person")
    world.work()
    landing.refresh_from_db()
    assert Body.objects.get().pk == landing.body_id
    assert len(world.ap_vendors()) == 1


def test_letting_go_makes_no_record_look_changed(world: World) -> None:
    written_long_ago(world)
    forget(world)
    run = world.run(world.pipelines["vendors"], "full")
    assert run.counts == {"unchanged": {"count": 1, "money": {}, "unmeasured": 0}}


def test_the_body_of_a_record_that_is_being_decided_stays(world: World) -> None:
    written_long_ago(world)
    entry = RunEntry.objects.order_by("-pk").first()
    RunEntry.objects.filter(pk=entry.pk).update(state="landed", outcome="")
    forget(world)
    assert Body.objects.get().pk == entry.landing.body_id


def test_a_write_of_unknown_outcome_keeps_what_was_sent(world: World) -> None:
    written_long_ago(world)
    Intent.objects.update(state="uncertain")
    forget(world)
    assert all(intent.body for intent in Intent.objects.all())


def test_only_worked_notifications_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    old = [_notification(world, str(n), worked=n > 0) for n in range(3)]
    forget(world)
    assert NotificationInbox.objects.count() == 3
    monkeypatch.setattr(retention, "_first_id", lambda _: new_id())  # as if all of them were old
    retention.forget_some()
    assert [row.pk for row in NotificationInbox.objects.all()] == [old[0].pk]


def _notification(world: World, event: str, *, worked: bool) -> NotificationInbox:
    return NotificationInbox.objects.create(
        connection=world.erp_connection, event_id=event, object="vendor", external_id="1", received_at=db_now(),
        worked_at=db_now() if worked else None,
    )  # fmt: skip


def test_much_is_let_go_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    written_long_ago(world)
    assert retention.forget_some() == 2
    assert Body.objects.count() == 1
    forget(world)
    assert not Body.objects.exists()


def test_a_partner_admin_changes_the_days_for_what_is_there_too(world: World, actor_with: Person) -> None:
    world.vendor("V1", "Initech")
    world.run(world.pipeline())
    Body.objects.update(expires_on=F("expires_on") - timedelta(days=20))  # read twenty days ago
    forget(world)
    assert Body.objects.exists()
    retention.set_days(actor=actor_with("partner_admin"), bodies_days=14)
    retention.forget_some()
    assert not Body.objects.exists()
    assert AuditEntry.objects.get(action="retention.changed").data == {"bodies_days": "90 → 14"}
    assert retention.in_force().history.count() >= 1


def test_days_too_few_to_explain_anything_are_refused(world: World) -> None:
    with pytest.raises(ValidationError):
        retention.set_days(actor=SYSTEM, values_days=5)


def test_an_engineer_does_not_shorten_the_books(world: World, actor_with: Person) -> None:
    with pytest.raises(PermissionDenied):
        retention.set_days(actor=actor_with("engineer"), bodies_days=14)


def test_it_is_asked_for_once_a_day(world: World) -> None:
    forget(world)
    next_time = retention.keep_daily()
    assert next_time is not None
    assert next_time > db_now() + timedelta(hours=23)
    assert Job.objects.filter(kind=retention.KIND).count() == 1
