"""No gap at any cursor: whatever becomes visible late or bears the same time as another, it arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_world import World

from sync.pipelines.models import Cursor
from sync.runs import sweeps
from sync.runs.work import read

Step = tuple[str, int, int]  # what, which vendor, seconds by which its time lies before the newest one's
STEPS = st.lists(
    st.tuples(st.sampled_from(["new", "change", "run"]), st.integers(0, 9), st.sampled_from([0, 0, 1, 90])),
    min_size=3,
    max_size=14,
)


def play(world: World, steps: list[Step]) -> None:
    """Rows become visible in this order, with times of their own; between them the pipeline reads what changed."""
    ids: list[str] = []
    for n, (what, which, late) in enumerate(steps):
        if what == "run":
            world.run(world.pipelines["vendors"])
            continue
        if what == "new" or not ids:
            ids.append(world.vendor(f"V{n}", f"Vendor {n}"))
            changed = ids[-1]
        else:
            changed = ids[which % len(ids)]
            world.erp.put("vendor", {"name": f"Changed {n}"}, company="1", external_id=changed)
        world.erp.table("vendor")[changed].modified_at -= timedelta(seconds=late)


def names(world: World) -> tuple[list[str], list[str]]:
    ours = sorted(row.body["name"] for row in world.erp.rows("vendor", "1"))
    return ours, sorted(v["name"] for v in world.ap_vendors())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, page=st.integers(1, 3), tick=st.sampled_from([0, 1]))
def test_after_one_sweep_nothing_is_missing(world: World, steps: list[Step], page: int, tick: int) -> None:
    for system in (world.erp, world.ap):
        system.table("vendor").clear()
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(read, "PAGE_SIZE", page)
        world.erp.tick = timedelta(seconds=tick)
        pipeline = world.pipeline()
        play(world, steps)
        world.run(pipeline)
        sweeps.request_sweep(pipeline=pipeline)
        world.work()
        ours, theirs = names(world)
        assert theirs == ours
        transaction.set_rollback(True)


@pytest.mark.parametrize("page", [1, 2, 3, 6, 7])
def test_a_page_may_end_between_records_of_the_same_moment(
    world: World, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(read, "PAGE_SIZE", page)
    world.erp.tick = timedelta(0)
    for n in range(7):
        world.vendor(f"V{n}", f"Vendor {n}")
    run = world.run(world.pipeline())
    ours, theirs = names(world)
    assert theirs == ours
    assert run.counts["created"]["count"] == 7


def test_a_change_that_shows_late_is_what_the_sweep_is_for(world: World) -> None:
    world.pipeline()
    play(world, [("new", 0, 0), ("run", 0, 0)])
    play(world, [("new", 0, 90), ("run", 0, 0)])
    assert len(world.ap_vendors()) == 1


def test_a_cursor_holds_only_what_the_source_returned(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    world.run(world.pipeline())
    row = world.erp.table("vendor")[vendor]
    assert Cursor.objects.get().value == {"modified": row.modified_at.isoformat(), "id": vendor}
