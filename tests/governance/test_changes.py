"""What needs a second person gets one, on every path, and an approval means what was shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, connection, transaction

from governance import services
from governance.models import AuditEntry, ChangeRequest, Decision
from governance.selectors import kinds_decided_by, open_changes
from governance.services import DecisionRefused, decide, key_of, withdraw
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.customers.models import Customer
from tests.governance.subject import BANK, THERMOSTAT, Thermostat, ask, say

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def engineer(actor_with: Callable[..., Actor]) -> Actor:
    return actor_with("engineer")


@pytest.fixture
def approver(actor_with: Callable[..., Actor]) -> Actor:
    return actor_with("approver")


def test_a_second_persons_yes_applies_the_change_and_is_written_down(
    thermostat: Thermostat, engineer: Actor, approver: Actor
) -> None:
    change = ask(engineer)
    assert change.state == "open"
    decision = say(approver, change, comment="Cold in here")
    assert thermostat.degrees == 21
    assert ChangeRequest.objects.select_related("decision").get().state == "applied"
    assert (decision.author_key, decision.decider_key) == (key_of(engineer), key_of(approver))
    assert [e.action for e in AuditEntry.objects.order_by("seq")] == ["change.requested", "change.applied"]


def test_the_author_cannot_decide(thermostat: Thermostat, approver: Actor) -> None:
    change = ask(approver)
    with pytest.raises(PermissionDenied, match="second person"):
        say(approver, change)
    assert thermostat.degrees == 18


def forged(change: ChangeRequest, **columns: Any) -> Decision:
    return Decision(
        **{
            "change": change,
            "author_key": change.author_key,
            "shown_digest": change.shown_digest,
            "decider_label": "Nobody",
            "outcome": "applied",
        }
        | columns
    )


@pytest.mark.parametrize("outcome", ["applied", "refused"])
def test_the_database_itself_refuses_an_author_who_decides(
    thermostat: Thermostat, approver: Actor, outcome: str
) -> None:
    change = ask(approver)
    with pytest.raises(IntegrityError, match="governance_author_is_not_decider"), transaction.atomic():
        Decision.objects.bulk_create([forged(change, decider_key=key_of(approver), outcome=outcome)])


@pytest.mark.parametrize("decider", ["system", "operator:0", "user"])
def test_the_database_refuses_a_decision_by_nobody_in_particular(
    thermostat: Thermostat, approver: Actor, decider: str
) -> None:
    with pytest.raises(IntegrityError, match="governance_author_is_not_decider"), transaction.atomic():
        forged(ask(approver), decider_key=decider).save()


def test_the_database_refuses_a_decision_that_names_another_author(thermostat: Thermostat, approver: Actor) -> None:
    change = ask(approver)
    with pytest.raises(IntegrityError, match="decision_is_of_its_request"), transaction.atomic():
        forged(change, author_key=f"user:{uuid4()}", decider_key=key_of(approver)).save()


def test_the_database_refuses_a_decision_on_something_else_than_was_shown(
    thermostat: Thermostat, engineer: Actor, approver: Actor
) -> None:
    with pytest.raises(IntegrityError, match="decision_is_of_its_request"), transaction.atomic():
        forged(ask(engineer), shown_digest="0" * 64, decider_key=key_of(approver)).save()


def test_a_partner_opened_as_a_copy_has_the_same_constraints(other_tenant: Any) -> None:
    wanted = ["governance_author_is_not_decider", "governance_decision_is_of_its_request"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE connamespace = %s::regnamespace AND conname = ANY(%s) ORDER BY 1",
            [other_tenant.schema_name, wanted],
        )
        assert [row[0] for row in cursor.fetchall()] == wanted


@pytest.mark.parametrize("table", ["changerequest", "decision", "auditentry"])
@pytest.mark.parametrize("statement", ["UPDATE governance_{} SET created_at = now()", "DELETE FROM governance_{}"])
def test_the_application_cannot_rewrite_what_was_asked_decided_or_done(
    thermostat: Thermostat, engineer: Actor, approver: Actor, table: str, statement: str
) -> None:
    say(approver, ask(engineer))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement.format(table))


def test_a_request_is_decided_once(thermostat: Thermostat, engineer: Actor, approver: Actor, actor: Actor) -> None:
    change = ask(engineer)
    say(approver, change, approve=False)
    with pytest.raises(DecisionRefused, match="was first"):
        say(actor, change)
    assert thermostat.degrees == 18


def test_an_approval_of_what_has_changed_since_is_void(
    thermostat: Thermostat, engineer: Actor, approver: Actor
) -> None:
    change = ask(engineer)
    thermostat.degrees = 19
    assert say(approver, change).outcome == "void"
    assert thermostat.degrees == 19


def test_a_subject_that_moves_while_it_is_applied_makes_the_request_void(
    thermostat: Thermostat, engineer: Actor, approver: Actor
) -> None:
    thermostat.moved_while_applying = True
    decision = say(approver, ask(engineer))
    assert (decision.outcome, decision.comment) == ("void", "Somebody turned it in the meantime.")
    assert [e.action for e in AuditEntry.objects.order_by("seq")] == ["change.requested", "change.void"]


def test_a_yes_to_another_display_than_was_asked_for_is_refused(
    thermostat: Thermostat, engineer: Actor, approver: Actor
) -> None:
    change = ask(engineer)
    with pytest.raises(DecisionRefused, match="look anew"):
        decide(actor=approver, change_request_id=change.pk, approve=True, shown_digest="0" * 64)
    assert open_changes().get() == change


def test_a_request_nobody_decided_in_time_is_void(
    thermostat: Thermostat, engineer: Actor, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "EXPIRES_AFTER_DAYS", 0)
    change = ask(engineer)
    assert not open_changes().exists()
    assert say(approver, change).outcome == "void"
    assert thermostat.degrees == 18


def test_asking_twice_for_the_same_is_one_request(thermostat: Thermostat, engineer: Actor) -> None:
    assert ask(engineer) == ask(engineer)
    assert open_changes(kind=THERMOSTAT, subject_id="hall").count() == 1


def test_asking_for_something_newer_voids_the_older_request(thermostat: Thermostat, engineer: Actor) -> None:
    older, newer = ask(engineer, 21), ask(engineer, 22)
    assert list(open_changes()) == [newer]
    assert Decision.objects.get(change=older).outcome == "void"


def test_only_the_author_withdraws(thermostat: Thermostat, engineer: Actor, approver: Actor) -> None:
    change = ask(engineer)
    with pytest.raises(DecisionRefused, match="Only Engineer"):
        withdraw(actor=approver, change_request_id=change.pk)
    assert withdraw(actor=engineer, change_request_id=change.pk).outcome == "withdrawn"


def test_a_role_that_may_not_decide_is_told_so(
    thermostat: Thermostat, engineer: Actor, actor_with: Callable[..., Actor]
) -> None:
    with pytest.raises(PermissionDenied, match="Your role"):
        say(actor_with("clerk"), ask(engineer))


def test_the_partners_staff_cannot_release_a_customers_bank_change(
    thermostat: Thermostat, actor: Actor, person: Callable[..., Any]
) -> None:
    customer = Customer.objects.create(code="harbour", name="Harbour")
    change = ask(SYSTEM, kind=BANK, customer_id=customer.pk)
    tenant_wide = Actor.of(person("customer_controller", email="staff@example.com"))
    for staff in (actor, tenant_wide):
        with pytest.raises(PermissionDenied, match="own people"):
            say(staff, change)
    elsewhere = Actor.of(person("customer_controller", customer_id=uuid4()))
    with pytest.raises(PermissionDenied):
        say(elsewhere, change)
    controller = Actor.of(person("customer_controller", customer_id=customer.pk))
    assert kinds_decided_by(controller, customer.pk) >= {BANK}
    assert say(controller, change).outcome == "applied"


def test_an_expired_grant_decides_nothing(
    thermostat: Thermostat, engineer: Actor, approver: Actor, person: Callable[..., Any]
) -> None:
    user = person("owner", email="left@example.com")
    grant = user.grants.get()
    grant.expires_at = grant.created_at - timedelta(days=1)
    grant.save()
    with pytest.raises(PermissionDenied):
        say(Actor.of(user), ask(engineer))
