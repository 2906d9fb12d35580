"""What a doorbell makes a worker do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection

from tenancy.context import current_schema, public_context, tenant_context
from tenancy.jobs import bell, leases, selectors, worker
from tenancy.jobs.models import Job
from tenancy.jobs.registry import handles
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import JobState, Priority
from tenancy.jobs.work import Again, Done, JobContext, NeedsPerson, Outcome
from tenancy.partners.models import Partner, PartnerStatus, Wake
from tests.tenancy.jobs_probe import doorbells
from tests.tenancy.jobs_probe.threads import elsewhere

seen: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_seen(settings) -> Iterator[None]:
    settings.JOBS = {"backoff": 0, "attempts": 3}
    seen.clear()
    yield
    assert current_schema() == "public" or connection.tenant.schema_name == "ta"


@handles("test.stray")
def _stray(work: JobContext) -> Outcome:
    connection.set_schema("tb")
    return Done()


@handles("test.fault")
def _fault(work: JobContext) -> Outcome:
    seen.append("fault")
    raise ValueError("the page ends in the middle of a number")


@handles("test.pages")
def _pages(work: JobContext) -> Outcome:
    page = (work.cursor or {"page": 0})["page"] + 1
    seen.append(f"{work.args['id']}{page}")
    return Done() if page == 3 else Again(0, {"page": page})


@handles("test.person")
def _person(work: JobContext) -> Outcome:
    return NeedsPerson("The password was refused; enter a new one.")


@handles("test.silent")
def _silent(work: JobContext) -> Outcome:
    return None  # type: ignore[return-value]


@handles("test.slow")
def _slow(work: JobContext) -> Outcome:
    seen.append(current_schema())
    time.sleep(0.2)
    return Done()


@handles("test.robbed")
def _robbed(work: JobContext) -> Outcome:
    Job.objects.filter(pk=work.job.pk).update(fence=work.fence + 1)
    work.renew()
    seen.append("went on")
    return Done()


@handles("test.cut")
def _cut(work: JobContext) -> Outcome:
    if work.job.attempts == 1:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return Done()


def _only() -> Job:
    with tenant_context("ta"):
        return Job.objects.get()


def test_a_job_is_done_in_its_tenant_and_the_doorbell_leaves_public_behind(transactional_tenant):
    enqueue("test.slow", args={})
    with public_context():
        assert doorbells.answer_all() == 1
        assert current_schema() == "public"
    job = _only()
    assert (job.state, job.last_error, seen) == (JobState.DONE, "", ["ta"])
    assert job.finished_at >= job.started_at


def test_a_handler_that_leaves_its_schema_set_spoils_nothing(transactional_tenant):
    enqueue("test.stray", args={})
    enqueue("test.slow", args={})
    with public_context():
        doorbells.answer_all()
        assert current_schema() == "public"
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}
    assert seen == ["ta"]


def test_a_fault_is_tried_again_and_then_given_up_in_plain_sight(transactional_tenant):
    enqueue("test.fault", args={})
    doorbells.answer_all()
    (job,) = selectors.stopped_jobs()
    assert seen == ["fault"] * 3
    assert job.state == JobState.FAILED
    assert job.last_error == "Given up after 3 attempts. ValueError: the page ends in the middle of a number"


def test_between_attempts_the_waits_grow(transactional_tenant, settings):
    settings.JOBS = {"backoff": 100, "backoff_most": 250}
    assert 90 <= worker._backoff(1) <= 110
    assert 180 <= worker._backoff(2) <= 220
    assert 225 <= worker._backoff(9) <= 275
    enqueue("test.fault", args={})
    doorbells.answer_all()
    job = _only()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert "middle of a number" in job.last_error
    with public_context():
        assert Wake.objects.get(tenant="ta").due_at <= job.due_at


def test_work_in_pages_goes_on_from_its_cursor_and_takes_turns_with_other_work(transactional_tenant):
    for name in "ab":
        enqueue("test.pages", args={"id": name})
    doorbells.answer_all()
    assert seen == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_what_needs_a_person_waits_with_its_reason(transactional_tenant):
    enqueue("test.person", args={})
    doorbells.answer_all()
    assert [(job.state, job.last_error) for job in selectors.stopped_jobs()] == [
        (JobState.NEEDS_PERSON, "The password was refused; enter a new one.")
    ]


def test_a_handler_without_an_answer_is_a_failure_that_says_so(transactional_tenant):
    enqueue("test.silent", args={})
    doorbells.answer_all()
    assert "answered NoneType" in selectors.stopped_jobs().get().last_error


def test_a_handler_stops_where_it_learns_that_its_job_was_taken_over(transactional_tenant):
    enqueue("test.robbed", args={})
    doorbells.answer_all()
    assert seen == []
    assert _only().state == JobState.WORKING


def test_a_database_connection_cut_under_a_handler_costs_one_attempt(transactional_tenant):
    enqueue("test.cut", args={})
    with public_context():
        doorbells.answer_all()
    job = _only()
    assert (job.state, job.attempts) == (JobState.DONE, 2)


def test_a_job_that_used_up_its_attempts_is_not_started_again(transactional_tenant):
    enqueue("test.slow", args={})
    Job.objects.update(attempts=3)
    doorbells.answer_all()
    assert seen == []
    job = selectors.stopped_jobs().get()
    assert job.last_error == "Given up after 3 attempts. Its worker ended each time without an answer."
    assert job.attempts == 3


def test_a_suspended_partner_is_not_worked_for(transactional_tenant):
    enqueue("test.slow", args={})
    Partner.objects.filter(schema_name="ta").update(status=PartnerStatus.SUSPENDED)
    try:
        doorbells.answer_all()
        assert _only().state == JobState.QUEUED
    finally:
        Partner.objects.filter(schema_name="ta").update(status=PartnerStatus.ACTIVE)


def test_a_second_worker_is_called_where_more_than_one_job_is_due(transactional_tenant):
    enqueue("test.slow", args={})
    enqueue("test.slow", args={})
    doorbells.lose()
    Wake.objects.all().delete()
    assert worker.work_turn("ta") == 2
    assert doorbells.queued() == ["ta"]


def test_doubled_and_late_doorbells_do_no_harm(transactional_tenant):
    enqueue("test.slow", args={})
    for _ in range(3):
        worker.answer("ta")
    assert seen == ["ta"]


def test_a_busy_tenant_gives_way_to_a_quiet_one(transactional_tenant, settings):
    settings.JOBS = {"between": 0.1, "patience": 0.05}
    for _ in range(30):
        enqueue("test.slow", args={})
    with public_context():
        enqueue("test.slow", args={}, tenant="tb")
    assert doorbells.queued() == ["ta", "tb"]
    with public_context():
        began = time.monotonic()
        doorbells.answer_all(until=lambda: "tb" in seen)
    assert time.monotonic() - began < 3
    assert seen.count("ta") < 10


def test_a_long_job_is_told_to_give_way_only_when_somebody_waits(transactional_tenant, settings):
    settings.JOBS = {"turn": 0, "slice": 60, "patience": 0}
    enqueue("test.slow", args={})
    with public_context():
        bell.pick_up("ta")
    work = JobContext(leases.claim("w"), worker.Turn(), time.monotonic())
    time.sleep(0.55)
    assert not work.should_yield()
    elsewhere(lambda: bell.ring("tb"))
    time.sleep(0.55)
    assert work.should_yield()


def test_a_long_job_gives_way_after_its_slice_in_any_case(transactional_tenant, settings):
    settings.JOBS = {"slice": 0.1}
    enqueue("test.slow", args={})
    work = JobContext(leases.claim("w"), worker.Turn(), time.monotonic())
    assert not work.should_yield()
    time.sleep(0.15)
    assert work.should_yield()


def test_an_urgent_job_overtakes_those_that_wait(transactional_tenant):
    enqueue("test.pages", args={"id": "slow"}, priority=Priority.BULK)
    enqueue("test.pages", args={"id": "now"}, priority=Priority.NOW)
    doorbells.answer_all()
    assert seen[:3] == ["now1", "now2", "now3"]
