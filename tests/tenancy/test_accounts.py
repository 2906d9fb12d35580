"""Who may do what where."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from tenancy.accounts import services
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.models import Grant, User
from tenancy.accounts.roles import CAPABILITIES, Role
from tenancy.accounts.selectors import may, reach, require, roles_of, user_by_email
from tenancy.base import CrossTenantError
from tenancy.clock import db_now
from tenancy.context import public_context, tenant_context
from tenancy.customers.models import Customer, Entity
from tenancy.customers.selectors import customers_for, entities_for
from tenancy.customers.services import add_customer, add_entity, archive_customer

authenticate = ModelBackend().authenticate
HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()


def test_every_capability_is_held_by_somebody_and_every_role_holds_something():
    assert all(CAPABILITIES.values())
    assert frozenset().union(*CAPABILITIES.values()) == set(Role)


def test_no_role_of_a_partner_reaches_the_fleet_and_no_operator_reaches_a_partners_data():
    of_operators = {name for name, roles in CAPABILITIES.items() if Role.OPERATOR in roles}
    assert of_operators == {"fleet.view", "fleet.manage"}
    assert all(CAPABILITIES[name] == {Role.OPERATOR} for name in of_operators)


@pytest.mark.parametrize(
    ("scope", "tenant_wide", "here", "elsewhere"),
    [({}, True, True, True), ({"customer_id": HERE}, False, True, False)],
)
def test_a_grant_reaches_as_far_as_its_scope(person, scope, tenant_wide, here, elsewhere):
    clerk = person("clerk", **scope)
    assert may(clerk, "items.work") is tenant_wide
    assert may(clerk, "items.work", customer_id=HERE) is here
    assert may(clerk, "items.work", customer_id=ELSEWHERE) is elsewhere
    assert bool(reach(clerk, "items.work"))
    assert not reach(clerk, "connections.manage")


def test_a_grant_for_an_entity_reaches_no_other_entity_of_the_customer(person):
    controller = person("customer_controller", customer_id=HERE, entity_id=HERE)
    assert may(controller, "items.view", customer_id=HERE, entity_id=HERE)
    assert not may(controller, "items.view", customer_id=HERE, entity_id=ELSEWHERE)
    assert not may(controller, "items.view", customer_id=HERE)


def test_an_expired_grant_and_a_locked_out_person_may_nothing(person):
    auditor = person("auditor")
    assert may(auditor, "audit.view")
    given = auditor.grants.get()
    given.expires_at = db_now() - timedelta(seconds=1)
    given.save()
    assert not may(auditor, "audit.view")
    assert roles_of(auditor) == frozenset()
    clerk = person("clerk")
    services.set_active(actor=SYSTEM, user=clerk, active=False)
    assert not may(clerk, "items.work")


def test_a_refusal_is_a_sentence_and_a_misspelt_capability_an_error(person):
    viewer = person("customer_viewer", customer_id=HERE)
    with pytest.raises(PermissionDenied, match="Ask an owner"):
        require(viewer, "items.work", customer_id=HERE)
    with pytest.raises(ValueError, match=r"no capability called 'items\.wrok'"):
        may(viewer, "items.wrok")


def test_one_signs_in_with_an_address_in_any_case(tenant):
    services.create_user(actor=SYSTEM, email=" Ada@Nord.Example ", password="a long enough secret")
    assert user_by_email("ADA@nord.example").email == "ada@nord.example"
    assert authenticate(None, username="Ada@nord.EXAMPLE", password="a long enough secret") is not None
    assert authenticate(None, username="ada@nord.example", password="another secret") is None
    with pytest.raises(ValidationError, match="already a user"):
        services.create_user(actor=SYSTEM, email="ada@nord.example")


def test_a_user_of_one_tenant_cannot_sign_in_at_another(tenant, other_tenant):
    services.create_user(actor=SYSTEM, email="ada@nord.example", password="a long enough secret")
    with tenant_context("tb"):
        assert authenticate(None, username="ada@nord.example", password="a long enough secret") is None


def test_operators_live_in_public_and_are_nobody_in_a_tenant(tenant):
    with public_context():
        olga = services.create_user(actor=SYSTEM, email="olga@platform.example", password="a long enough secret")
        services.grant(actor=SYSTEM, user=olga, role=Role.OPERATOR)
        assert may(olga, "fleet.manage")
        assert Actor.of(olga).kind == "operator"
        with pytest.raises(ValidationError, match="operators live apart"):
            services.grant(actor=SYSTEM, user=olga, role=Role.OWNER)
    assert user_by_email("olga@platform.example") is None
    with pytest.raises(CrossTenantError):
        olga.save()
    with pytest.raises(ValidationError, match="operators live apart"):
        services.grant(actor=SYSTEM, user=User.objects.create(email="x@y.example"), role=Role.OPERATOR)


@pytest.mark.parametrize(
    ("role", "scope", "says"),
    [
        ("owner", {"customer_id": HERE}, "always covers everything"),
        ("customer_viewer", {}, "needs a customer"),
        ("clerk", {"entity_id": HERE}, "Name the customer"),
        ("auditor", {}, "must end"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_with_the_remedy(person, role, scope, says):
    with pytest.raises(ValidationError, match=says):
        services.grant(actor=SYSTEM, user=person("clerk"), role=role, **scope)


def test_granting_again_moves_the_expiry_and_history_says_who_did_what(actor, person):
    clerk = person("clerk")
    later = db_now() + timedelta(days=3)
    services.grant(actor=actor, user=clerk, role="approver")
    given = services.grant(actor=actor, user=clerk, role="approver", expires_at=later)
    services.revoke(actor=actor, grant_id=given.pk)
    told = Grant.history.filter(id=given.pk).order_by("history_date").values_list("history_type", "history_user_id")
    assert list(told) == [("+", actor.id), ("~", actor.id), ("-", actor.id)]
    assert roles_of(clerk) == {"clerk"}


def test_only_an_owner_makes_an_owner(actor, actor_with, person):
    clerk, admin = person("clerk"), actor_with("partner_admin")
    with pytest.raises(PermissionDenied, match="Only an owner"):
        services.grant(actor=admin, user=clerk, role="owner")
    services.grant(actor=actor, user=clerk, role="owner")
    with pytest.raises(PermissionDenied):
        services.create_user(actor=actor_with("engineer"), email="x@y.example")


def test_there_is_always_an_owner(person):
    owner = person("owner")
    with pytest.raises(ValidationError, match="must be an owner"):
        services.revoke(actor=SYSTEM, grant_id=owner.grants.get().pk)
    with pytest.raises(ValidationError, match="must be an owner"):
        services.set_active(actor=SYSTEM, user=owner, active=False)
    person("owner")
    services.revoke(actor=SYSTEM, grant_id=owner.grants.get().pk)


def test_a_password_is_ones_own_or_an_admins_to_change_and_never_weak(actor, person):
    clerk, other = person("clerk"), person("approver")
    services.set_password(actor=Actor.of(clerk), user=clerk, password="yet another secret")
    services.set_password(actor=actor, user=clerk, password="a third long secret")
    with pytest.raises(PermissionDenied):
        services.set_password(actor=Actor.of(other), user=clerk, password="a fourth long secret")
    with pytest.raises(ValidationError, match="too short"):
        services.set_password(actor=actor, user=clerk, password="short")
    assert User.objects.get(pk=clerk.pk).check_password("a third long secret")


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "auditor"},
        {"role": "clerk", "customer_id": HERE},
        {"role": "clerk", "scope": "customer"},
        {"role": "clerk", "scope": "entity", "entity_id": HERE},
    ],
)
def test_the_database_itself_refuses_grants_without_sense(person, fields):
    clerk = person("clerk", customer_id=ELSEWHERE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(user=clerk, **fields)


def test_people_see_the_customers_and_entities_within_their_reach(actor, person):
    acme = add_customer(actor=actor, code="acme", name="Acme")
    bolt = add_customer(actor=actor, code="bolt", name="Bolt")
    berlin, paris = (
        add_entity(actor=actor, customer=acme, code=code, name=code, functional_currency="EUR", time_zone=zone)
        for code, zone in (("berlin", "Europe/Berlin"), ("paris", "Europe/Paris"))
    )
    of_bolt = person("customer_viewer", customer_id=bolt.pk)
    of_paris = person("customer_controller", customer_id=acme.pk, entity_id=paris.pk)
    assert list(customers_for(actor)) == [acme, bolt]
    assert list(customers_for(of_bolt)) == [bolt]
    assert list(customers_for(of_paris)) == [acme]
    assert list(entities_for(of_paris)) == [paris]
    assert list(entities_for(actor)) == [berlin, paris]
    assert list(entities_for(of_bolt)) == []


def test_customers_and_entities_are_checked_and_named_in_the_fault(actor, actor_with):
    acme = add_customer(actor=actor, code="acme", name="Acme")
    with pytest.raises(ValidationError, match="already exists"):
        add_customer(actor=actor, code="acme", name="Acme again")
    with pytest.raises(ValidationError, match="not a time zone"):
        add_entity(actor=actor, customer=acme, code="x", name="X", functional_currency="EUR", time_zone="Berlin")
    with pytest.raises(ValidationError) as fault:
        add_entity(actor=actor, customer=acme, code="x", name="X", functional_currency="euro")
    assert "functional_currency" in fault.value.message_dict
    with pytest.raises(PermissionDenied):
        add_customer(actor=actor_with("clerk"), code="bolt", name="Bolt")
    archive_customer(actor=actor, customer=acme)
    assert Customer.history.filter(id=acme.pk, history_user_id=actor.id).count() == 2
    assert not Entity.objects.exists()
