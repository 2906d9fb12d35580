"""Links are ended, made by hand and merged by people, with a reason, and nothing is written twice by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from sync_world import World

from connectors.testing.twin_system import Fault
from governance.models import AuditEntry
from sync.desk import pairs
from sync.desk.ties import LinkRefused
from sync.links.models import Link, RecordState
from sync.links.selectors import counterparts
from sync.runs.models import Intent, WorkItem
from tenancy.accounts.actors import SYSTEM

Person = Callable[..., Any]
BANK = {"iban": "DE89370400440532013000"}
WHY = "not the same company"


def linked(world: World, **more: Any) -> Link:
    """A vendor in step."""
    world.vendor("V1", "Initech", banks=[BANK])
    world.run(world.pipeline(**more))
    return Link.objects.get()


def there(world: World, name: str, code: str = "") -> str:
    """A vendor that AP's own people keyed; its id."""
    return world.ap.put("vendor", {"code": code, "name": name, "banks": [BANK]}, company="1").id


def names(world: World) -> list[str]:
    return sorted(v["name"] for v in world.ap_vendors())


# -------------------------------------------------------------------------------------------------------- unlink
def test_an_unlinked_vendor_is_created_anew_under_another_reference(world: World) -> None:
    link = linked(world)
    pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    world.work()
    assert names(world) == ["Initech", "Initech"]
    assert len({row.reference for row in world.ap.rows("vendor", "1")}) == 2
    assert RecordState.objects.get().generation == 2
    assert Link.objects.get(active=True).target_external_id != link.target_external_id


def test_the_old_counterpart_is_held_against_it_as_a_twin(world: World) -> None:
    link = linked(world, policies=["duplicate_vendor"])
    pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    world.work()
    assert names(world) == ["Initech"]
    assert WorkItem.objects.get(state="open").code == "duplicate_vendor"


def test_a_link_that_ended_says_why_and_who(world: World, actor_with: Person) -> None:
    link = linked(world)
    clerk = actor_with("clerk")
    pairs.unlink(actor=clerk, link_id=link.pk, because=WHY)
    link.refresh_from_db()
    assert (link.active, link.ended_because) == (False, WHY)
    entry = AuditEntry.objects.get(action="link.ended")
    assert (entry.actor_id, entry.data["because"]) == (clerk.id, WHY)


def test_a_link_ends_once(world: World) -> None:
    link = linked(world)
    pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    with pytest.raises(LinkRefused, match="ended already"):
        pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)


def test_a_viewer_parts_nothing_and_nobody_does_without_a_reason(world: World, actor_with: Person) -> None:
    link = linked(world)
    with pytest.raises(PermissionDenied):
        pairs.unlink(actor=actor_with("customer_viewer"), link_id=link.pk, because=WHY)
    with pytest.raises(LinkRefused, match="Say why"):
        pairs.unlink(actor=SYSTEM, link_id=link.pk, because="")


def test_a_record_that_is_being_written_is_not_unlinked(world: World) -> None:
    link = linked(world)
    world.erp.put("vendor", {"name": "Initech Ltd"}, company="1", external_id=link.source_external_id)
    world.ap.faults.append(Fault("credentials", "perform"))
    world.run(world.pipelines["vendors"])
    with pytest.raises(LinkRefused, match="being written"):
        pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    link.refresh_from_db()
    assert link.active


def test_parts_go_with_their_record_and_not_alone(world: World) -> None:
    link = linked(world)
    part = Link.objects.create(
        object="order_line", source_id=link.source_id, source_external_id="L1", target_id=link.target_id,
        target_external_id="T1", origin="created", correlation_id=link.correlation_id,
    )  # fmt: skip
    with pytest.raises(LinkRefused, match="part of a record"):
        pairs.unlink(actor=SYSTEM, link_id=part.pk, because=WHY)
    pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    part.refresh_from_db()
    assert not part.active


def test_a_document_that_still_stands_is_not_unlinked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked(world)
    monkeypatch.setattr(pairs, "DIVISIBLE", frozenset())  # as if a vendor were a document
    with pytest.raises(LinkRefused, match="paid twice"):
        pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)
    world.ap.put("vendor", {"active": False}, company="1", external_id=link.target_external_id)
    pairs.unlink(actor=SYSTEM, link_id=link.pk, because=WHY)


# ----------------------------------------------------------------------------------------------- by hand, and anew
def test_two_records_are_linked_by_hand_and_the_owner_says_what_they_hold(world: World) -> None:
    theirs = there(world, "INITECH inc")
    ours = world.vendor("V1", "Initech", banks=[BANK])
    pipeline = world.pipeline()
    pairs.join(
        actor=SYSTEM, pipeline=pipeline, obj="vendor", company="", source_id=ours, target_id=theirs, because="known"
    )
    world.run(pipeline, "full")
    assert names(world) == ["Initech"]
    assert Link.objects.get().get_origin_display() == "Linked by hand"


def test_a_held_twin_is_settled_by_linking_it(world: World) -> None:
    link = linked(world, policies=["duplicate_vendor"])
    other = world.vendor("V2", "Initech", banks=[BANK])
    world.run(world.pipelines["vendors"])
    theirs = there(world, "Initech Two")
    pairs.join(
        actor=SYSTEM, pipeline=world.pipelines["vendors"], obj="vendor", company="", source_id=other,
        target_id=theirs, because="a branch of its own",
    )  # fmt: skip
    world.work()
    assert not WorkItem.objects.filter(state="open").exists()
    assert Link.objects.filter(active=True).count() == 2
    assert Link.objects.get(pk=link.pk).active


def test_a_record_stands_for_one_other_only_unless_a_person_says_so(world: World) -> None:
    link = linked(world)
    other = world.vendor("V2", "Initech West")
    asked: dict[str, Any] = {
        "actor": SYSTEM, "pipeline": world.pipelines["vendors"], "obj": "vendor", "company": "", "source_id": other,
        "target_id": link.target_external_id, "because": "one supplier, two sites",
    }  # fmt: skip
    with pytest.raises(LinkRefused, match="already stands for"):
        pairs.join(**asked)
    pairs.join(**asked, shared=True)
    there_now = counterparts(link.source_id, link.target_id, [("vendor", other), ("vendor", link.source_external_id)])
    assert set(there_now.values()) == {link.target_external_id}


def test_what_does_not_exist_is_not_linked(world: World) -> None:
    ours = world.vendor("V1", "Initech")
    with pytest.raises(LinkRefused, match="There is no vendor 999 in Twin AP"):
        pairs.join(
            actor=SYSTEM, pipeline=world.pipeline(), obj="vendor", company="", source_id=ours, target_id="999",
            because="typed wrongly",
        )  # fmt: skip


def test_a_wrong_link_is_put_right_in_one_step(world: World) -> None:
    link = linked(world)
    theirs = there(world, "Initech, the right one")
    pairs.relink(actor=SYSTEM, link_id=link.pk, target_id=theirs, because="the other was a namesake")
    world.work()
    assert Link.objects.get(active=True).target_external_id == theirs
    assert len(world.ap_vendors()) == 2
    assert world.ap.table("vendor")[theirs].body["name"] == "Initech"


def test_linking_by_hand_settles_a_write_of_unknown_outcome(world: World) -> None:
    world.ap.faults.append(Fault("drop_after", "perform"))
    ours = world.vendor("V1", "Initech")
    pipeline = world.pipeline()
    world.run(pipeline)
    first = Link.objects.get()
    Intent.objects.update(state="uncertain")
    theirs = there(world, "Initech, by hand")
    pairs.relink(actor=SYSTEM, link_id=first.pk, target_id=theirs, because="the first was cancelled")
    world.work()
    assert not Intent.objects.filter(state="uncertain").exists()
    assert counterparts(first.source_id, first.target_id, [("vendor", ours)]) == {("vendor", ours): theirs}


# --------------------------------------------------------------------------------------------------------- merge
def merged(world: World, source_id: str, keep: str, drop: str) -> Link:
    return pairs.merge(
        actor=SYSTEM, pipeline=world.pipelines["vendors"], obj="vendor", company="", source_id=source_id, keep_id=keep,
        drop_id=drop, because="keyed twice",
    )  # fmt: skip


def test_of_two_records_there_the_one_that_stays_stands_for_ours(world: World) -> None:
    link = linked(world)
    double = there(world, "Initech (double)", "X")
    kept = merged(world, link.source_external_id, keep=double, drop=link.target_external_id)
    world.work()
    assert kept.target_external_id == double
    assert world.ap.table("vendor")[double].body["name"] == "Initech"
    link.refresh_from_db()
    assert (link.active, link.ended_because) == (False, f"Merged into {double}: keyed twice")


def test_what_was_dropped_is_remembered_where_ours_already_stood_for_the_other(world: World) -> None:
    link = linked(world)
    double = there(world, "Initech (double)")
    assert merged(world, link.source_external_id, keep=link.target_external_id, drop=double) == link
    dropped = Link.objects.get(target_external_id=double)
    assert (dropped.active, dropped.ended_because.split(":")[0]) == (False, f"Merged into {link.target_external_id}")
    assert AuditEntry.objects.get(action="link.merged").data["dropped"] == double


def test_others_that_stood_for_the_dropped_one_follow(world: World) -> None:
    linked(world)
    other = world.vendor("V2", "Initech West")
    world.run(world.pipelines["vendors"])
    keep, drop = (
        Link.objects.get(source_external_id=s).target_external_id
        for s in (Link.objects.exclude(source_external_id=other).get().source_external_id, other)
    )
    first = Link.objects.exclude(source_external_id=other).get().source_external_id
    merged(world, first, keep=keep, drop=drop)
    world.work()
    links = Link.objects.filter(active=True)
    assert {(link.source_external_id, link.target_external_id) for link in links} == {(first, keep), (other, keep)}
    assert len(world.ap_vendors()) == 2  # nothing was created; the dropped one is closed by AP's own people


def test_a_record_that_stands_for_neither_is_not_merged(world: World) -> None:
    link = linked(world)
    one, two = there(world, "One"), there(world, "Two")
    with pytest.raises(LinkRefused, match="neither of the two"):
        merged(world, link.source_external_id, keep=one, drop=two)
