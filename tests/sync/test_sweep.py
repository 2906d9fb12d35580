"""The key sweep: what the cursor missed is found, what is gone is believed only when it is sure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_world import World

from connectors.testing.twin_system import Fault
from governance.models import AuditEntry
from sync.desk.alarms import let_run_go_on
from sync.links.models import Landing
from sync.pipelines.models import Cursor, Pipeline
from sync.pipelines.services import pause
from sync.runs import sweeps
from sync.runs.models import Run, RunEntry, SweptKey, WorkItem
from sync.runs.services import RunRefused, resume
from sync.runs.work import loop, sweep
from tenancy.accounts.actors import SYSTEM
from tenancy.clock import db_now

Person = Callable[..., Any]


def swept(world: World, times: int = 1) -> Run:
    """Sweeps the vendors so many times; the last sweep."""
    for _ in range(times):
        run = sweeps.request_sweep(pipeline=world.pipelines["vendors"], trigger="schedule")
        world.work()
    run.refresh_from_db()
    return run


def in_step(world: World, vendors: int) -> list[str]:
    """So many vendors, brought over; their ids."""
    ids = [world.vendor(f"V{n}", f"Vendor {n}") for n in range(vendors)]
    world.run(world.pipeline())
    return ids


def late(world: World, code: str) -> str:
    """A vendor whose row becomes visible only after newer ones were read."""
    vendor = world.vendor(code, f"Late {code}")
    world.erp.table("vendor")[vendor].modified_at -= timedelta(hours=1)
    return vendor


def active(world: World) -> list[str]:
    return sorted(v["code"] for v in world.ap_vendors() if v.get("active") is not False)


# ------------------------------------------------------------------------------------------------- what was missed
def test_a_vendor_that_the_cursor_missed_is_found_by_the_sweep(world: World) -> None:
    in_step(world, 2)
    late(world, "L1")
    world.run(world.pipelines["vendors"])
    assert active(world) == ["V0", "V1"]
    swept(world)
    assert active(world) == ["L1", "V0", "V1"]


def test_a_change_that_the_cursor_missed_is_found_by_its_version(world: World) -> None:
    first, _ = in_step(world, 2)
    world.erp.put("vendor", {"name": "Renamed"}, company="1", external_id=first)
    world.erp.table("vendor")[first].modified_at -= timedelta(hours=1)
    world.run(world.pipelines["vendors"])
    swept(world)
    assert {v["name"] for v in world.ap_vendors()} == {"Renamed", "Vendor 1"}


def test_a_sweep_of_what_is_in_step_asks_for_nothing(world: World) -> None:
    in_step(world, 3)
    run = swept(world)
    assert (run.state, run.counts["unchanged"]["count"]) == ("succeeded", 3)
    assert not Run.objects.filter(kind="records").exists()
    assert not SweptKey.objects.exists()
    assert Cursor.objects.get().swept_at is not None


def test_a_record_that_was_read_but_never_decided_is_taken_again(world: World) -> None:
    first, _ = in_step(world, 2)
    record = Landing.objects.get(external_id=first).states.get()
    record.state = "landed"
    record.save()
    swept(world)
    record.refresh_from_db()
    assert record.state == "applied"


def test_when_very_many_were_missed_everything_is_read_instead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    in_step(world, 1)
    monkeypatch.setattr(sweep, "ONE_BY_ONE_AT_MOST", 2)
    for n in range(3):
        late(world, f"L{n}")
    swept(world)
    assert Run.objects.get(kind="full").trigger == "sweep"
    assert len(world.ap_vendors()) == 4


# --------------------------------------------------------------------------------------------------- what is gone
def test_a_deleted_vendor_is_retired_after_the_second_sweep(world: World) -> None:
    ids = in_step(world, 4)
    world.erp.remove("vendor", ids[0])
    swept(world)
    assert len(active(world)) == 4
    assert not RunEntry.objects.filter(operation="retire").exists()
    swept(world)
    assert active(world) == ["V1", "V2", "V3"]


def test_a_vendor_that_was_away_for_one_sweep_only_is_left_alone(world: World) -> None:
    ids = in_step(world, 4)
    away = world.erp.table("vendor").pop(ids[0])
    swept(world)
    world.erp.table("vendor")[ids[0]] = away
    swept(world)
    world.erp.remove("vendor", ids[0])
    swept(world)
    assert len(active(world)) == 4


def test_leaving_a_filter_is_not_deletion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source lists the vendor no longer, but still has it when asked."""
    ids = in_step(world, 4)
    listed = type(world.erp).rows
    monkeypatch.setattr(
        type(world.erp), "rows",
        lambda self, obj, company: [r for r in listed(self, obj, company) if r.id != ids[0] or self is not world.erp],
    )  # fmt: skip
    swept(world, times=5)
    assert len(active(world)) == 4
    asked = RunEntry.objects.filter(run__trigger="sweep")
    assert [entry.outcome for entry in asked] == ["unchanged", "unchanged"]  # after two sweeps and after four


def test_a_record_that_landed_while_the_keys_were_listed_is_not_missing(world: World) -> None:
    in_step(world, 2)
    run = sweeps.request_sweep(pipeline=world.pipelines["vendors"])
    run.position = {"lane": 0, "page": 1, "cursor": None, "began": "2026-01-01T00:00:00+00:00", "listed": True}
    run.save()
    world.work()
    assert not Landing.objects.filter(missing_sweeps__gt=0).exists()


# ------------------------------------------------------------------------------------------------------ the brake
def test_when_a_fifth_vanishes_at_once_nothing_is_believed(world: World) -> None:
    ids = in_step(world, 12)
    for vendor in ids[:6]:
        world.erp.remove("vendor", vendor)
    run = swept(world, times=3)
    assert len(active(world)) == 12
    assert run.state == "stopped"
    item = WorkItem.objects.get(state="open")
    assert item.sentence.startswith("6 of 12 vendor records vanished from Twin ERP at once.")
    assert (item.code, item.run_id, item.detail["examples"][0]) == ("mass_vanished", run.pk, "Vendor 0")


def test_an_empty_answer_is_not_believed(world: World) -> None:
    ids = in_step(world, 2)
    for vendor in ids:
        world.erp.remove("vendor", vendor)
    assert swept(world).state == "stopped"


def test_other_runs_go_on_while_a_sweep_waits_for_a_person(world: World) -> None:
    for vendor in in_step(world, 2):
        world.erp.remove("vendor", vendor)
    swept(world)
    world.vendor("V9", "Newcomer")
    run = world.run(world.pipelines["vendors"])
    assert (run.state, len(world.ap_vendors())) == ("succeeded", 3)


def test_when_what_vanished_is_back_the_item_closes_by_itself(world: World) -> None:
    ids = in_step(world, 6)
    away = {vendor: world.erp.table("vendor").pop(vendor) for vendor in ids}
    stopped = swept(world)
    world.erp.table("vendor").update(away)
    assert swept(world).state == "succeeded"
    stopped.refresh_from_db()
    assert (stopped.state, WorkItem.objects.get().state) == ("failed", "void")


def test_a_person_who_has_looked_lets_the_sweep_go_on(world: World, actor_with: Person) -> None:
    ids = in_step(world, 7)
    for vendor in ids[:6]:
        world.erp.remove("vendor", vendor)
    run = swept(world)
    approver = actor_with("approver")
    let_run_go_on(actor=approver, item_id=WorkItem.objects.get().pk, comment="a division was sold")
    world.work()
    run.refresh_from_db()
    assert (run.state, len(active(world))) == ("succeeded", 7)  # missing in one sweep so far
    swept(world)
    assert active(world) == ["V6"]
    assert AuditEntry.objects.get(action="item.released").data["comment"] == "a division was sold"


def test_resuming_the_sweep_without_a_persons_word_stops_it_again(world: World) -> None:
    for vendor in in_step(world, 6):
        world.erp.remove("vendor", vendor)
    run = swept(world)
    resume(actor=SYSTEM, run_id=run.pk)
    world.work()
    run.refresh_from_db()
    assert run.state == "stopped"
    assert WorkItem.objects.filter(state="open").count() == 1


def test_a_viewer_cannot_let_a_sweep_go_on(world: World, actor_with: Person) -> None:
    for vendor in in_step(world, 6):
        world.erp.remove("vendor", vendor)
    swept(world)
    with pytest.raises(PermissionDenied):
        let_run_go_on(actor=actor_with("auditor"), item_id=WorkItem.objects.get().pk)


def test_many_that_only_left_a_filter_do_not_pull_the_brake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = in_step(world, 10)
    listed = type(world.erp).rows
    gone = set(ids[:6])
    monkeypatch.setattr(
        type(world.erp), "rows", lambda self, obj, company: [r for r in listed(self, obj, company) if r.id not in gone]
    )
    assert swept(world).state == "succeeded"


# --------------------------------------------------------------------------------------------------- cut anywhere
KINDS = ("drop_before", "html", "credentials", "repeat_page")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(2, 6), cuts=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(KINDS)), min_size=2, max_size=4)
)
def test_a_sweep_that_is_cut_at_any_page_deletes_nothing(world: World, size: int, cuts: list[tuple[int, str]]) -> None:
    """Twelve vendors on two to six pages; each sweep breaks down at some page for some reason and is then replaced."""
    if not Landing.objects.exists():
        in_step(world, 12)
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(sweep, "PAGE_SIZE", size)
        patch.setattr(loop, "BACKOFF_SECONDS", (600, 600))
        for page, kind in cuts:
            _sweep_cut(world, page % -(-12 // size), kind)
        assert not Landing.objects.filter(missing_sweeps__gt=0).exists()
        assert not RunEntry.objects.filter(operation="retire").exists()
        assert len(active(world)) == 12
        transaction.set_rollback(True)


def _sweep_cut(world: World, page: int, kind: str) -> None:
    run = sweeps.request_sweep(pipeline=world.pipelines["vendors"])
    asked = 0

    def cut(operation: str) -> None:
        nonlocal asked
        asked += operation == "keys"
        if asked == page + 1 and operation == "keys":
            world.erp.faults.append(Fault(kind, "keys"))  # type: ignore[arg-type]

    call = world.erp.call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.erp, "call", lambda op, *args, **more: (cut(op), call(op, *args, **more))[1])
        world.work()
    run.refresh_from_db()
    assert run.state != "succeeded"
    Run.objects.filter(pk=run.pk).update(state="stopped", retry_at=None)


def test_a_sweep_that_was_interrupted_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAGE_SIZE", 2)
    in_step(world, 6)
    late(world, "L1")
    run = sweeps.request_sweep(pipeline=world.pipelines["vendors"])
    world.erp.faults.append(Fault("credentials", "keys"))
    world.work()
    run.refresh_from_db()
    assert run.state == "stopped"
    resume(actor=SYSTEM, run_id=run.pk)
    world.work()
    run.refresh_from_db()
    assert (run.state, len(world.ap_vendors())) == ("succeeded", 7)


# ---------------------------------------------------------------------------------------------------- when it runs
def test_every_live_pipeline_is_swept_once_a_day(world: World) -> None:
    pipeline = world.pipeline()
    first = sweeps.keep_daily()
    assert first is not None
    assert first > db_now() + timedelta(hours=23)
    assert not Run.objects.filter(kind="sweep").exists()
    Pipeline.objects.filter(pk=pipeline.pk).update(next_sweep_at=db_now())
    sweeps.keep_daily()
    sweeps.keep_daily()
    assert Run.objects.filter(kind="sweep", trigger="schedule").count() == 1


def test_a_paused_pipeline_is_not_swept(world: World) -> None:
    pipeline = world.pipeline()
    pause(actor=SYSTEM, pipeline=pipeline, because="holiday")
    with pytest.raises(RunRefused):
        sweeps.request_sweep(pipeline=pipeline)


def test_two_requests_for_a_sweep_are_one_sweep(world: World) -> None:
    pipeline = world.pipeline()
    assert sweeps.request_sweep(pipeline=pipeline) == sweeps.request_sweep(pipeline=pipeline)


def test_a_sweep_gives_way_to_what_somebody_waits_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAGE_SIZE", 1)
    in_step(world, 4)
    pipeline = world.pipelines["vendors"]
    run = sweeps.request_sweep(pipeline=pipeline)
    newer = world.run(pipeline)
    run.refresh_from_db()
    assert newer.finished_at is not None
    assert run.finished_at is not None
    assert newer.finished_at < run.finished_at
