"""Vendors from the ERP to the AP service, end to end on systems in memory."""

from __future__ import annotations

from sync_world import World

from connectors.testing.twin_system import Fault
from sync.desk import matching
from sync.links.models import Landing, Link
from sync.pipelines.models import MatchProposal
from sync.pipelines.services import move
from sync.runs.models import Receipt, RunEntry, WorkItem
from tenancy.accounts.actors import SYSTEM


def test_a_vendor_of_the_erp_appears_in_ap(world: World) -> None:
    world.vendor("V1", "Initech")
    run = world.run(world.pipeline())
    assert run.state == "succeeded", run.sentence
    assert [v["name"] for v in world.ap_vendors()] == ["Initech"]
    assert run.counts["created"]["count"] == 1


def test_a_second_run_writes_nothing(world: World) -> None:
    world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    written = len(world.ap.log)
    run = world.run(pipeline, "full")
    assert run.counts == {"unchanged": {"count": 1, "money": {}, "unmeasured": 0}}
    assert len(world.ap.log) == written
    assert RunEntry.objects.count() == 1


def test_a_change_travels_and_only_the_change_is_noted(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    world.erp.put("vendor", {"name": "Initech Ltd"}, company="1", external_id=vendor)
    run = world.run(pipeline)
    assert [v["name"] for v in world.ap_vendors()] == ["Initech Ltd"]
    entry = RunEntry.objects.get(run=run)
    assert [change["path"] for change in entry.changes] == ["legal_name"]
    assert (entry.outcome, run.counts["updated"]["count"]) == ("updated", 1)


def test_a_vendor_that_cannot_be_mapped_is_held_and_stops_nobody(world: World) -> None:
    world.vendor("V1", "")
    world.erp.put("vendor", {"code": "V2"}, company="1")
    world.vendor("V3", "Third")
    run = world.run(world.pipeline())
    assert run.state == "succeeded", run.sentence
    assert "Third" in [v["name"] for v in world.ap_vendors()]
    assert WorkItem.objects.filter(state="open", code="mapping_fault").exists()


def test_a_dry_run_shows_and_writes_nothing(world: World) -> None:
    world.vendor("V1", "Initech")
    pipeline = world.pipeline(live=False)
    run = world.run(pipeline, "full", dry=True)
    assert run.state == "succeeded", run.sentence
    assert world.ap_vendors() == []
    entry = RunEntry.objects.get(run=run)
    assert {c["path"]: c["after"] for c in entry.changes}["legal_name"] == "Initech"
    assert not Link.objects.exists()


def test_after_a_dry_run_the_real_one_still_writes(world: World) -> None:
    world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline, "full", dry=True)
    world.run(pipeline, "full")
    assert len(world.ap_vendors()) == 1


def test_an_answer_that_was_lost_is_looked_for_before_anything_is_sent_again(world: World) -> None:
    world.vendor("V1", "Initech")
    world.ap.faults.append(Fault("drop_after", "perform"))
    run = world.run(world.pipeline())
    assert run.state == "succeeded", run.sentence
    assert len(world.ap_vendors()) == 1
    assert Receipt.objects.get().how == "search"


def test_a_request_that_never_arrived_is_sent_again_once(world: World) -> None:
    world.vendor("V1", "Initech")
    world.ap.faults.append(Fault("drop_before", "perform"))
    world.run(world.pipeline())
    assert len(world.ap_vendors()) == 1


def test_a_refused_vendor_is_shown_to_a_person_with_the_reason(world: World) -> None:
    world.vendor("V1", "Initech")
    world.vendor("V2", "Second")
    world.ap.faults.append(Fault("rejected", "perform"))
    run = world.run(world.pipeline())
    assert run.state == "succeeded", run.sentence
    assert len(world.ap_vendors()) == 1
    assert WorkItem.objects.get(code="refused").sentence


def test_every_run_says_where_its_records_are(world: World) -> None:
    for n in range(7):
        world.vendor(f"V{n}", f"Vendor {n}")
    world.ap.faults.append(Fault("rejected", "perform", times=2))
    run = world.run(world.pipeline())
    assert sum(cell["count"] for cell in run.counts.values()) == 7
    assert run.balanced is True
    assert Landing.objects.count() == 7


def test_both_sides_changed_is_a_conflict_that_writes_nothing(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    world.erp.put("vendor", {"name": "Initech Ltd"}, company="1", external_id=vendor)
    theirs = world.ap.rows("vendor", "1")[0].id
    world.ap.put("vendor", {"name": "INITECH"}, company="1", external_id=theirs)
    run = world.run(pipeline)
    assert run.counts["conflict"]["count"] == 1
    assert [v["name"] for v in world.ap_vendors()] == ["INITECH"]


def test_a_pair_that_was_matched_is_updated_and_never_created(world: World) -> None:
    theirs = world.ap.put("vendor", {"code": "", "name": "INITECH inc", "banks": []}, company="1").id
    ours = world.vendor("V1", "Initech Inc.")
    pipeline = world.pipeline(live=False)
    counted = matching.match(actor=SYSTEM, pipeline=pipeline)
    proposal = MatchProposal.objects.get(pipeline=pipeline, source_id=ours)
    assert (proposal.target_id, counted) == (theirs, {"likely": 1})
    matching.judge(actor=SYSTEM, proposal_id=proposal.pk, verdict="linked")
    move(actor=SYSTEM, pipeline=pipeline, to="live")
    run = world.run(pipeline, "full")
    assert run.state == "succeeded", run.sentence
    assert [v["name"] for v in world.ap_vendors()] == ["Initech Inc."]


def test_a_vendor_that_a_person_left_out_is_never_written(world: World) -> None:
    world.vendor("V1", "Initech Inc.")
    pipeline = world.pipeline(live=False)
    matching.match(actor=SYSTEM, pipeline=pipeline)
    matching.judge(actor=SYSTEM, proposal_id=MatchProposal.objects.get().pk, verdict="excluded")
    move(actor=SYSTEM, pipeline=pipeline, to="live")
    run = world.run(pipeline, "full")
    assert (world.ap_vendors(), run.counts["skipped"]["count"]) == ([], 1)
