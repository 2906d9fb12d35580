"""Mishaps that would have cost money: each was met once and must not come back."""

from __future__ import annotations

from typing import Any

import pytest
from sync_world import World

from connectors.testing.twin import TwinAp
from connectors.testing.twin_system import Fault
from governance.services import decide
from sync.desk import held, live, matching
from sync.links.models import Link
from sync.pipelines.models import MatchProposal
from sync.pipelines.services import move, pause
from sync.runs.models import RunEntry, WorkItem
from sync.runs.services import resume
from sync.runs.work import read as reading
from tenancy.accounts.actors import SYSTEM

OLD, NEW = {"iban": "DE89370400440532013000"}, {"iban": "DE02120300000000202051"}
POLICIES = ["duplicate_vendor", "bank_change"]


def bill(world: World, vendor: str, number: str) -> str:
    """An open invoice of the vendor in the ERP."""
    body = {"vendor": vendor, "number": number, "currency": "USD", "amount": "100.00", "lines": []}
    return world.erp.put("invoice", body, company="1").id


def blocked(world: World) -> set[str]:
    return {row.body["number"] for row in world.erp.rows("invoice", "1") if row.body.get("blocked")}


def matched(world: World, banks: list[dict[str, str]]) -> str:
    """A vendor both sides knew before, linked by a person; the AP service pays to `banks`."""
    there = {"code": "V1", "name": "Initech", "email": "V1@example.test", "active": True, "banks": banks}
    world.ap.put("vendor", there, company="1")
    ours = world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline(live=False, policies=POLICIES)
    matching.match(actor=SYSTEM, pipeline=pipeline)
    proposal = MatchProposal.objects.get(pipeline=pipeline, source_id=ours)
    matching.judge(actor=SYSTEM, proposal_id=proposal.pk, verdict="linked")
    move(actor=SYSTEM, pipeline=pipeline, to="live")
    world.run(pipeline, "full")
    return ours


def test_the_first_bank_change_of_a_matched_vendor_is_held_too(world: World) -> None:
    vendor = matched(world, [OLD])
    world.erp.put("vendor", {"banks": [NEW]}, company="1", external_id=vendor)
    world.run(world.pipelines["vendors"])
    assert world.ap_vendors()[0]["banks"] == [OLD]
    assert WorkItem.objects.filter(code="bank_change", state="open").exists()


def test_a_matched_vendor_that_is_paid_elsewhere_in_ap_is_shown_before_it_is_overwritten(world: World) -> None:
    matched(world, [NEW])
    assert world.ap_vendors()[0]["banks"] == [NEW]
    assert WorkItem.objects.filter(code="bank_change", state="open").exists()


def test_a_bank_change_is_held_even_where_the_vendor_is_in_conflict(world: World) -> None:
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    bill(world, vendor, "B-1")
    pipeline = world.pipeline(policies=POLICIES)
    world.run(pipeline)
    there = world.ap.rows("vendor", "1")[0].id
    world.ap.put("vendor", {"name": "INITECH"}, company="1", external_id=there)
    world.erp.put("vendor", {"name": "Initech Ltd", "banks": [NEW]}, company="1", external_id=vendor)
    world.run(pipeline)
    assert set(WorkItem.objects.filter(state="open").values_list("code", flat=True)) == {"conflict", "bank_change"}
    assert blocked(world) == {"B-1"}


def test_a_bank_change_that_is_taken_back_lifts_the_block_at_the_payer(world: World) -> None:
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    bill(world, vendor, "B-1")
    pipeline = world.pipeline(policies=POLICIES)
    world.run(pipeline)
    world.erp.put("vendor", {"banks": [NEW]}, company="1", external_id=vendor)
    world.run(pipeline)
    assert blocked(world) == {"B-1"}
    world.erp.put("vendor", {"banks": [OLD]}, company="1", external_id=vendor)
    world.run(pipeline)
    assert blocked(world) == set()


def test_a_release_given_during_a_pause_is_carried_out_afterwards(world: World, actor_with: Any) -> None:
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline(policies=POLICIES)
    world.run(pipeline)
    world.erp.put("vendor", {"banks": [NEW]}, company="1", external_id=vendor)
    world.run(pipeline)
    pause(actor=SYSTEM, pipeline=pipeline, because="month end")
    change = held.ask_release(actor=actor_with("clerk"), item_id=WorkItem.objects.get(state="open").pk)
    controller = actor_with("customer_controller", customer_id=world.customer.pk)
    decide(actor=controller, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()
    pipeline.refresh_from_db()
    live.go_on(actor=SYSTEM, pipeline=pipeline)
    world.work()
    assert world.ap_vendors()[0]["banks"] == [NEW]


def test_a_write_of_unknown_outcome_is_looked_for_before_a_later_version_is_created(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    lost = [
        Fault("drop_after", "perform"),
        Fault("drop_before", "perform", times=5),
        Fault("hidden", "search", times=50),
    ]
    world.ap.faults += lost
    world.run(pipeline)
    world.ap.faults.clear()
    world.erp.put("vendor", {"email": "new@example.test"}, company="1", external_id=vendor)
    world.run(pipeline)
    assert len(world.ap_vendors()) == 1


def test_a_twin_of_a_record_in_the_air_is_not_created(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_SIZE", 1)
    monkeypatch.setattr(TwinAp, "settle_seconds", 1.0)
    world.vendor("V1", "Initech", banks=[OLD])
    world.vendor("V2", "Initech", banks=[OLD])
    world.ap.faults.append(Fault("drop_after", "perform"))
    world.run(world.pipeline(policies=POLICIES))
    assert [v["code"] for v in world.ap_vendors()] == ["V1"]


def test_what_was_planned_before_a_stop_is_decided_anew(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.ap.faults.append(Fault("credentials", "perform"))
    run = world.run(pipeline)
    assert run.state == "stopped"
    world.erp.put("vendor", {"active": False}, company="1", external_id=vendor)
    resume(actor=SYSTEM, run_id=run.pk)
    world.work()
    assert world.ap_vendors() == []


def test_a_mapping_fault_is_told_even_of_a_record_that_was_closed_before(world: World) -> None:
    vendor = world.vendor("V1", "Initech", active=False)
    pipeline = world.pipeline()
    world.run(pipeline)
    world.erp.put("vendor", {"active": True, "name": None}, company="1", external_id=vendor)
    world.run(pipeline)
    assert WorkItem.objects.filter(state="open").exists()


def test_one_odd_character_stops_its_record_only(world: World) -> None:
    world.vendor("V1", "Ini\u0000tech")
    world.vendor("V2", "Second")
    run = world.run(world.pipeline())
    assert run.state == "succeeded", run.sentence
    assert [v["name"] for v in world.ap_vendors()] == ["Second"]
    assert RunEntry.objects.get(run=run, outcome="held").reason == "record_fault"


def test_pauses_that_the_other_system_asks_for_never_need_a_person(world: World) -> None:
    for n in range(3):
        world.vendor(f"V{n}", f"Vendor {n}")
    world.ap.faults.append(Fault("rate_limited", "perform", times=9, seconds=0.05))
    run = world.run(world.pipeline())
    assert (run.state, len(world.ap_vendors())) == ("succeeded", 3)


def test_what_the_write_puts_back_on_the_other_side_is_shown_as_a_change(world: World) -> None:
    vendor = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    there = world.ap.rows("vendor", "1")[0].id
    world.ap.put("vendor", {"email": "clerk@ap.example"}, company="1", external_id=there)
    world.erp.put("vendor", {"name": "Initech Ltd"}, company="1", external_id=vendor)
    run = world.run(pipeline)
    assert {c["path"] for c in RunEntry.objects.get(run=run).changes} == {"legal_name", "email"}
    assert Link.objects.get().target_base["email"] == "V1@example.test"
