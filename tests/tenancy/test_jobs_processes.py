"""Real worker processes, really killed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models import QuerySet

from tenancy.jobs.models import Job
from tenancy.jobs.services import enqueue
from tenancy.jobs.states import JobState
from tests.tenancy.jobs_probe import handlers as _handlers  # noqa: F401  registers them
from tests.tenancy.jobs_probe.processes import Work, alive, descendants, pids_in, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def start(transactional_tenant, process_environment, tmp_path) -> Iterator[Callable[..., Work]]:
    started: list[Work] = []

    def start_one(**options) -> Work:
        started.append(Work(process_environment, tmp_path, **options))
        return started[-1]

    yield start_one
    for work in started:
        work.stop(signal.SIGKILL)


@pytest.fixture
def do(tmp_path: Path) -> Callable[[str], Path]:
    """Asks for a probe; answers the file it writes to."""

    def ask(kind: str) -> Path:
        file = tmp_path / f"{kind}-{_probes().count()}"
        enqueue(kind, args={"file": str(file)}, max_attempts=3)
        return file

    return ask


def _probes() -> QuerySet[Job]:
    """Not what other layers schedule by themselves."""
    return Job.objects.filter(kind__startswith="probe.")


def _all_done() -> bool:
    return not _probes().exclude(state=JobState.DONE).exists()


def test_a_worker_killed_at_work_costs_one_lease(start, do):
    work = start(workers=2)
    file = do("probe.nap")
    wait_until(lambda: pids_in(file), 20, "the job has begun")
    os.kill(pids_in(file)[0], signal.SIGKILL)
    wait_until(_all_done, 10, "another worker has finished it")
    first, second = pids_in(file)
    assert first != second
    assert _probes().get().attempts == 2
    assert "hang" not in work.said


def test_a_job_that_kills_its_workers_is_stopped_after_its_attempts(start, do):
    start(workers=2)
    poison, harmless = do("probe.poison"), do("probe.note")
    wait_until(lambda: _probes().filter(state=JobState.FAILED).exists(), 40, "the poison is given up")
    assert len(pids_in(poison)) == 3
    assert "ended each time without an answer" in _probes().get(state=JobState.FAILED).last_error
    wait_until(lambda: pids_in(harmless), 10, "other work is done all the same")


def test_the_watchdog_revives_a_cluster_that_hangs_after_an_idle_worker_was_killed(start, do):
    work = start(workers=1)
    first = do("probe.note")
    wait_until(_all_done, 20, "the cluster works")
    os.kill(pids_in(first)[0], signal.SIGKILL)  # the only one, idle: it holds the lock of the queue
    wait_until(lambda: not alive(pids_in(first)[0]), 5, "it is dead")
    do("probe.note")
    wait_until(_all_done, 30, "the next job is done all the same")
    # whether the lock died with it or the queue's own guard was faster is a race; that the work goes on is not
    assert "workers hang" in work.said or "reincarnated" in work.said


def test_a_killed_watchdog_leaves_no_orphans_and_the_next_one_goes_on(start, do):
    work = start(workers=2)
    file = do("probe.nap")
    wait_until(lambda: pids_in(file), 20, "the job has begun")
    family = descendants(work.process.pid)
    assert len(family) >= 6, "cluster, sentinel, monitor, pusher, two workers, sweeper"
    work.stop(signal.SIGKILL)
    wait_until(lambda: not any(map(alive, family)), 3, "everybody has followed")
    start(workers=2)
    wait_until(_all_done, 20, "the new one has finished the job")
    assert len(pids_in(file)) == 2


def test_stopping_stops_all_and_says_so(start, do):
    work = start(workers=2)
    do("probe.note")
    wait_until(_all_done, 20, "it works")
    family = descendants(work.process.pid)
    assert work.stop(signal.SIGINT) == 0
    assert not any(map(alive, family))
    assert work.said.rstrip().endswith("stopped")
    assert "killed" not in work.said


def test_what_dies_is_started_again(start, do, tmp_path):
    work = start(workers=1)
    do("probe.note")
    wait_until(_all_done, 20, "it works")
    for pid in re.findall(r"started \(process (\d+)\)", work.said):
        os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: work.said.count(" started (") >= 4, 10, "cluster and sweeper are back")
    do("probe.note")
    wait_until(_all_done, 20, "it works again")
