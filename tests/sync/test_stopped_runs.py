"""Runs that stopped: gone on with, given up, or never worked because their job gave up. Nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from sync_world import World

from connectors.testing.twin import TwinAp
from connectors.testing.twin_system import Fault
from governance.models import AuditEntry
from sync.desk.stopped import abandon
from sync.pipelines.services import pause
from sync.runs import unworked
from sync.runs.models import Intent, Run, RunEntry, RunTarget, WorkItem
from sync.runs.services import RunRefused, request_named, request_run, resume
from sync.runs.work import write
from tenancy.accounts.actors import SYSTEM
from tenancy.clock import db_now
from tenancy.context import current_schema
from tenancy.jobs.models import Job
from tenancy.jobs.worker import work_turn

Person = Callable[..., Any]


def stopped_by(world: World, kind: str, **more: Any) -> Run:
    """Three vendors whose run stops for a person while they are written."""
    for n in range(3):
        world.vendor(f"V{n}", f"Vendor {n}")
    world.ap.faults.append(Fault(kind, "perform", times=3, **more))  # type: ignore[arg-type]
    run = world.run(world.pipeline())
    assert run.state == "stopped", run.sentence
    return run


def ap_names(world: World) -> list[str]:
    return sorted(v["name"] for v in world.ap_vendors())


ALL = ["Vendor 0", "Vendor 1", "Vendor 2"]


# ------------------------------------------------------------------------------------------------------ given up
def test_what_a_given_up_run_did_not_send_is_read_again_and_written(world: World) -> None:
    run = stopped_by(world, "credentials")
    world.ap.faults.clear()
    abandon(actor=SYSTEM, run_id=run.pk, because="wrong key")
    world.work()
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("failed", "Given up: wrong key")
    assert ap_names(world) == ALL
    assert not RunEntry.objects.exclude(state="closed").exists()


def test_giving_up_is_noted_with_its_reason_and_its_figures(world: World, actor_with: Person) -> None:
    run = stopped_by(world, "credentials")
    abandon(actor=actor_with("engineer"), run_id=run.pk, because="wrong key")
    noted = AuditEntry.objects.get(action="run.abandoned").data
    assert (noted["because"], noted["read_again"], noted["to_be_settled"]) == ("wrong key", 3, 0)


def sent_and_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A vendor that was sent, took effect, and whose worker died before it knew; then the connection failed."""
    world.vendor("V0", "Vendor 0")
    pipeline = world.pipeline()
    request_run(pipeline=pipeline)
    monkeypatch.setattr(write.settle, "settle", _die)
    with pytest.raises(KeyboardInterrupt):
        work_turn(current_schema())
    monkeypatch.undo()
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(state="stopped")
    Job.objects.update(state="done", lease_until=None)
    return run


def _die(*_: Any) -> None:
    raise KeyboardInterrupt


def test_what_was_sent_is_looked_for_and_not_written_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = sent_and_unknown(world, monkeypatch)
    assert ap_names(world) == ["Vendor 0"]
    abandon(actor=SYSTEM, run_id=run.pk, because="the host was lost")
    item = WorkItem.objects.get()
    assert (item.code, item.state, item.record.state) == ("outcome_unknown", "open", "uncertain")
    assert Intent.objects.get().state == "uncertain"
    world.work()
    assert ap_names(world) == ["Vendor 0"]
    item.refresh_from_db()
    item.record.refresh_from_db()
    assert (item.state, item.record.state) == ("void", "applied")


def test_what_was_sent_stays_with_people_where_it_cannot_be_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sent_and_unknown(world, monkeypatch)
    blind = {**TwinAp.objects, "vendor": _unsearchable(TwinAp.objects["vendor"])}
    monkeypatch.setattr(TwinAp, "objects", blind)
    abandon(actor=SYSTEM, run_id=run.pk, because="the host was lost")
    world.work()
    assert ap_names(world) == ["Vendor 0"]
    assert WorkItem.objects.get(state="open").code == "outcome_unknown"


def _unsearchable(spec: Any) -> Any:
    return replace(spec, reference=replace(spec.reference, searchable=False))


def test_chosen_records_a_given_up_run_had_not_come_to_are_asked_for_again(world: World) -> None:
    vendor = world.vendor("V0", "Vendor 0")
    pipeline = world.pipeline()
    run = request_named(pipeline, [("vendor", "", vendor)], trigger="notification")
    assert run is not None
    abandon(actor=SYSTEM, run_id=run.pk, because="try anew")
    assert RunTarget.objects.filter(run__state="queued").count() == 1
    world.work()
    assert ap_names(world) == ["Vendor 0"]


def test_a_dry_run_that_is_given_up_leaves_nothing_open(world: World) -> None:
    world.vendor("V0", "Vendor 0")
    pipeline = world.pipeline(live=False)
    run = request_run(pipeline=pipeline, kind="full", dry=True)
    abandon(actor=SYSTEM, run_id=run.pk, because="not needed")
    run.refresh_from_db()
    assert run.state == "failed"


def test_only_a_run_that_waits_can_be_given_up(world: World) -> None:
    run = world.run(world.pipeline())
    with pytest.raises(RunRefused, match="has stopped"):
        abandon(actor=SYSTEM, run_id=run.pk, because="late")


def test_giving_up_needs_a_reason(world: World) -> None:
    run = stopped_by(world, "credentials")
    with pytest.raises(RunRefused, match="Say why"):
        abandon(actor=SYSTEM, run_id=run.pk, because=" ")


def test_an_auditor_gives_nothing_up(world: World, actor_with: Person) -> None:
    run = stopped_by(world, "credentials")
    with pytest.raises(PermissionDenied):
        abandon(actor=actor_with("auditor"), run_id=run.pk, because="late")


# ------------------------------------------------------------------------------------------- jobs that gave up
def given_up_job(world: World) -> Run:
    """A run whose worker ended each time without an answer."""
    world.vendor("V0", "Vendor 0")
    run = request_run(pipeline=world.pipeline())
    Job.objects.update(attempts=99)
    work_turn(current_schema())
    assert Job.objects.get().state == "failed"
    return run


def test_a_run_whose_job_gave_up_stops_and_says_why(world: World) -> None:
    run = given_up_job(world)
    unworked.look_after()
    run.refresh_from_db()
    assert run.state == "stopped"
    assert "Its worker ended each time without an answer." in run.sentence


def test_resuming_it_puts_the_job_back(world: World) -> None:
    run = given_up_job(world)
    unworked.look_after()
    resume(actor=SYSTEM, run_id=run.pk)
    world.work()
    run.refresh_from_db()
    assert (run.state, Job.objects.get().state) == ("succeeded", "done")
    assert ap_names(world) == ["Vendor 0"]


def test_a_job_that_gave_up_long_ago_stops_no_later_run(world: World) -> None:
    run = given_up_job(world)
    unworked.look_after()
    abandon(actor=SYSTEM, run_id=run.pk, because="try anew")
    Job.objects.filter(state="queued").delete()
    Job.objects.update(finished_at=db_now() - timedelta(hours=1))
    later = request_run(pipeline=run.pipeline)
    Job.objects.filter(state="queued").delete()
    unworked.look_after()
    later.refresh_from_db()
    assert later.state == "queued"


def test_a_run_without_any_job_is_given_one(world: World) -> None:
    world.vendor("V0", "Vendor 0")
    run = request_run(pipeline=world.pipeline())
    Job.objects.all().delete()
    unworked.look_after()
    world.work()
    run.refresh_from_db()
    assert run.state == "succeeded"


def test_a_run_of_a_paused_pipeline_waits_in_peace(world: World) -> None:
    run = request_run(pipeline=world.pipeline())
    pause(actor=SYSTEM, pipeline=run.pipeline, because="holiday")
    world.work()
    unworked.look_after()
    run.refresh_from_db()
    assert run.state == "queued"
    assert not Job.objects.filter(state="queued").exists()


def test_resuming_shows_at_once_and_the_figures_stay_readable(world: World) -> None:
    run = stopped_by(world, "credentials")
    resumed = resume(actor=SYSTEM, run_id=run.pk)
    assert (resumed.state, resumed.resumed, resumed.counts) == ("working", True, {})
