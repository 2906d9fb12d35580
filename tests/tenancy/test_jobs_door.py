"""`enqueue`: the only door to background work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from tenancy.clock import db_now
from tenancy.context import NoTenantError, public_context, tenant_context
from tenancy.jobs import leases, selectors
from tenancy.jobs.models import Job
from tenancy.jobs.registry import UnknownKindError, handles
from tenancy.jobs.services import KeyConflictError, enqueue, put_back
from tenancy.jobs.states import JobState, Priority
from tenancy.jobs.work import Done, JobContext, Outcome
from tenancy.partners.models import Wake


@handles("test.door")
def _done(work: JobContext) -> Outcome:
    return Done()


def _doorbells() -> int:
    return OrmQ.objects.count()


def _hint(tenant: str) -> Wake:
    with public_context():
        return Wake.objects.get(tenant=tenant)


def test_a_rolled_back_request_leaves_no_job_and_no_doorbell(transactional_tenant):
    with transaction.atomic():
        enqueue("test.door", args={"id": "1"})
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert _doorbells() == 0


def test_a_committed_request_rings_once_in_public_with_the_tenant_only(transactional_tenant):
    with transaction.atomic():
        enqueue("test.door", args={"id": "secret-free"})
        assert _doorbells() == 0
    enqueue("test.door", args={"id": "2"})
    (bell,) = OrmQ.objects.all()
    assert bell.task["args"] == ("ta",)
    assert _hint("ta").rung_at is not None
    assert connection.schema_name == "ta"


def test_work_asked_for_outside_a_tenant_is_refused_unless_told_whose(transactional_tenant):
    with public_context():
        with pytest.raises(NoTenantError, match="belongs to a partner"):
            enqueue("test.door", args={})
        enqueue("test.door", args={}, tenant="tb")
        assert [bell.task["args"] for bell in OrmQ.objects.all()] == [("tb",)]
    assert not Job.objects.exists()
    with tenant_context("tb"):
        assert Job.objects.count() == 1


def test_a_kind_nobody_handles_is_refused_at_the_door(tenant):
    with pytest.raises(UnknownKindError, match="no\\.such"):
        enqueue("no.such", args={})


@pytest.mark.parametrize("content", [{"body": "x" * 201}, {"amount": 12}])
def test_arguments_are_identifiers_not_content(tenant, content):
    with pytest.raises(ValueError, match="identifier"):
        enqueue("test.door", args=content)


def test_work_for_later_leaves_a_hint_and_does_not_ring(transactional_tenant):
    due_at = db_now() + timedelta(minutes=5)
    enqueue("test.door", args={}, due_at=due_at)
    assert _doorbells() == 0
    assert _hint("ta").due_at == due_at
    enqueue("test.door", args={}, due_at=due_at + timedelta(hours=1))
    assert _hint("ta").due_at == due_at


def test_one_key_waits_once_and_takes_the_sooner_time_and_the_higher_priority(tenant):
    later = db_now() + timedelta(hours=1)
    first = enqueue("test.door", args={"id": "7"}, key="seven", due_at=later, priority=Priority.BULK)
    second = enqueue("test.door", args={"id": "7"}, key="seven")
    assert first.pk == second.pk
    assert second.due_at < later
    assert second.priority == Priority.NORMAL
    assert Job.objects.count() == 1


def test_one_key_with_other_arguments_is_refused_because_one_would_be_lost(tenant):
    enqueue("test.door", args={"id": "7"}, key="k")
    with pytest.raises(KeyConflictError, match="other arguments"):
        enqueue("test.door", args={"id": "8"}, key="k")


def test_what_is_asked_for_while_it_is_being_worked_on_is_done_once_more(tenant):
    enqueue("test.door", args={"id": "7"}, key="k", priority=Priority.BULK)
    working = leases.claim("w")
    asked = enqueue("test.door", args={"id": "7"}, key="k")
    enqueue("test.door", args={"id": "7"}, key="k")
    assert asked.pk == working.pk
    leases.close(working, JobState.DONE)
    (following,) = selectors.live_jobs()
    assert following.pk != working.pk
    assert (following.args, following.key, following.priority) == ({"id": "7"}, "k", Priority.NORMAL)
    leases.close(leases.claim("w"), JobState.DONE)
    assert not selectors.live_jobs().exists()


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.NEEDS_PERSON])
def test_it_is_done_once_more_also_when_the_first_time_ends_badly(tenant, end):
    enqueue("test.door", args={}, key="k")
    working = leases.claim("w")
    enqueue("test.door", args={}, key="k")
    leases.close(working, end, "No luck.")
    assert selectors.live_jobs().count() == 1
    assert [job.last_error for job in selectors.stopped_jobs()] == ["No luck."]


def test_a_request_whose_transaction_is_open_keeps_the_waiting_job_from_starting(transactional_tenant):
    """Otherwise the job could run without seeing what the caller is about to commit, and nobody would run it again."""
    from tests.tenancy.jobs_probe.threads import elsewhere

    enqueue("test.door", args={}, key="k")
    with transaction.atomic():
        enqueue("test.door", args={}, key="k")
        assert elsewhere(lambda: leases.claim("other")) is None
    assert elsewhere(lambda: leases.claim("other")) is not None


def test_a_stopped_job_can_be_put_back_by_a_person(transactional_tenant):
    enqueue("test.door", args={}, key="k")
    stuck = leases.claim("w")
    leases.save_cursor(stuck, {"page": 3})
    leases.close(stuck, JobState.NEEDS_PERSON, "Look here.")
    back = put_back(stuck)
    assert (back.pk, back.state, back.cursor, back.attempts) == (stuck.pk, JobState.QUEUED, {"page": 3}, 0)
    assert leases.claim("w").fence == stuck.fence + 1


def test_putting_back_what_has_been_asked_for_anew_answers_the_living_job(tenant):
    enqueue("test.door", args={}, key="k")
    stuck = leases.claim("w")
    leases.close(stuck, JobState.FAILED, "No luck.")
    living = enqueue("test.door", args={}, key="k")
    assert put_back(stuck).pk == living.pk
    stuck.refresh_from_db()
    assert stuck.state == JobState.FAILED
