"""Claims, leases and fences, on real rows and real connections."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from tenancy.jobs import leases, selectors
from tenancy.jobs.leases import LeaseLost
from tenancy.jobs.models import Job
from tenancy.jobs.registry import handles
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import JobState, Priority
from tenancy.jobs.turns import Turn
from tenancy.jobs.work import Done, JobContext, Outcome
from tests.tenancy.jobs_probe.threads import alone


@handles("test.lease")
def _done(work: JobContext) -> Outcome:
    return Done()


@pytest.fixture
def short_lease(settings):
    settings.JOBS = {"lease": 0.2}


def _taken_over(tenant) -> tuple[Job, Job]:
    """A job as its first worker holds it and as its second does, after the lease has run out."""
    enqueue("test.lease", args={})
    first = leases.claim("first")
    time.sleep(0.25)
    return first, leases.claim("second")


def test_two_claimers_never_get_the_same_job(transactional_tenant):
    for number in range(40):
        enqueue("test.lease", args={"id": str(number)})

    def take_all() -> list[str]:
        taken = []
        while job := leases.claim("w"):
            taken.append(job.args["id"])
        return taken

    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: alone(take_all), range(4)))
    assert sorted(int(number) for numbers in lists for number in numbers) == list(range(40))


def test_jobs_are_taken_by_priority_then_in_the_order_they_fell_due(tenant):
    for name, priority in [("c", Priority.BULK), ("a", Priority.NOW), ("b", Priority.NORMAL), ("b2", Priority.NORMAL)]:
        enqueue("test.lease", args={"id": name}, priority=priority)
    assert [leases.claim("w").args["id"] for _ in range(4)] == ["a", "b", "b2", "c"]


def test_a_claim_counts_the_attempt_and_notes_how_long_the_job_waited(tenant):
    enqueue("test.lease", args={})
    time.sleep(0.05)
    job = leases.claim("w")
    assert (job.attempts, job.fence, job.state, job.worker) == (1, 1, JobState.WORKING, "w")
    assert 50 <= job.waited_ms < 5000
    assert leases.claim("w") is None


def test_a_job_whose_lease_ran_out_is_taken_by_another_under_a_higher_fence(tenant, short_lease):
    first, second = _taken_over(tenant)
    assert (second.pk, second.fence, second.attempts) == (first.pk, first.fence + 1, 2)


@pytest.mark.parametrize(
    "change",
    [
        leases.renew,
        lambda job: leases.save_cursor(job, {"page": 1}),
        lambda job: leases.again(job, 0, None),
        lambda job: leases.retry(job, 0, "x"),
        lambda job: leases.close(job, JobState.DONE),
    ],
    ids=["renew", "save_cursor", "again", "retry", "close"],
)
def test_an_old_fence_changes_nothing(tenant, short_lease, change):
    first, second = _taken_over(tenant)
    with pytest.raises(LeaseLost):
        change(first)
    assert Job.objects.values("state", "fence", "cursor").get() == {"state": "working", "fence": 2, "cursor": None}
    change(second)


def test_an_old_fence_rolls_back_the_rows_saved_with_its_cursor(tenant, short_lease):
    first, _second = _taken_over(tenant)
    stale = JobContext(first, Turn(), time.monotonic())

    @transaction.atomic
    def land_a_page() -> None:
        enqueue("test.lease", args={"id": "written by the stale worker"})
        stale.save_cursor({"page": 9})

    with pytest.raises(LeaseLost):
        land_a_page()
    assert Job.objects.count() == 1


def test_losing_the_lease_passes_every_safety_net(tenant, short_lease):
    first, _second = _taken_over(tenant)

    def careful() -> None:
        try:
            leases.renew(first)
        except Exception:
            pytest.fail("a handler that catches everything would have gone on")

    with pytest.raises(LeaseLost):
        careful()


def test_renewing_keeps_the_job(tenant, short_lease):
    enqueue("test.lease", args={})
    job = leases.claim("w")
    for _ in range(3):
        time.sleep(0.1)
        leases.renew(job)
        assert leases.claim("thief") is None


def test_remaining_runs_down_and_a_committed_renewal_fills_it_up(transactional_tenant, settings):
    settings.JOBS = {"lease": 10}
    enqueue("test.lease", args={})
    work = JobContext(leases.claim("w"), Turn(), time.monotonic() - 9)
    assert 0 < work.remaining() <= 1
    with transaction.atomic():
        work.renew()
        assert work.remaining() <= 1, "a renewal that is not committed may yet be undone"
    assert 9 < work.remaining() <= 10


def test_progress_starts_the_attempts_anew_and_standing_still_does_not(tenant):
    enqueue("test.lease", args={})
    job = leases.claim("w")
    leases.save_cursor(job, {"page": 1})
    assert Job.objects.get().attempts == 0
    leases.retry(job, 0, "x")
    leases.save_cursor(leases.claim("w"), {"page": 1})
    assert Job.objects.get().attempts == 1


def test_going_on_later_keeps_the_cursor_and_frees_the_worker(tenant):
    enqueue("test.lease", args={})
    job = leases.claim("w")
    leases.save_cursor(job, {"page": 1})
    leases.again(job, 30, None)
    kept = selectors.live_jobs().get()
    assert (kept.state, kept.cursor, kept.lease_until, kept.worker) == (JobState.QUEUED, {"page": 1}, None, "")
    assert leases.claim("w") is None
    assert 28 < (kept.due_at - kept.started_at).total_seconds() < 32
