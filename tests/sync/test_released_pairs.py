"""A pair of twins that a person has judged to be two: remembered for whom it was judged, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync_world import World

from connectors import services as connections
from connectors.testing.twin_system import TwinSystem
from finance.policies.duplicate_invoice import duplicate_invoice
from finance.policies.facts import InvoiceCandidate
from finance.policies.samples import sample_invoice
from finance.records import Invoice, decode_as
from governance.services import decide
from sync.desk import held
from sync.links.models import RecordState
from sync.runs.models import WorkItem
from tenancy.accounts.actors import SYSTEM
from tenancy.customers.models import Customer, Entity

POLICIES = ["duplicate_vendor"]
Person = Callable[..., Any]


def neighbour(world: World) -> World:
    """Another customer of the same partner, with two systems of its own and the same mapping."""
    customer = Customer.objects.create(code="birch", name="Birch Co")
    entity = Entity.objects.create(customer=customer, code="us", name="Birch Co", functional_currency="USD")
    rows = [
        connections.create_connection(
            actor=SYSTEM, customer=customer, connector=key, label=label, settings={"system": name},
            credentials={"key": "twin-key"},
        )
        for key, label, name in (("twin_erp", "ERP", "erp2"), ("twin_ap", "AP", "ap2"))
    ]  # fmt: skip
    for row in rows:
        connections.bind_entity(actor=SYSTEM, connection_id=row.pk, entity=entity, external_company="1")
    return World(TwinSystem.named("erp2"), TwinSystem.named("ap2"), customer, entity, *rows, world.mapping)


def twins_of(world: World) -> None:
    """Two vendors of one name; the second is held."""
    world.vendor("V1", "Initech")
    world.vendor("V2", "Initech")
    world.run(world.pipeline(policies=POLICIES))
    assert [v["code"] for v in world.ap_vendors()] == ["V1"]


def release(world: World, actor_with: Person) -> None:
    item = WorkItem.objects.get(code="duplicate_vendor", state="open", customer_id=world.customer.pk)
    change = held.ask_release(actor=actor_with("clerk"), item_id=item.pk, comment="two shops of one owner")
    decide(actor=actor_with("approver"), change_request_id=change.pk, approve=True, shown_digest=change.shown_digest)
    world.work()


def test_a_released_pair_is_not_held_again(world: World, actor_with: Person) -> None:
    twins_of(world)
    release(world, actor_with)
    assert {v["code"] for v in world.ap_vendors()} == {"V1", "V2"}
    RecordState.objects.update(settled_revision="")  # every record is decided anew
    world.run(world.pipelines["vendors"], "full")
    assert not WorkItem.objects.filter(state="open").exists()


def test_a_pair_released_for_one_customer_is_held_for_another(world: World, actor_with: Person) -> None:
    twins_of(world)
    release(world, actor_with)
    other = neighbour(world)
    twins_of(other)
    assert WorkItem.objects.get(state="open").customer_id == other.customer.pk


def of_vendor(vendor: str) -> tuple[Invoice, dict[str, Any]]:
    """An invoice of a vendor, and its twin in the ERP as a policy is told of it."""
    invoice = decode_as(Invoice, sample_invoice(vendor={"object": "vendor", "natural_key": vendor}))
    twin = InvoiceCandidate.of(invoice, system="ERP", external_id="77")
    return invoice, {"invoice_candidates": (twin,), "released_pairs": frozenset()}


def test_a_released_pair_of_invoices_says_nothing_of_another_vendors_same_numbers() -> None:
    invoice, facts = of_vendor("V-A")
    (found,) = duplicate_invoice(invoice, facts)
    released = frozenset({found.detail["pair"]})
    assert not list(duplicate_invoice(invoice, {**facts, "released_pairs": released}))
    invoice, facts = of_vendor("V-B")
    assert list(duplicate_invoice(invoice, {**facts, "released_pairs": released}))
