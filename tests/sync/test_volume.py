"""The volume sentinel: silence where something always arrives, and a full run that brings half of the last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_world import World

from sync.desk.alarms import let_run_go_on
from sync.engine.volume import far_fewer, too_quiet, usual
from sync.pipelines.models import Pipeline
from sync.runs import volume
from sync.runs.models import Run, RunPage, WorkItem

Person = Callable[..., Any]
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


# ------------------------------------------------------------------------------------------------------ the rule
@pytest.mark.parametrize(
    ("today", "earlier", "quiet"),
    [
        (0, [3, 5, 4], True),
        (1, [3, 5, 4], False),
        (0, [3, 5], False),  # too few days to say what is usual
        (0, [3, 0, 4], False),  # quiet days are known here
        (9, [100, 120, 110], True),
        (10, [100, 120, 110], False),
    ],
)
def test_silence_is_judged_by_the_same_weekdays_before(today: int, earlier: list[int], quiet: bool) -> None:
    assert too_quiet(today, earlier) is quiet


@given(st.lists(st.integers(0, 1000), max_size=8), st.integers(0, 1000))
def test_as_much_as_ever_is_never_suspicious(earlier: list[int], today: int) -> None:
    if earlier and today >= min(earlier):
        assert not too_quiet(max(1, today), earlier)


def test_what_is_usual_is_the_middle_of_the_days() -> None:
    assert usual([1, 5, 100]) == 5


def test_only_less_than_half_of_a_full_run_is_disbelieved() -> None:
    assert far_fewer(49, 100)
    assert not far_fewer(50, 100)
    assert not far_fewer(0, 9)


# -------------------------------------------------------------------------------------------------------- silence
def past_run(pipeline: Pipeline, at: datetime, arrived: int, unchanged: int = 1, trigger: str = "schedule") -> Run:
    """A run as it stands in the books: so much arrived, so much was merely read again."""
    run = Run.objects.create(pipeline=pipeline, kind="incremental", trigger=trigger, state="succeeded", balanced=True)
    settled = {"unchanged": {"count": unchanged, "money": {}, "unmeasured": 0}}
    RunPage.objects.create(run=run, number=1, object="vendor", read=arrived + unchanged, settled=settled)
    Run.objects.filter(pk=run.pk).update(created_at=at)
    return run


def mondays(pipeline: Pipeline, *arrived: int) -> None:
    for weeks, n in enumerate(arrived, 1):
        past_run(pipeline, MONDAY - timedelta(weeks=weeks, hours=2), n)


def quiet_run(pipeline: Pipeline) -> Run:
    return past_run(pipeline, MONDAY, 0)


def test_silence_where_something_always_arrives_opens_an_item(world: World) -> None:
    pipeline = world.pipeline()
    mondays(pipeline, 40, 38, 44)
    volume.after_run(quiet_run(pipeline), now=MONDAY)
    item = WorkItem.objects.get()
    assert (item.code, item.severity, item.state) == ("nothing_arrived", "warn", "open")
    assert item.sentence.startswith("Nothing has arrived from ERP. On a Monday it is usually 40 by now.")


def test_the_item_says_for_how_long_nothing_came(world: World) -> None:
    world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    run = world.run(pipeline)
    Run.objects.filter(pk=run.pk).update(created_at=MONDAY - timedelta(hours=70))
    mondays(pipeline, 40, 38, 44)
    volume.after_run(quiet_run(pipeline), now=MONDAY)
    assert "Nothing has arrived from ERP for 70 hours." in WorkItem.objects.get().sentence


def test_silence_is_one_item_however_long_it_lasts(world: World) -> None:
    pipeline = world.pipeline()
    mondays(pipeline, 40, 38, 44)
    for _ in range(3):
        volume.after_run(quiet_run(pipeline), now=MONDAY)
    assert WorkItem.objects.count() == 1


def test_what_comes_later_in_the_day_is_not_missed_yet(world: World) -> None:
    pipeline = world.pipeline()
    for weeks in (1, 2, 3):
        past_run(pipeline, MONDAY - timedelta(weeks=weeks) + timedelta(hours=3), 40)
        past_run(pipeline, MONDAY - timedelta(weeks=weeks) - timedelta(hours=3), 0)
    volume.after_run(quiet_run(pipeline), now=MONDAY)
    assert not WorkItem.objects.exists()


def test_other_weekdays_and_what_people_asked_for_say_nothing(world: World) -> None:
    pipeline = world.pipeline()
    for days in (1, 2, 3):
        past_run(pipeline, MONDAY - timedelta(days=days), 40)
    for weeks in (1, 2, 3):
        past_run(pipeline, MONDAY - timedelta(weeks=weeks), 40, trigger="person")
    volume.after_run(quiet_run(pipeline), now=MONDAY)
    assert not WorkItem.objects.exists()


def test_what_arrives_closes_the_item(world: World) -> None:
    pipeline = world.pipeline()
    mondays(pipeline, 40, 38, 44)
    volume.after_run(quiet_run(pipeline), now=MONDAY)
    world.vendor("V1", "Initech")
    world.run(pipeline, trigger="schedule")
    assert WorkItem.objects.get().state == "void"


# -------------------------------------------------------------------------------------------------- full runs
def brought_over(world: World, vendors: int) -> list[str]:
    ids = [world.vendor(f"V{n}", f"Vendor {n}") for n in range(vendors)]
    world.run(world.pipeline(), "full")
    return ids


def test_a_full_run_that_brings_half_of_the_last_decides_nothing_and_asks(world: World) -> None:
    ids = brought_over(world, 12)
    for vendor in ids[:7]:
        world.erp.remove("vendor", vendor)
    world.erp.put("vendor", {"name": "Changed"}, company="1", external_id=ids[-1])
    run = world.run(world.pipelines["vendors"], "full")
    assert run.state == "stopped"
    assert run.sentence.startswith("This run brought 5 records where the last full one brought 12.")
    assert "Changed" not in [v["name"] for v in world.ap_vendors()]
    assert WorkItem.objects.get().code == "far_fewer"


def test_a_person_lets_the_smaller_run_go_on(world: World, actor_with: Person) -> None:
    ids = brought_over(world, 12)
    for vendor in ids[:7]:
        world.erp.remove("vendor", vendor)
    world.erp.put("vendor", {"name": "Changed"}, company="1", external_id=ids[-1])
    run = world.run(world.pipelines["vendors"], "full")
    let_run_go_on(actor=actor_with("approver"), item_id=WorkItem.objects.get().pk)
    world.work()
    run.refresh_from_db()
    assert (run.state, run.balanced) == ("succeeded", True)
    assert "Changed" in [v["name"] for v in world.ap_vendors()]


def test_a_full_run_that_brings_about_as_much_is_read_whole_and_then_decided(world: World) -> None:
    ids = brought_over(world, 12)
    for vendor in ids:
        world.erp.put("vendor", {"email": "new@example.test"}, company="1", external_id=vendor)
    run = world.run(world.pipelines["vendors"], "full")
    assert (run.state, run.counts["updated"]["count"]) == ("succeeded", 12)


def test_a_full_run_is_compared_with_the_last_one_only(world: World) -> None:
    """The smaller run was right: the next one of that size is believed without asking."""
    ids = brought_over(world, 12)
    for vendor in ids[:7]:
        world.erp.remove("vendor", vendor)
    world.run(world.pipelines["vendors"], "full")
    item = WorkItem.objects.get()
    item.state = "released"
    item.save()
    Run.objects.filter(state="stopped").update(state="working")
    world.run(world.pipelines["vendors"], "full")
    assert Run.objects.filter(kind="full", state="succeeded").count() == 3
