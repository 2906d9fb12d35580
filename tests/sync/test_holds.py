"""What is held, what travels all the same, and who may let it pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from sync_world import World

from governance.services import decide
from sync.desk import held
from sync.runs.models import Release, WorkItem

OLD, NEW = {"iban": "DE89370400440532013000"}, {"iban": "DE02120300000000202051"}
VENDOR_POLICIES = ["duplicate_vendor", "bank_change"]
Person = Callable[..., Any]


def bank_change(world: World) -> tuple[str, WorkItem]:
    """A vendor in step whose bank account then changes together with its name."""
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline(policies=VENDOR_POLICIES)
    world.run(pipeline)
    world.erp.put("vendor", {"banks": [NEW], "name": "Initech Ltd"}, company="1", external_id=vendor)
    world.run(pipeline)
    return vendor, WorkItem.objects.get(code="bank_change", state="open")


def release(world: World, item: WorkItem, actor_with: Person, decider: Any) -> None:
    change = held.ask_release(actor=actor_with("clerk"), item_id=item.pk, comment="called the number on file")
    decide(actor=decider, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()


def test_a_changed_bank_account_waits_and_the_rest_of_the_vendor_travels(world: World) -> None:
    _, item = bank_change(world)
    (vendor,) = world.ap_vendors()
    assert (vendor["name"], vendor["banks"]) == ("Initech Ltd", [OLD])
    assert item.fields == ["financial_accounts"]


def test_open_items_of_the_vendor_are_blocked_at_the_payer(world: World) -> None:
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    bill = {"vendor": vendor, "number": "B-1", "currency": "USD", "amount": "100.00", "lines": []}
    world.erp.put("invoice", bill, company="1")
    pipeline = world.pipeline(policies=VENDOR_POLICIES)
    world.run(pipeline)
    world.erp.put("vendor", {"banks": [NEW]}, company="1", external_id=vendor)
    world.run(pipeline)
    (row,) = world.erp.rows("invoice", "1")
    assert row.body["blocked"]
    item = WorkItem.objects.get(code="bank_change")
    assert item.detail["blocked_at_payer"][0]["amount"] == "100.00"


def test_the_customers_controller_lets_the_new_account_pass(world: World, actor_with: Person) -> None:
    _, item = bank_change(world)
    release(world, item, actor_with, actor_with("customer_controller", customer_id=world.customer.pk))
    (vendor,) = world.ap_vendors()
    assert vendor["banks"] == [NEW]
    assert Release.objects.get().code == "bank_change"
    assert not WorkItem.objects.filter(state="open").exists()


def test_a_partners_staff_cannot_let_a_customers_bank_change_pass(world: World, actor_with: Person) -> None:
    _, item = bank_change(world)
    with pytest.raises(PermissionDenied):
        release(world, item, actor_with, actor_with("owner"))
    assert world.ap_vendors()[0]["banks"] == [OLD]


def test_a_release_does_not_cover_what_changed_after_it_was_shown(world: World, actor_with: Person) -> None:
    vendor, item = bank_change(world)
    change = held.ask_release(actor=actor_with("clerk"), item_id=item.pk)
    third = {"iban": "FR5430006000011234567890100"}
    world.erp.put("vendor", {"banks": [third]}, company="1", external_id=vendor)
    world.run(world.pipelines["vendors"])
    controller = actor_with("customer_controller", customer_id=world.customer.pk)
    decision = decide(actor=controller, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()
    assert decision.outcome == "void"
    assert world.ap_vendors()[0]["banks"] == [OLD]
    assert WorkItem.objects.get(code="bank_change", state="open").digest != item.digest


def test_a_change_taken_back_at_its_source_closes_the_item(world: World) -> None:
    vendor, _ = bank_change(world)
    world.erp.put("vendor", {"banks": [OLD]}, company="1", external_id=vendor)
    world.run(world.pipelines["vendors"])
    assert not WorkItem.objects.filter(state="open").exists()


def test_a_second_vendor_with_the_same_bank_and_name_is_not_created(world: World) -> None:
    world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline(policies=VENDOR_POLICIES)
    world.run(pipeline)
    world.vendor("V2", "INITECH.", banks=[OLD])
    run = world.run(pipeline)
    assert len(world.ap_vendors()) == 1
    assert run.counts["held"]["count"] == 1
    assert "Initech" in WorkItem.objects.get(code="duplicate_vendor").sentence


def test_of_two_twins_on_one_page_only_the_first_is_created(world: World) -> None:
    world.vendor("V1", "Initech", banks=[OLD])
    world.vendor("V2", "Initech", banks=[OLD])
    world.run(world.pipeline(policies=VENDOR_POLICIES))
    assert [v["code"] for v in world.ap_vendors()] == ["V1"]
