"""A live pipeline's rules change only when a second person was shown what the change does to real records."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from sync_world import VENDORS, World

from governance.models import AuditEntry, ChangeRequest
from governance.services import decide
from mappings import services as mappings
from mappings.models import MappingVersion
from sync.desk.change import change_pipeline
from sync.desk.live import go_on
from sync.links.models import Body
from sync.pipelines.models import Pipeline
from sync.pipelines.services import PipelineRefused, pause
from sync.runs.models import Run, WorkItem
from tenancy.accounts.actors import SYSTEM
from tenancy.customers.models import Customer, Entity

Person = Callable[..., Any]


def in_step(world: World, vendors: int = 3, **more: Any) -> Pipeline:
    for n in range(vendors):
        world.vendor(f"V{n}", f"Vendor {n}")
    pipeline = world.pipeline(**more)
    world.run(pipeline)
    return pipeline


def version(world: World, change: Callable[[dict[str, Any]], None]) -> MappingVersion:
    """The twins' mapping, changed and published."""
    spec = deepcopy(VENDORS)
    change(spec["objects"]["vendor"])
    draft = mappings.create_draft(actor=SYSTEM, mapping=world.mapping.mapping)
    mappings.save_draft(actor=SYSTEM, version_id=draft.pk, spec=spec)
    return mappings.publish(actor=SYSTEM, version_id=draft.pk)


def loud_names(spec: dict[str, Any]) -> None:
    spec["in"]["fields"][1] = {"to": "legal_name", "expr": "upper(name)", "missing": "hold"}


def approved(change: ChangeRequest, actor: Any) -> str:
    return decide(actor=actor, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest).outcome


def ap_names(world: World) -> list[str]:
    return sorted(v["name"] for v in world.ap_vendors())


# ------------------------------------------------------------------------------------------------ before it is live
def test_before_it_is_live_a_pipeline_changes_at_once(world: World, actor_with: Person) -> None:
    pipeline = world.pipeline(live=False)
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, interval_seconds=60, reason="faster")
    pipeline.refresh_from_db()
    assert (asked, pipeline.interval_seconds) == (None, 60)
    assert AuditEntry.objects.get(action="pipeline.changed").data["changes"] == {"interval_seconds": "300 → 60"}
    assert pipeline.history.first().interval_seconds == 60


def test_a_live_one_stays_as_it_is_until_somebody_else_agrees(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    engineer = actor_with("engineer")
    asked = change_pipeline(actor=engineer, pipeline=pipeline, interval_seconds=60)
    assert asked is not None
    pipeline.refresh_from_db()
    assert pipeline.interval_seconds == 300
    with pytest.raises(PermissionDenied):
        approved(asked, engineer)
    assert approved(asked, actor_with("approver")) == "applied"
    pipeline.refresh_from_db()
    assert pipeline.interval_seconds == 60


def test_whoever_asked_cannot_agree_though_their_role_may_decide(world: World, actor_with: Person) -> None:
    owner = actor_with("owner")
    asked = change_pipeline(actor=owner, pipeline=in_step(world), interval_seconds=60)
    assert asked is not None
    with pytest.raises(PermissionDenied):
        approved(asked, owner)


def test_a_clerk_does_not_touch_the_rules(world: World, actor_with: Person) -> None:
    with pytest.raises(PermissionDenied):
        change_pipeline(actor=actor_with("clerk"), pipeline=world.pipeline(live=False), interval_seconds=60)


# -------------------------------------------------------------------------------------------------- what is shown
def test_the_decider_sees_what_would_be_written_otherwise(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    asked = change_pipeline(
        actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk
    )
    assert asked is not None
    assert asked.shown["changes"] == {"mapping_in": "Twins v1 → Twins v2"}
    assert (asked.shown["looked_at"], asked.shown["written_otherwise"]) == (3, 3)
    assert asked.shown["examples"]["1"] == "Vendor 2: Legal name: Vendor 2 → VENDOR 2"


def test_looking_ahead_writes_nothing_anywhere(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    log, runs = len(world.ap.log), Run.objects.count()
    change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk)
    assert (len(world.ap.log), Run.objects.count()) == (log, runs)
    assert ap_names(world) == ["Vendor 0", "Vendor 1", "Vendor 2"]


def test_a_mapping_that_says_the_same_shows_that_nothing_changes(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    same = version(world, lambda spec: spec["in"]["fields"][1].update(expr="trim(name)"))
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=same.pk)
    assert asked is not None
    assert asked.shown["written_otherwise"] == 0
    assert "examples" not in asked.shown


def test_another_outbound_mapping_is_shown_in_the_other_systems_words(world: World, actor_with: Person) -> None:
    pipeline = in_step(world, 1)
    other = version(world, lambda spec: spec["out"]["fields"][0].update(expr="lower(vendor_number)"))
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, mapping_out_id=other.pk)
    assert asked is not None
    assert asked.shown["examples"]["1"] == "Vendor 0: code: V0 → v0"


def test_bank_details_are_masked_in_what_is_shown(world: World, actor_with: Person) -> None:
    world.vendor("V1", "Initech", banks=[{"iban": "DE89370400440532013000"}])
    pipeline = world.pipeline()
    world.run(pipeline)
    other = version(world, lambda spec: spec["in"]["fields"].pop())
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=other.pk)
    assert asked is not None
    assert asked.shown["examples"] == {"1": "Initech: banks: 1 entry → ∅"}


def test_a_mapping_that_fails_on_real_records_is_shown_as_such(world: World, actor_with: Person) -> None:
    pipeline = in_step(world, 2)
    strict = version(
        world, lambda spec: spec["in"]["fields"].append({"to": "website", "expr": "site", "missing": "hold"})
    )
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=strict.pk)
    assert asked is not None
    assert asked.shown["examples"]["1"] == "Vendor 1: cannot be mapped"


def test_records_whose_body_has_gone_are_counted_apart(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    Body.objects.all().delete()
    asked = change_pipeline(
        actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk
    )
    assert asked is not None
    assert (asked.shown["written_otherwise"], asked.shown["cannot_be_said_without_reading_again"]) == (0, 3)


def test_at_most_twenty_examples_are_shown(world: World, actor_with: Person) -> None:
    pipeline = in_step(world, 25)
    asked = change_pipeline(
        actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk
    )
    assert asked is not None
    assert (asked.shown["written_otherwise"], len(asked.shown["examples"])) == (25, 20)


def test_a_new_policy_is_tried_on_the_records_that_are_there(world: World, actor_with: Person) -> None:
    bank = {"iban": "DE89370400440532013000"}
    world.vendor("V1", "Initech", banks=[bank])
    pipeline = world.pipeline()
    world.run(pipeline)
    world.ap.faults.clear()
    world.vendor("V2", "Initech", banks=[bank], active=False)  # landed, not written: it would be held
    world.run(pipeline)
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, policies=["duplicate_vendor"])
    assert asked is not None
    assert asked.shown["held_anew"] == {"duplicate_vendor": 1}


def test_a_policy_that_goes_lets_its_items_go(world: World, actor_with: Person) -> None:
    bank = {"iban": "DE89370400440532013000"}
    world.vendor("V1", "Initech", banks=[bank])
    world.vendor("V2", "INITECH", banks=[bank])
    pipeline = world.pipeline(policies=["duplicate_vendor"])
    world.run(pipeline)
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, policies=[])
    assert asked is not None
    assert asked.shown["held_items_no_longer_asked_for"] == 1
    approved(asked, actor_with("approver"))
    world.work()
    assert len(world.ap_vendors()) == 2
    assert not WorkItem.objects.filter(state="open").exists()


# ---------------------------------------------------------------------------------------------------- what it does
def test_once_agreed_every_record_is_decided_anew(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    asked = change_pipeline(
        actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk
    )
    assert asked is not None
    approved(asked, actor_with("approver"))
    world.work()
    assert ap_names(world) == ["VENDOR 0", "VENDOR 1", "VENDOR 2"]
    assert Run.objects.get(kind="full").counts["updated"]["count"] == 3


def test_a_paused_pipeline_decides_anew_when_it_goes_on(world: World, actor_with: Person) -> None:
    pipeline = in_step(world, 1)
    pause(actor=SYSTEM, pipeline=pipeline, because="change of rules")
    asked = change_pipeline(
        actor=actor_with("engineer"), pipeline=pipeline, mapping_in_id=version(world, loud_names).pk
    )
    assert asked is not None
    approved(asked, actor_with("approver"))
    world.work()
    assert ap_names(world) == ["Vendor 0"]
    go_on(actor=SYSTEM, pipeline=Pipeline.objects.get())
    world.work()
    assert ap_names(world) == ["VENDOR 0"]


def test_a_change_of_something_else_meanwhile_makes_the_request_void(world: World, actor_with: Person) -> None:
    pipeline = in_step(world)
    first = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, interval_seconds=60)
    assert first is not None
    saved = Pipeline.objects.get(pk=pipeline.pk)
    saved.cutover_on = date(2026, 1, 1)
    saved.save()
    assert approved(first, actor_with("approver")) == "void"
    saved.refresh_from_db()
    assert saved.interval_seconds == 300


def test_another_entity_is_covered_from_then_on(world: World, actor_with: Person) -> None:
    pipeline = in_step(world, 1)
    second = Entity.objects.create(customer=world.customer, code="uk", name="Finch UK", functional_currency="GBP")
    entities = [(world.entity.pk, "1", "1"), (second.pk, "2", "2")]
    asked = change_pipeline(actor=actor_with("engineer"), pipeline=pipeline, entities=entities)
    assert asked is not None
    assert asked.shown["changes"]["entities"] == "us (1 → 1) → us (1 → 1), uk (2 → 2)"
    approved(asked, actor_with("approver"))
    assert {covered.source_company for covered in pipeline.entities.all()} == {"1", "2"}


# -------------------------------------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"interval_seconds": 300}, "like that already"),
        ({"interval_seconds": 5}, "every 30 seconds"),
        ({"policies": ["duplicate_invoice"]}, "no policy called 'duplicate_invoice' for vendor master"),
        ({"entities": []}, "at least one entity"),
        ({"mapping_in_id": UUID(int=7)}, "published"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(world: World, wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(PipelineRefused, match=says):
        change_pipeline(actor=SYSTEM, pipeline=world.pipeline(), **wanted)


def test_another_customers_entity_is_not_covered(world: World) -> None:
    other = Customer.objects.create(code="birch", name="Birch")
    theirs = Entity.objects.create(customer=other, code="de", name="Birch GmbH", functional_currency="EUR")
    with pytest.raises(PipelineRefused, match="own customer"):
        change_pipeline(actor=SYSTEM, pipeline=world.pipeline(), entities=[(theirs.pk, "1", "1")])


def test_a_draft_of_a_mapping_cannot_be_pinned(world: World) -> None:
    draft = mappings.create_draft(actor=SYSTEM, mapping=world.mapping.mapping)
    with pytest.raises(PipelineRefused, match="publish it first"):
        change_pipeline(actor=SYSTEM, pipeline=world.pipeline(), mapping_in_id=draft.pk)
