"""Every field has one side that is right about it, from the entity's settings or by an agreed rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from finance.records import OBJECTS
from governance.models import OwnershipRule
from governance.ownership import GROUPS, field_owners, group_of, owner_of, register_of, revision
from governance.ownership_changes import propose_owner
from governance.services import decide
from tenancy.accounts.actors import Actor
from tenancy.customers.models import Customer, Entity


@pytest.fixture
def entity(tenant: Any) -> Entity:
    customer = Customer.objects.create(code="harbour", name="Harbour")
    return Entity.objects.create(customer=customer, code="gmbh", name="Harbour GmbH", functional_currency="EUR")


def test_the_erp_owns_master_data_and_the_ap_side_owns_what_was_captured(entity: Entity) -> None:
    register = register_of(entity)
    assert {obj for obj, _ in register} == set(GROUPS)
    assert owner_of(register, "vendor", "legal_name") == "erp"
    assert owner_of(register, "account", "code") == "erp"
    assert owner_of(register, "invoice", "lines[3].amount") == "ap"
    assert owner_of(register, "approval", "decision") == "ap"


def test_the_entitys_settings_decide_who_owns_bank_details_orders_and_payments(entity: Entity) -> None:
    before = revision(register_of(entity))
    entity.bank_owner = entity.paying_system = entity.po_owner = "ap"
    register = register_of(entity)
    assert owner_of(register, "vendor", "financial_accounts[0].iban") == "ap"
    assert owner_of(register, "vendor", "legal_name") == "erp"
    assert owner_of(register, "purchase_order", "lines") == "ap"
    assert owner_of(register, "payment", "amount") == "ap"
    assert revision(register) != before


def test_a_field_belongs_to_the_group_that_names_it() -> None:
    assert group_of("vendor", "financial_accounts[0].iban") == "bank"
    assert group_of("vendor", "legal_name") == "rest"


def test_every_field_of_every_record_has_an_owner_and_every_group_names_real_fields(entity: Entity) -> None:
    register = register_of(entity)
    assert set(GROUPS) == set(OBJECTS)
    for obj, groups in GROUPS.items():
        owners = field_owners(register, obj)
        assert set(owners.values()) <= {"erp", "ap"}
        assert {name for fields in groups.values() for name in fields} <= set(owners)


def test_a_rule_takes_a_second_person_and_then_overrides_the_settings(
    entity: Entity, actor_with: Callable[..., Actor]
) -> None:
    change = propose_owner(
        actor=actor_with("engineer"), entity=entity, obj="vendor", group="bank", owner="ap", reason="Vendors self-serve"
    )
    assert change.shown["now"] == "erp"
    assert not OwnershipRule.objects.exists()
    decide(actor=actor_with("approver"), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    assert owner_of(register_of(entity), "vendor", "financial_accounts") == "ap"
    assert OwnershipRule.history.count() == 1


def test_a_group_that_does_not_exist_cannot_be_owned(entity: Entity, actor: Actor) -> None:
    with pytest.raises(ValueError, match="no group 'colour'"):
        propose_owner(actor=actor, entity=entity, obj="vendor", group="colour", owner="ap")
