"""Both systems changed the same field: a person says which side is right, and is not asked twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st
from sync_world import World

from governance.models import AuditEntry
from governance.services import DecisionRefused, decide
from sync.desk.conflicts import ConflictRefused, keep_theirs, take_ours
from sync.engine.decisions import Skip, Update
from sync.engine.plan import decide as planned
from sync.engine.subjects import Known, Rules, Subject
from sync.links.models import Link
from sync.runs.models import Release, Run, WorkItem
from tenancy.accounts.actors import SYSTEM

Person = Callable[..., Any]
OLD, NEW, THIRD = (
    {"iban": iban} for iban in ("DE89370400440532013000", "DE02120300000000202051", "FR5430006000011234567890100")
)


def change_ours(world: World, vendor: str, **fields: Any) -> None:
    world.erp.put("vendor", fields, company="1", external_id=vendor)


def change_theirs(world: World, **fields: Any) -> None:
    world.ap.put("vendor", fields, company="1", external_id=world.ap.rows("vendor", "1")[0].id)


def conflict(world: World, **more: Any) -> tuple[str, WorkItem]:
    """A vendor whose name was changed differently on both sides."""
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline()
    world.run(pipeline)
    change_ours(world, vendor, name="Initech Ltd", **more)
    change_theirs(world, name="INITECH")
    world.run(pipeline)
    return vendor, WorkItem.objects.get(code="conflict", state="open")


def again(world: World) -> Run:
    return world.run(world.pipelines["vendors"])


def ap(world: World) -> dict[str, Any]:
    (vendor,) = world.ap_vendors()
    return vendor


# ------------------------------------------------------------------------------------------------------ ours is right
def test_our_value_is_written_when_a_person_says_that_it_is_right(world: World, actor_with: Person) -> None:
    _, item = conflict(world)
    take_ours(actor=actor_with("clerk"), item_id=item.pk, comment="see the register")
    world.work()
    assert ap(world)["name"] == "Initech Ltd"
    item.refresh_from_db()
    assert item.state == "resolved"
    assert Release.objects.get().comment == "Ours is right. see the register"
    assert AuditEntry.objects.get(action="conflict.ours").data["digest"] == item.digest


def test_a_newer_change_of_theirs_is_a_conflict_again(world: World, actor_with: Person) -> None:
    """What the person overruled was not this."""
    _, item = conflict(world)
    clerk = actor_with("clerk")
    change_theirs(world, name="Initech GmbH")
    with pytest.raises(ConflictRefused, match="changed since this was shown"):
        take_ours(actor=clerk, item_id=item.pk)
    world.work()
    assert ap(world)["name"] == "Initech GmbH"
    assert WorkItem.objects.get(code="conflict", state="open").digest != item.digest


# --------------------------------------------------------------------------------------------------- theirs is right
def test_their_value_stays_and_the_rest_travels(world: World, actor_with: Person) -> None:
    _, item = conflict(world, email="new@initech.test")
    keep_theirs(actor=actor_with("clerk"), item_id=item.pk)
    world.work()
    assert (ap(world)["name"], ap(world)["email"]) == ("INITECH", "new@initech.test")
    assert not WorkItem.objects.filter(state="open").exists()


def test_the_same_difference_is_no_conflict_any_more(world: World, actor_with: Person) -> None:
    vendor, item = conflict(world)
    keep_theirs(actor=actor_with("clerk"), item_id=item.pk)
    world.work()
    change_ours(world, vendor, email="other@initech.test")
    again(world)
    change_ours(world, vendor, email="third@initech.test")
    assert again(world).counts["updated"]["count"] == 1
    assert (ap(world)["name"], ap(world)["email"]) == ("INITECH", "third@initech.test")


def test_a_later_change_of_theirs_stands_too(world: World, actor_with: Person) -> None:
    vendor, item = conflict(world)
    keep_theirs(actor=actor_with("clerk"), item_id=item.pk)
    world.work()
    change_theirs(world, name="INITECH AG")
    change_ours(world, vendor, email="other@initech.test")
    again(world)
    assert ap(world)["name"] == "INITECH AG"


def test_when_our_value_changes_again_it_travels(world: World, actor_with: Person) -> None:
    vendor, item = conflict(world)
    keep_theirs(actor=actor_with("clerk"), item_id=item.pk)
    world.work()
    change_ours(world, vendor, name="Initech Holdings")
    again(world)
    assert ap(world)["name"] == "Initech Holdings"
    assert Link.objects.get().kept == {}


def test_when_both_change_again_it_is_a_conflict_again(world: World, actor_with: Person) -> None:
    vendor, item = conflict(world)
    keep_theirs(actor=actor_with("clerk"), item_id=item.pk)
    world.work()
    change_ours(world, vendor, name="Initech Holdings")
    change_theirs(world, name="INITECH AG")
    assert again(world).counts["conflict"]["count"] == 1


def test_a_word_on_what_our_side_no_longer_says_is_refused(world: World, actor_with: Person) -> None:
    vendor, item = conflict(world)
    change_ours(world, vendor, name="Initech Holdings")
    with pytest.raises(ConflictRefused, match="changed since this was shown"):
        keep_theirs(actor=actor_with("clerk"), item_id=item.pk)


# --------------------------------------------------------------------------------------------------------- who may
def test_an_auditor_settles_nothing_and_nobody_settles_unnamed(world: World, actor_with: Person) -> None:
    _, item = conflict(world)
    with pytest.raises(PermissionDenied):
        take_ours(actor=actor_with("auditor"), item_id=item.pk)
    with pytest.raises(ConflictRefused, match="A person has to say"):
        take_ours(actor=SYSTEM, item_id=item.pk)


def test_a_conflict_is_settled_once(world: World, actor_with: Person) -> None:
    _, item = conflict(world)
    take_ours(actor=actor_with("clerk"), item_id=item.pk)
    with pytest.raises(ConflictRefused, match="no conflict here any more"):
        keep_theirs(actor=actor_with("clerk"), item_id=item.pk)


def bank_conflict(world: World) -> WorkItem:
    vendor = world.vendor("V1", "Initech", banks=[OLD])
    pipeline = world.pipeline()
    world.run(pipeline)
    change_ours(world, vendor, banks=[NEW])
    change_theirs(world, banks=[THIRD])
    world.run(pipeline)
    return WorkItem.objects.get(code="conflict")


def test_whose_bank_details_are_right_is_for_the_customer_to_say(world: World, actor_with: Person) -> None:
    item = bank_conflict(world)
    change = keep_theirs(actor=actor_with("clerk"), item_id=item.pk, comment="called the number on file")
    assert change is not None
    world.work()
    assert WorkItem.objects.get(pk=item.pk).state == "open"
    with pytest.raises((PermissionDenied, DecisionRefused)):
        decide(actor=actor_with("owner"), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    controller = actor_with("customer_controller", customer_id=world.customer.pk)
    decide(actor=controller, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()
    assert ap(world)["banks"] == [THIRD]
    assert Release.objects.get().change_id == change.pk


def test_their_bank_details_are_not_accepted_unseen(world: World, actor_with: Person) -> None:
    """They changed once more between the question and the answer."""
    item = bank_conflict(world)
    change = take_ours(actor=actor_with("clerk"), item_id=item.pk)
    assert change is not None
    change_theirs(world, banks=[OLD, THIRD])
    controller = actor_with("customer_controller", customer_id=world.customer.pk)
    decide(actor=controller, change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()
    assert ap(world)["banks"] == [OLD, THIRD]
    assert WorkItem.objects.filter(code="conflict", state="open").count() == 1


# -------------------------------------------------------------------------------------------------------- the rule
RULES = Rules("vendor")
NAMES = st.sampled_from(["Initech", "INITECH", "Initech Ltd"])
MAILS = st.sampled_from(["a@x.test", "b@x.test"])


@given(ours=NAMES, theirs=NAMES, mail=MAILS, base_mail=MAILS)
def test_a_kept_field_is_never_overwritten_while_ours_is_the_same(
    ours: str, theirs: str, mail: str, base_mail: str
) -> None:
    record = {"legal_name": ours, "email": mail}
    known = Known(
        "T1", {"legal_name": "Initech", "email": base_mail}, {"legal_name": theirs, "email": base_mail},
        {"legal_name": theirs, "email": base_mail}, kept={"legal_name": ours},
    )  # fmt: skip
    decision = planned(Subject("k", record, known), RULES)
    if mail == base_mail:
        assert isinstance(decision, Skip)
    else:
        assert isinstance(decision, Update)
        assert decision.record == {"legal_name": theirs, "email": mail}
        assert [c.path for c in decision.changes] == ["email"]
