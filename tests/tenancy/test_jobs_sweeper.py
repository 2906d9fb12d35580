"""What doorbells miss, the sweeper finds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db.models import F

from tenancy.clock import db_now
from tenancy.context import current_schema, public_context
from tenancy.jobs import bell, leases, registry, sweeper
from tenancy.jobs.models import Job
from tenancy.jobs.registry import handles
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import JobState
from tenancy.jobs.work import Done, JobContext, Outcome
from tenancy.partners.models import Partner, PartnerStatus, Wake
from tests.tenancy.jobs_probe import doorbells


@handles("test.sweep")
def _done(work: JobContext) -> Outcome:
    return Done()


@pytest.fixture
def quick(settings) -> None:
    settings.JOBS = {"grace": 0.2, "lease": 0.2}


@pytest.fixture(autouse=True)
def on_visit(monkeypatch) -> Callable:
    """Registers visit hooks for one test, in which no others are called."""
    monkeypatch.setattr(registry, "_visit_hooks", [])
    return registry.on_visit


def _hint(tenant: str) -> datetime:
    with public_context():
        return Wake.objects.get(tenant=tenant).due_at


def _state() -> str:
    return Job.objects.get().state


def test_a_lost_doorbell_is_rung_again_within_seconds(transactional_tenant, quick):
    enqueue("test.sweep", args={})
    doorbells.lose()
    sweeper.sweep_once()
    assert doorbells.queued() == [], "too early: it may only be late"
    time.sleep(0.25)
    sweeper.sweep_once()
    assert doorbells.queued() == ["ta"]
    doorbells.answer_all()
    assert _state() == JobState.DONE


def test_a_doorbell_that_still_waits_in_the_queue_is_not_doubled(transactional_tenant, quick):
    enqueue("test.sweep", args={})
    for _ in range(3):
        time.sleep(0.25)
        sweeper.sweep_once()
    assert doorbells.queued() == ["ta"]


def test_a_job_whose_worker_died_is_rung_for_when_its_lease_ends(transactional_tenant, quick):
    enqueue("test.sweep", args={})
    with public_context():
        bell.pick_up("ta")
    doorbells.lose()
    leases.claim("one that dies")
    time.sleep(0.25)
    sweeper.sweep_once()
    doorbells.answer_all()
    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.DONE, 2)


def test_work_for_later_is_rung_for_when_its_time_comes(transactional_tenant):
    enqueue("test.sweep", args={}, due_at=db_now() + timedelta(seconds=0.6))
    sweeper.sweep_once()
    assert doorbells.queued() == []
    time.sleep(0.7)
    sweeper.sweep_once()
    assert doorbells.queued() == ["ta"]


def test_every_tenant_is_visited_though_all_hints_are_lost(transactional_tenant):
    enqueue("test.sweep", args={})
    doorbells.lose()
    Wake.objects.all().delete()
    bell.enrol()
    sweeper.sweep_once()
    assert doorbells.queued() == ["ta"]


def test_a_hint_set_to_another_year_is_brought_back_to_within_a_visit(transactional_tenant):
    Wake.objects.create(tenant="ta", due_at=db_now() + timedelta(days=400))
    bell.enrol()
    assert _hint("ta") < db_now() + timedelta(seconds=61)


def test_upper_layers_schedule_their_work_on_visits_and_say_when_to_come_again(transactional_tenant, on_visit):
    asked: list[str] = []
    again = db_now() + timedelta(seconds=20)

    @on_visit
    def schedule() -> datetime:
        asked.append(current_schema())
        if current_schema() == "ta":
            enqueue("test.sweep", args={}, key="scheduled")
        return again

    bell.enrol()
    sweeper.sweep_once()
    assert sorted(asked) == ["ta", "tb"]
    assert doorbells.queued() == ["ta"]
    assert _hint("tb") == again


def test_a_fault_in_one_layers_schedule_keeps_nobody_else_from_being_served(transactional_tenant, on_visit):
    asked: list[str] = []

    @on_visit
    def broken() -> None:
        raise KeyError("schedule")

    @on_visit
    def sound() -> None:
        asked.append(current_schema())

    enqueue("test.sweep", args={})
    doorbells.lose()
    Wake.objects.all().delete()
    bell.enrol()
    sweeper.sweep_once()
    assert sorted(asked) == ["ta", "tb"]
    assert doorbells.queued() == ["ta"]


def test_a_schedule_that_answers_a_past_time_does_not_keep_the_sweeper_spinning(transactional_tenant, on_visit):
    asked: list[str] = []

    @on_visit
    def impatient() -> datetime:
        asked.append(current_schema())
        return db_now() - timedelta(hours=1)

    bell.enrol()
    sweeper.sweep_once()
    sweeper.sweep_once()
    assert sorted(asked) == ["ta", "tb"]


def test_suspended_partners_are_not_visited_and_block_nobody(transactional_tenant, on_visit):
    asked: list[str] = []
    on_visit(lambda: asked.append(current_schema()))
    bell.enrol()
    Partner.objects.filter(schema_name="ta").update(status=PartnerStatus.SUSPENDED)
    try:
        sweeper.sweep_once()
        assert asked == ["tb"]
    finally:
        Partner.objects.filter(schema_name="ta").update(status=PartnerStatus.ACTIVE)


def test_the_operators_own_host_is_no_tenant_to_visit(transactional_tenant):
    with public_context():
        operator = Partner.objects.create(schema_name="public", slug="public", name="Operator")
        try:
            Wake.objects.create(tenant="public", due_at=db_now() - timedelta(hours=1))
            bell.enrol()
            assert sorted(bell.take_due(50)) == ["ta", "tb"]
        finally:
            operator.delete(force_drop=False)


def test_a_hint_whose_visit_was_killed_comes_due_again(transactional_tenant, settings):
    settings.JOBS = {"visit": 0.2}
    bell.enrol()
    assert sorted(bell.take_due(50)) == ["ta", "tb"]
    assert bell.take_due(50) == []
    time.sleep(0.25)
    assert sorted(bell.take_due(50)) == ["ta", "tb"]


def test_finished_jobs_are_forgotten_in_time_and_failed_ones_never(transactional_tenant):
    for state in (JobState.DONE, JobState.FAILED):
        enqueue("test.sweep", args={})
        leases.close(leases.claim("w"), state)
    sweeper.visit("ta")
    assert Job.objects.count() == 2
    Job.objects.update(finished_at=F("finished_at") - timedelta(days=15))
    sweeper.visit("ta")
    assert _state() == JobState.FAILED
